namespace PoseEngine.Experiments.Evaluations;

internal static class EvaluationFigures
{
    private const int BarsHeight = 460;

    // Past a number that fits beside each other the table has them.
    private const int MostGroups = 16;

    private static string Unit => MetricColumns.Error.Unit;

    public static Chart ShareMet(ModelEvaluation evaluation) => ShareMetFigure.Draw(
        "share-met", "Constraints met against the threshold",
        [.. evaluation.Subsets.Zip([GroupedBars.Blue, GroupedBars.Amber], (subset, colour) => new ShareCurve(subset.Name, SeriesStyle.Plain(colour, 3), [subset.Model.ShareCurve()]))],
        "Share of all constraints with |C| at or below the threshold.")! with
    { Height = BarsHeight };

    public static Chart Constraints(ModelEvaluation evaluation)
    {
        var median = evaluation.Main.Values("perConstraintMedian");
        List<BarSeries> series = [new("median", GroupedBars.Blue, median), new("95 % below", GroupedBars.Amber, evaluation.Main.Values("perConstraintP95"))];
        if (evaluation.Problem.Measured.Groups.Count > 0) series.Add(new("spread within its group", GroupedBars.Grey, evaluation.Main.Values("perConstraintWithinSpread")));
        if (evaluation.Train is { } train) series.Add(new("median, train", GroupedBars.Green, train.Values("perConstraintMedian")));
        return GroupedBars.Draw("constraints", "Violation of each constraint", ConstraintNames.All, ("|C|", Unit), series) with
        {
            Finding = Extremes("violated", ConstraintNames.All, median),
            Caption = $"What each constraint is off by on {evaluation.Main.Name} {evaluation.Word}{(evaluation.Train is null ? "." : "; green: the median on training samples.")}",
            Height = BarsHeight,
        };
    }

    public static Chart? Outputs(ModelEvaluation evaluation)
    {
        var metrics = MetricTable.Of(evaluation.Problem).Where(metric => metric.Parts == MetricParts.Outputs).ToList();
        if (metrics.Count == 0 || evaluation.Main.Mean is null) return null;
        IReadOnlyList<string> names = [.. evaluation.OutputNames.Select(name => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? "\n" + char.ToLowerInvariant(c) : $"{c}")))];
        List<BarSeries> series = [.. metrics.Select((metric, i) => new BarSeries(i == 0 ? "model" : metric.Short, i == 0 ? GroupedBars.Blue : GroupedBars.Green, evaluation.Main.Values(metric.Key)))];
        series.Add(new(MetricColumns.Baseline, GroupedBars.Grey, [.. metrics[0].Compute(evaluation.Main.Mean)]));
        return GroupedBars.Draw("joints", $"Error of each {evaluation.OutputWord}", names, ("error", Unit), series) with
        {
            Finding = Extremes("wrong", [.. names.Select(name => name.Replace('\n', ' '))], series[0].Values),
            Caption = $"{metrics[0].Title}: of the model, and of the {MetricColumns.Baseline} of the training data.{(metrics.Count > 1 ? " Green: after the best similarity of each sample." : "")}",
            Height = BarsHeight,
            IsWide = true,
        };
    }

    /// <summary>A breakdown; one into a single part repeats the whole.</summary>
    public static Chart Groups(string kind, IReadOnlyList<MetricGroup> groups)
    {
        var shown = groups.Take(MostGroups).ToList();
        double[] Values(string key, Func<MetricGroup, Measured> of) => [.. shown.Select(group => of(group).Value(key))];
        var error = Values("error", g => g.Model);
        return GroupedBars.Draw(
            $"by-{kind}", $"By {kind}", [.. shown.Select(g => g.Name)], ("", Unit),
            [
                new(MetricColumns.Error.Short, GroupedBars.Blue, error), new(MetricTable.Get("paMpjpe").Short, GroupedBars.Green, Values("paMpjpe", g => g.Model)),
                new(MetricColumns.Violation.Short, GroupedBars.Amber, Values("medianViolation", g => g.Model)), new(MetricColumns.Baseline, GroupedBars.Grey, Values("error", g => g.Mean)),
            ]) with
        {
            Finding = Extremes("wrong", [.. shown.Select(g => $"{kind} {g.Name}")], error),
            Caption = $"The paper's error, PA-MPJPE, the median violation, and the error of the {MetricColumns.Baseline} for each {kind}."
                + (shown.Count < groups.Count ? $" The first {shown.Count} of {groups.Count}." : ""),
            Height = BarsHeight,
        };
    }

    private static string Extremes(string what, IReadOnlyList<string> names, IReadOnlyList<double> values)
    {
        var sorted = Enumerable.Range(0, values.Count).Where(i => double.IsFinite(values[i])).OrderByDescending(i => values[i]).ToList();
        string Text(int i) => $"{names[i]} ({MetricColumns.Error.WithUnit(values[i])})";
        return sorted.Count < 2 ? "" : $"Most {what}: {Text(sorted[0])}; least: {Text(sorted[^1])}.";
    }
}
