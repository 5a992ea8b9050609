namespace PoseEngine.Experiments.Reports;

/// <summary>The tables of a run: a row per configuration.</summary>
internal static class RunTables
{
    /// <summary>How models ended; settings that all have alike stand above.</summary>
    public static ReportTable Results(RunData run)
    {
        var styles = SeriesStyle.Assign(run.Models);
        var shared = SharedSettings.Of(run.Models);
        var best = run.Constrained.GroupBy(m => m.Class).Select(g => ModelRanking.Best(g, run.Unconstrained)?.Model).ToHashSet();
        var more = More(run);
        var table = new ReportTable([
            Column.Wrapped("method"), Column.Wrapped("settings"), "iterations", MetricColumns.Error.Short, MetricColumns.Violation.Short, MetricColumns.P95.Short,
            .. more.Select(metric => metric.Short.Replace(", ", ",\n", StringComparison.Ordinal)), "s/iteration", "Krylov", "rank"])
        {
            Lead = shared.Text,
            Hint = $"Validation data{(MetricColumns.Error.Unit is { Length: > 0 } unit ? $"; in {unit}" : "")}. Bold: the models named above. Krylov: mean iterations of the linear solver per step; – where none ran. "
                + "Rank: of the last Gram matrix, of its rows; where some were dependent, with the gap in its eigenvalues at the cut.",
        };
        foreach (var model in run.Models)
        {
            var end = model.End;
            table.Add(
                [
                    MethodClasses.Pretty(end.Method) + State(model), shared.Own(model), $"{end.Iterations:N0}", MetricColumns.Error.Text(end.Error),
                    MetricColumns.Violation.Text(end.MedianViolation), MetricColumns.P95.Text(end.P95Violation),
                    .. more.Select(metric => Num.Short(end.Value(metric.Key))), Num.Short(end.SecondsPerIteration), Num.Short(end.KrylovIterationsPerStep), Rank(model),
                ],
                model.Class.ToString().ToLowerInvariant() + (best.Contains(model) ? " best" : ""), styles[model.Shown]);
        }
        return table;
    }

    /// <summary>Published figures of the problem beside those of the models; null where nobody publishes any.</summary>
    public static ReportTable? Published(RunData run)
    {
        var published = MetricColumns.Words.Published;
        if (published.Count == 0) return null;
        string[] keys = [.. published.SelectMany(p => p.Figures.Keys).Distinct()];
        List<(string By, Func<string, double> Of)> rows =
        [
            .. published.Select(p => (p.By, (Func<string, double>)(key => p.Figures.GetValueOrDefault(key, double.NaN)))),
            .. run.Models.Select(m => (m.Shown, (Func<string, double>)m.End.Value)),
        ];
        List<Metric> metrics = [.. keys.SelectMany(key => MetricTable.All.Where(metric => metric.Key == key))];
        var best = metrics.Select(metric =>
        {
            var ranked = rows.Where(row => double.IsFinite(row.Of(metric.Key))).OrderBy(row => metric.LowerIsBetter ? row.Of(metric.Key) : -row.Of(metric.Key));
            return $"Best in {metric.Heading}: {ranked.Select(row => $"{row.By}, {Num.Short(row.Of(metric.Key))}").FirstOrDefault(Num.Missing)}.";
        });
        return ReportTable.Of(
            [Column.Wrapped("by"), .. keys.Select(key => new Column(metrics.Find(metric => metric.Key == key)?.Heading ?? key))],
            rows.Select(row => (string[])[row.By, .. keys.Select(key => Num.Short(row.Of(key)))]),
            string.Join(' ', best));
    }

    /// <summary>Metrics of training that have neither a column of their own nor one among the published figures.</summary>
    private static List<Metric> More(RunData run)
    {
        HashSet<string> shown = ["error", "medianViolation", "p95Violation", .. MetricColumns.Words.Published.SelectMany(p => p.Figures.Keys)];
        return [.. MetricTable.All.Where(m => m is { InTraining: true, Parts: MetricParts.One } && !shown.Contains(m.Key) && run.Models.Select(model => model.End.Value(m.Key)).Any(value => double.IsFinite(value) && (value != 0 || !m.IsFault)))];
    }

    public static ReportTable Constraints(RunData run) => OfEach(run, "perConstraintMedian", "Median |C| of each constraint");

    /// <summary>The spread of each value within its group; null where no constraint binds samples together.</summary>
    public static ReportTable? WithinSpread(RunData run)
        => run.Models.Any(m => m.End.Values("perConstraintWithinSpread").Any(double.IsFinite))
            ? OfEach(run, "perConstraintWithinSpread", "Standard deviation of each value within its group, root mean square over the groups,") : null;

    private static ReportTable OfEach(RunData run, string key, string what)
    {
        var names = ConstraintNames.Of(run.Models.Max(m => m.End.Values(key).Count));
        return ReportTable.Of(
            [Column.Text("model"), .. names.Select(name => new Column(name.Replace(' ', '\n')))],
            run.Models.Select(m => (m.Shown, Values: m.End.Values(key))).Select(m => (string[])[m.Shown, .. names.Select((_, j) => MetricColumns.Violation.Text(j < m.Values.Count ? m.Values[j] : double.NaN))]),
            $"{what} on the validation data, {MetricColumns.Violation.Unit}".TrimEnd(' ', ',') + ".");
    }

    /// <summary>Hard against soft: what an iteration of each model costs, for people's poses beside the paper's; null where no constrained model has a time.</summary>
    public static ReportTable? Cost(RunData run)
    {
        var models = run.Models.Where(m => double.IsFinite(m.End.SecondsPerIteration)).ToList();
        if (models.All(m => m.Class == MethodClass.Unconstrained)) return null;
        var soft = models.Where(m => m.Class == MethodClass.Soft).Select(m => m.End.SecondsPerIteration).DefaultIfEmpty(double.NaN).Average();
        IReadOnlyList<T> WithPaper<T>(IEnumerable<T> cells, T paper) => MetricColumns.Words.IsPose ? [.. cells, paper] : [.. cells];
        return ReportTable.Of(
            WithPaper<Column>([Column.Text("method"), "s/iteration", "times soft", "Krylov"], $"paper, {PaperTimes.Machine}\ns/iteration"),
            models.Select(m => WithPaper(
                [m.Shown, Num.Short(m.End.SecondsPerIteration), Num.Short(m.End.SecondsPerIteration / soft), Num.Short(m.End.KrylovIterationsPerStep)],
                PaperTimes.Of(m.Method)?.ToString() ?? Num.Missing)),
            Sentence(models, soft) + "Times are those of training without evaluations; `poseengine bench --table` tells of what they are made.");
    }

    private static string Sentence(List<ModelTrace> models, double soft)
    {
        var hard = Spread.Of(models.Where(m => m.Class == MethodClass.Hard).Select(m => m.End.SecondsPerIteration / soft));
        if (hard.Count == 0) return "";
        var (low, high) = (Num.Short(hard.Low), Num.Short(hard.High));
        return $"An iteration of a hard method takes {(low == high ? low : $"{low} to {high}")} times that of a soft one on average{(MetricColumns.Words.IsPose ? "; in the paper 10 to 100 times" : "")}. ";
    }

    private static string State(ModelTrace model)
        => model.End.Diverged is { } diverged ? $" (diverged in iteration {diverged.Iteration:N0})"
            : !model.Finished ? " (unfinished)"
            : model.End.UnconvergedSolves > 0 ? $" ({model.End.UnconvergedSolves:N0} of {model.End.Solves:N0} solves did not converge)"
            : model.End.RejectedSteps > 0 ? $" ({model.End.RejectedSteps:N0} of {model.End.Solves:N0} steps were taken back)" : "";

    private static string Rank(ModelTrace model)
    {
        var last = model.Lines.LastOrDefault(line => line.GramRank is not null);
        if (last is null) return Num.Missing;
        var gap = last.GramRank < last.GramRows ? $", gap {Num.Short(last.GramGap)}" : "";
        return $"{last.GramRank} of {last.GramRows}{gap}";
    }
}
