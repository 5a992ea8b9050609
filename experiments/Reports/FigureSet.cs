namespace PoseEngine.Experiments.Reports;

/// <summary>All figures of a run, in the order of the report; what a run has no data for is left out.</summary>
internal static class FigureSet
{
    public static IReadOnlyList<Figure> Draw(RunData run)
    {
        var styles = SeriesStyle.Assign(run.Models);
        Figure?[] comparison =
        [
            ErrorViolationFigure.Draw(run, styles), ShareMetFigure.Draw(run, styles), ConstraintBars.Draw(run, styles),
        ];
        return [.. comparison.OfType<Figure>(), .. LearningFigures.Draw(run, styles)];
    }
}
