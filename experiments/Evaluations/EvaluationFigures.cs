using ScottPlot;

namespace PoseEngine.Experiments.Evaluations;

/// <summary>The plots of an evaluation, each as PNG and SVG.</summary>
internal static class EvaluationFigures
{
    private const int BarsHeight = 460;

    /// <summary>Writes all figures into a folder that is there.</summary>
    public static IReadOnlyList<Figure> Draw(ModelEvaluation evaluation, string folder)
    {
        var main = evaluation.Main;
        List<Figure> figures = [ShareMet(evaluation, folder), Constraints(evaluation, folder), Joints(main, folder)];
        figures.Add(Groups("by-subject", "subject", main.BySubject, folder));
        figures.Add(Groups("by-camera", "camera", main.ByCamera, folder));
        figures.Add(Groups("by-source", "source", main.BySource, folder));
        return figures;
    }

    private static Figure ShareMet(ModelEvaluation evaluation, string folder)
    {
        var plot = FigureSheet.NewPlot("threshold (mm)", "constraints met (%)");
        Add(evaluation.Main, GroupedBars.Blue);
        if (evaluation.Train is { } train) Add(train, GroupedBars.Amber);
        FigureSheet.LegendBeside(plot);
        plot.Axes.SetLimits(0, 50, 0, 101);
        return FigureSheet.Save(
            plot, folder, "share-met", "Constraints met against the threshold",
            "Share of all constraints of Eq. 15 with |C| at or below the threshold. Upper left is better.", height: BarsHeight);

        void Add(SubsetEvaluation subset, Color color)
        {
            var line = plot.Add.ScatterLine(subset.Paper.ShareCurve().Select(p => new Coordinates(p.Threshold, 100 * p.Share)).ToArray(), color);
            line.LineWidth = 3;
            line.LegendText = subset.Name;
        }
    }

    private static Figure Constraints(ModelEvaluation evaluation, string folder)
    {
        var paper = evaluation.Main.Paper;
        List<ColouredBars> series = [new("median", GroupedBars.Blue, paper.PerConstraintMedian), new("95 % below", GroupedBars.Amber, paper.PerConstraintP95)];
        if (evaluation.Train is { } train) series.Add(new("median, train", GroupedBars.Green, train.Paper.PerConstraintMedian));
        return FigureSheet.Save(
            GroupedBars.Draw(ConstraintBars.Names, "|C| (mm)", [.. series]), folder, "constraints", "Violation of each constraint",
            $"Each constraint is the difference between a left and a right length, on {evaluation.Main.Name} images"
            + (evaluation.Train is null ? "." : "; green: the median on training images."), height: BarsHeight);
    }

    private static Figure Joints(SubsetEvaluation subset, string folder) => FigureSheet.Save(
        GroupedBars.Draw(
            [.. Enum.GetNames<Joint>().Select(name => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? "\n" + char.ToLowerInvariant(c) : $"{c}")))], "error (mm)",
            new ColouredBars("model", GroupedBars.Blue, subset.Errors.PerJoint), new ColouredBars("after PA", GroupedBars.Green, subset.Errors.PerJointAligned),
            new ColouredBars("mean pose", GroupedBars.Grey, subset.MeanPoseErrors.PerJoint)),
        folder, "joints", "Error of each joint",
        "Mean distance from the true joint: as predicted, after the best similarity of each pose, and of the mean training pose.", height: BarsHeight);

    private static Figure Groups(string key, string kind, IReadOnlyList<MetricGroup> groups, string folder)
    {
        // Past a number that fits beside each other the table has them.
        var shown = groups.Take(16).ToList();
        var few = shown.Count < groups.Count ? $" The first {shown.Count} of {groups.Count}." : "";
        var plot = GroupedBars.Draw(
            [.. shown.Select(g => g.Name)], "mm",
            new ColouredBars("error", GroupedBars.Blue, [.. shown.Select(g => g.Model.Error)]),
            new ColouredBars("PA-MPJPE", GroupedBars.Green, [.. shown.Select(g => g.Model.Aligned)]),
            new ColouredBars("median |C|", GroupedBars.Amber, [.. shown.Select(g => g.Model.MedianViolation)]),
            new ColouredBars("mean pose", GroupedBars.Grey, [.. shown.Select(g => g.MeanPoseError)]));
        return FigureSheet.Save(
            plot, folder, key, $"By {kind}",
            $"The paper's error, PA-MPJPE, the median violation, and the error of the mean training pose for each {kind}.{few}", height: BarsHeight);
    }
}
