namespace PoseEngine.Experiments.Evaluations;

/// <summary>The tables of an evaluation, made from the table of metrics; the same on the console and on the page.</summary>
internal static class EvaluationTables
{
    private static readonly int[] Thresholds = [1, 2, 5, 10, 20, 50];

    public static IReadOnlyList<ReportTable> All(ModelEvaluation evaluation)
        => [.. ((ReportTable[])[Metrics(evaluation), Constraints(evaluation), ShareMet(evaluation), Outputs(evaluation), .. evaluation.Main.Breakdowns.Select(b => Groups(b.Kind, b.Groups))]).Where(table => !table.IsEmpty)];

    public static IEnumerable<string> Lines(ReportTable table) => table.Lines(first: 38, others: 11, indent: "  ");

    /// <summary>A row a metric: the model, the mean target, and the model on its training half.</summary>
    public static ReportTable Metrics(ModelEvaluation evaluation)
    {
        (string Name, Measured? On)[] columns = [(evaluation.Main.Name, evaluation.Main.Model), (MetricColumns.Baseline, evaluation.Main.Mean), ("train", evaluation.Train?.Model)];
        columns = [.. columns.Where(column => column.On is not null)];
        return ReportTable.Of(
            [Column.Text(MetricColumns.Words.Unit), .. columns.Select(column => new Column(column.Name))],
            Of(evaluation, MetricParts.One).Select(metric => (string[])[metric.Heading, .. columns.Select(column => Text(metric.Compute(column.On!).First()))]));
    }

    public static ReportTable Constraints(ModelEvaluation evaluation)
    {
        var metrics = Of(evaluation, MetricParts.Constraints).ToList();
        double[][] columns = [.. metrics.Select(metric => metric.Compute(evaluation.Main.Model).ToArray())];
        return ReportTable.Of(
            [Column.Text(With("|C|")), .. metrics.Select(metric => new Column(metric.Short))],
            ConstraintNames.All.Select((name, j) => (string[])[name, .. columns.Select(column => Text(column[j]))]));
    }

    /// <summary>The share of constraints met within some thresholds.</summary>
    public static ReportTable ShareMet(ModelEvaluation evaluation)
    {
        int[] places = MetricColumns.Words.IsPose ? Thresholds : [.. Enumerable.Range(1, 9).Select(i => 5 * i)];
        var thresholds = evaluation.Main.Model.ShareCurve();
        return ReportTable.Of(
            [Column.Text("constraints met within"), .. places.Select(place => new Column($"{Num.Setting(thresholds[place].Threshold)} {MetricColumns.Words.Unit}".TrimEnd()))],
            evaluation.Subsets.Select(subset => (subset.Name, Curve: subset.Model.ShareCurve())).Select(s => (string[])[s.Name, .. places.Select(place => Num.Fixed(100 * s.Curve[place].Share, 1) + " %")]));
    }

    public static ReportTable Outputs(ModelEvaluation evaluation)
    {
        var metrics = Of(evaluation, MetricParts.Outputs).ToList();
        var columns = metrics.Select(metric => metric.Compute(evaluation.Main.Model).ToArray()).ToList();
        if (evaluation.Main.Mean is { } mean && metrics.Count > 0) columns.Add([.. metrics[0].Compute(mean)]);
        return ReportTable.Of(
            [Column.Text(With(evaluation.OutputWord)), .. metrics.Select(metric => new Column(metric.Short)), MetricColumns.Baseline],
            columns.Count == 0 ? [] : evaluation.OutputNames.Select((name, i) => (string[])[name, .. columns.Select(column => Text(column[i]))]));
    }

    public static ReportTable Groups(string kind, IReadOnlyList<MetricGroup> groups)
    {
        var metrics = MetricTable.Of(groups[0].Model.Problem).Where(metric => metric.InGroups).ToList();
        return ReportTable.Of(
            [Column.Text(With(kind)), "images", .. metrics.Select(metric => new Column(metric.Short)), MetricColumns.Baseline],
            groups.Select(g => (string[])[g.Name, $"{g.Model.Samples}", .. metrics.Select(metric => Text(metric.Compute(g.Model).First())), Text(metrics[0].Compute(g.Mean).First())]));
    }

    private static IEnumerable<Metric> Of(ModelEvaluation evaluation, MetricParts parts) => MetricTable.Of(evaluation.Problem).Where(metric => metric.Parts == parts && (evaluation.Projects || !metric.IsProjected));

    private static string With(string what) => MetricColumns.Words.Unit.Length > 0 ? $"{what}, {MetricColumns.Words.Unit}" : what;

    private static string Text(double value) => MetricColumns.Violation.Text(value);
}
