namespace PoseEngine.Experiments.Evaluations;

/// <summary>The plots of an evaluation.</summary>
internal static class EvaluationFigures
{
    private const int BarsHeight = 460;

    // Past a number that fits beside each other the table has them.
    private const int MostGroups = 16;

    private static string Unit => MetricColumns.Error.Unit;

    /// <summary>The share of constraints met against the threshold.</summary>
    public static Chart ShareMet(ModelEvaluation evaluation) => ShareMetFigure.Draw(
        "share-met", "Constraints met against the threshold",
        [.. evaluation.Subsets.Zip([GroupedBars.Blue, GroupedBars.Amber], (subset, colour) => new ShareCurve(subset.Name, SeriesStyle.Plain(colour, 3), [subset.Paper.ShareCurve()]))],
        "Share of all constraints with |C| at or below the threshold.")! with
    { Height = BarsHeight };

    /// <summary>Median and 95th percentile of each constraint.</summary>
    public static Chart Constraints(ModelEvaluation evaluation)
    {
        var paper = evaluation.Main.Paper;
        var names = ConstraintNames.Of(paper.PerConstraintMedian.Length);
        List<BarSeries> series = [new("median", GroupedBars.Blue, paper.PerConstraintMedian), new("95 % below", GroupedBars.Amber, paper.PerConstraintP95)];
        if (evaluation.Train is { } train) series.Add(new("median, train", GroupedBars.Green, train.Paper.PerConstraintMedian));
        return GroupedBars.Draw("constraints", "Violation of each constraint", names, ("|C|", Unit), series) with
        {
            Finding = Extremes("violated", names, paper.PerConstraintMedian),
            Caption = $"What each constraint is off by on {evaluation.Main.Name} images{(evaluation.Train is null ? "." : "; green: the median on training images.")}",
            Height = BarsHeight,
        };
    }

    /// <summary>The error of each joint.</summary>
    public static Chart Joints(SubsetEvaluation subset)
    {
        IReadOnlyList<string> names = [.. Enum.GetNames<Joint>().Select(name => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? "\n" + char.ToLowerInvariant(c) : $"{c}")))];
        return GroupedBars.Draw(
            "joints", "Error of each joint", names, ("error", Unit),
            [
                new("model", GroupedBars.Blue, subset.Errors.PerJoint), new("after PA", GroupedBars.Green, subset.Errors.PerJointAligned),
                new(MetricColumns.Baseline, GroupedBars.Grey, subset.MeanPoseErrors.PerJoint),
            ]) with
        {
            Finding = Extremes("wrong", [.. names.Select(name => name.Replace('\n', ' '))], subset.Errors.PerJoint),
            Caption = "Mean distance from the true joint: as predicted, after the best similarity of each pose, and of the mean training pose.",
            Height = BarsHeight,
            IsWide = true,
        };
    }

    /// <summary>A breakdown; one into a single part repeats the whole.</summary>
    public static Chart Groups(string kind, IReadOnlyList<MetricGroup> groups)
    {
        var shown = groups.Take(MostGroups).ToList();
        double[] Values(Func<MetricGroup, double> of) => [.. shown.Select(of)];
        return GroupedBars.Draw(
            $"by-{kind}", $"By {kind}", [.. shown.Select(g => g.Name)], ("", Unit),
            [
                new(MetricColumns.Error.Short, GroupedBars.Blue, Values(g => g.Model.Error)), new("PA-MPJPE", GroupedBars.Green, Values(g => g.Model.Aligned)),
                new(MetricColumns.Violation.Short, GroupedBars.Amber, Values(g => g.Model.MedianViolation)), new(MetricColumns.Baseline, GroupedBars.Grey, Values(g => g.MeanPoseError)),
            ]) with
        {
            Finding = Extremes("wrong", [.. shown.Select(g => $"{kind} {g.Name}")], Values(g => g.Model.Error)),
            Caption = $"The paper's error, PA-MPJPE, the median violation, and the error of the {MetricColumns.Baseline} for each {kind}."
                + (shown.Count < groups.Count ? $" The first {shown.Count} of {groups.Count}." : ""),
            Height = BarsHeight,
        };
    }

    private static string Extremes(string what, IReadOnlyList<string> names, IReadOnlyList<double> values)
    {
        var sorted = Enumerable.Range(0, values.Count).Where(i => double.IsFinite(values[i])).OrderByDescending(i => values[i]).ToList();
        string Text(int i) => $"{names[i]} ({Num.Fixed(values[i], 1)} {Unit})";
        return sorted.Count < 2 ? "" : $"Most {what}: {Text(sorted[0])}; least: {Text(sorted[^1])}.";
    }
}
