namespace PoseEngine.Experiments.Evaluations;

/// <summary>The tables of an evaluation, the same on the console and on the page.</summary>
internal static class EvaluationTables
{
    private static readonly int[] Thresholds = [1, 2, 5, 10, 20, 50];

    private static string Unit => MetricColumns.Error.Unit;

    /// <summary>All tables in their order.</summary>
    public static IReadOnlyList<ReportTable> All(ModelEvaluation evaluation) =>
        [Metrics(evaluation), Constraints(evaluation.Main), ShareMet(evaluation), Joints(evaluation.Main), .. evaluation.Main.Breakdowns.Select(b => Groups(b.Kind, b.Groups))];

    /// <summary>A table as lines of text with aligned columns.</summary>
    public static IEnumerable<string> Lines(ReportTable table) => table.Lines(first: 38, others: 11, indent: "  ");

    /// <summary>A row a metric: the model, the mean pose, and the model on its training half.</summary>
    public static ReportTable Metrics(ModelEvaluation evaluation)
    {
        var (main, train) = (evaluation.Main, evaluation.Train);
        IReadOnlyList<PoseMetrics> columns = train is null ? [main.Metrics, main.MeanPose] : [main.Metrics, main.MeanPose, train.Metrics];
        string[] Row(string name, Func<PoseMetrics, double> value) => [name, .. columns.Select(metrics => Text(value(metrics)))];
        return ReportTable.Of(
            [Column.Text(Unit), main.Name, MetricColumns.Baseline, .. train is null ? [] : (Column[])[train.Name]],
            [
                Row("error, 17 joints", m => m.Error), Row("error, 16 joints without the pelvis", m => m.ErrorWithoutPelvis),
                Row("root-aligned MPJPE (protocol 1)", m => m.RootAligned), Row("N-MPJPE (best scale)", m => m.ScaleAligned),
                Row("PA-MPJPE (protocol 2)", m => m.Aligned), Row("MPSSE, mean |C|", m => m.Mpsse),
                Row("median |C|", m => m.MedianViolation), Row("95 % of |C| below", m => m.P95Violation), Row("largest |C|", m => m.MaxViolation),
            ]);
    }

    /// <summary>A row a constraint.</summary>
    public static ReportTable Constraints(SubsetEvaluation subset) => ReportTable.Of(
        [Column.Text($"|C|, {Unit}"), "median", "95 %", "largest"],
        ConstraintNames.Of(subset.Paper.PerConstraintMedian.Length).Select((name, j) => (string[])
            [name, Text(subset.Paper.PerConstraintMedian[j]), Text(subset.Paper.PerConstraintP95[j]), Text(subset.Paper.PerConstraintMax[j])]));

    /// <summary>The share of constraints met within some thresholds.</summary>
    public static ReportTable ShareMet(ModelEvaluation evaluation) => ReportTable.Of(
        [Column.Text("constraints met within"), .. Thresholds.Select(t => new Column($"{t} {Unit}"))],
        evaluation.Subsets.Select(subset => (Name: subset.Name, Curve: subset.Paper.ShareCurve()))
            .Select(s => (string[])[s.Name, .. Thresholds.Select(t => Num.Fixed(100 * s.Curve[t].Share, 1) + " %")]));

    /// <summary>A row a joint.</summary>
    public static ReportTable Joints(SubsetEvaluation subset) => ReportTable.Of(
        [Column.Text($"joint, {Unit}"), MetricColumns.Error.Short, "after PA", MetricColumns.Baseline],
        Enumerable.Range(0, Skeleton.JointCount).Select(j => (string[])
            [$"{(Joint)j}", Text(subset.Errors.PerJoint[j]), Text(subset.Errors.PerJointAligned[j]), Text(subset.MeanPoseErrors.PerJoint[j])]));

    /// <summary>A row a part of a breakdown.</summary>
    public static ReportTable Groups(string kind, IReadOnlyList<MetricGroup> groups) => ReportTable.Of(
        [Column.Text($"{kind}, {Unit}"), "images", MetricColumns.Error.Short, "root-aligned", "N-MPJPE", "PA-MPJPE", MetricColumns.Violation.Short, MetricColumns.Baseline],
        groups.Select(g => (string[])
            [g.Name, $"{g.Model.Samples}", Text(g.Model.Error), Text(g.Model.RootAligned), Text(g.Model.ScaleAligned), Text(g.Model.Aligned), Text(g.Model.MedianViolation), Text(g.MeanPoseError)]));

    private static string Text(double value) => Num.Fixed(value);
}
