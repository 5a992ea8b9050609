namespace PoseEngine.Experiments.Evaluations;

/// <summary>A table of texts: names in the first column, figures in the others.</summary>
internal sealed record TextTable(IReadOnlyList<string> Heads, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>The tables of an evaluation, the same on the console and on the page; lengths in millimetres.</summary>
internal static class EvaluationTables
{
    private static readonly int[] Thresholds = [1, 2, 5, 10, 20, 50];

    /// <summary>All tables in their order.</summary>
    public static IReadOnlyList<TextTable> All(ModelEvaluation evaluation) =>
    [
        Metrics(evaluation), Constraints(evaluation.Main), ShareMet(evaluation), Joints(evaluation.Main),
        Groups("subject", evaluation.Main.BySubject), Groups("camera", evaluation.Main.ByCamera), Groups("source", evaluation.Main.BySource),
    ];

    /// <summary>A row a metric: the model, the mean pose, and the model on its training half.</summary>
    public static TextTable Metrics(ModelEvaluation evaluation)
    {
        var (main, train) = (evaluation.Main, evaluation.Train);
        List<string> heads = ["mm", main.Name, "mean pose"];
        if (train is not null) heads.Add("train");
        IReadOnlyList<string> Row(string name, Func<PoseMetrics, double> value)
        {
            List<string> row = [name, Mm(value(main.Metrics)), Mm(value(main.MeanPose))];
            if (train is not null) row.Add(Mm(value(train.Metrics)));
            return row;
        }
        return new TextTable(heads,
        [
            Row("error, 17 joints", m => m.Error), Row("error, 16 joints without the pelvis", m => m.ErrorWithoutPelvis),
            Row("root-aligned MPJPE (protocol 1)", m => m.RootAligned), Row("N-MPJPE (best scale)", m => m.ScaleAligned),
            Row("PA-MPJPE (protocol 2)", m => m.Aligned), Row("MPSSE, mean |C|", m => m.Mpsse),
            Row("median |C|", m => m.MedianViolation), Row("95 % of |C| below", m => m.P95Violation), Row("largest |C|", m => m.MaxViolation),
        ]);
    }

    /// <summary>A row a constraint.</summary>
    public static TextTable Constraints(SubsetEvaluation subset) => new(
        ["|C|, mm", "median", "95 %", "largest"],
        [.. LimbSymmetry.PaperNames.Select((name, j) => (string[])
            [$"C{j + 1} {name}", Mm(subset.Paper.PerConstraintMedian[j]), Mm(subset.Paper.PerConstraintP95[j]), Mm(subset.Paper.PerConstraintMax[j])])]);

    /// <summary>The share of constraints met within some thresholds.</summary>
    public static TextTable ShareMet(ModelEvaluation evaluation)
    {
        List<IReadOnlyList<string>> rows = [Row(evaluation.Main)];
        if (evaluation.Train is { } train) rows.Add(Row(train));
        return new TextTable(["constraints met within", .. Thresholds.Select(t => $"{t} mm")], rows);

        static IReadOnlyList<string> Row(SubsetEvaluation subset)
        {
            var curve = subset.Paper.ShareCurve();
            return [subset.Name, .. Thresholds.Select(t => (100 * curve[t].Share).ToString("0.0", CultureInfo.InvariantCulture) + " %")];
        }
    }

    /// <summary>A row a joint.</summary>
    public static TextTable Joints(SubsetEvaluation subset) => new(
        ["joint, mm", "error", "after PA", "mean pose"],
        [.. Enumerable.Range(0, Skeleton.JointCount).Select(j => (string[])
            [$"{(Joint)j}", Mm(subset.Errors.PerJoint[j]), Mm(subset.Errors.PerJointAligned[j]), Mm(subset.MeanPoseErrors.PerJoint[j])])]);

    /// <summary>A row a part of a breakdown.</summary>
    public static TextTable Groups(string kind, IReadOnlyList<MetricGroup> groups) => new(
        [$"{kind}, mm", "images", "error", "root-aligned", "N-MPJPE", "PA-MPJPE", "median |C|", "mean pose"],
        [.. groups.Select(g => (string[])
            [g.Name, $"{g.Model.Samples}", Mm(g.Model.Error), Mm(g.Model.RootAligned), Mm(g.Model.ScaleAligned), Mm(g.Model.Aligned), Mm(g.Model.MedianViolation), Mm(g.MeanPoseError)])]);

    /// <summary>A table as lines of text with aligned columns.</summary>
    public static IEnumerable<string> Lines(TextTable table)
    {
        const int first = 38;
        foreach (var row in table.Rows.Prepend(table.Heads))
        {
            yield return "  " + row[0].PadRight(first) + string.Concat(row.Skip(1).Select(cell => "  " + cell.PadLeft(11)));
        }
    }

    private static string Mm(double value) => Num.Mm(value);
}
