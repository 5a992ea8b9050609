using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>The figures of a run, section by section; what a run has no data for is left out.</summary>
internal sealed class RunCharts
{
    private const int MostBars = 9;

    private readonly RunData _run;
    private readonly IReadOnlyDictionary<string, SeriesStyle> _styles;

    public RunCharts(RunData run)
    {
        (_run, _styles) = (run, SeriesStyle.Assign(run.Models));
        IReadOnlyList<Chart?> comparison = [new ErrorViolationFigure([.. run.Constrained], run.Unconstrained, run.MeanPoseError).Draw(isByMethod: false), ShareMet(), ConstraintMedians()];
        Comparison = [.. comparison.OfType<Chart>()];
        Learning = [.. LearningFigures.Draw(run, _styles)];
        Unconstrained = [.. LearningFigures.DrawUnconstrained(run)];
    }

    public IReadOnlyList<Chart> Comparison { get; }
    public IReadOnlyList<Chart> Learning { get; }

    /// <summary>The unconstrained model alone: its many iterations would press the others against the axis.</summary>
    public IReadOnlyList<Chart> Unconstrained { get; }

    public IReadOnlyList<Chart> All => [.. Comparison, .. Learning, .. Unconstrained];

    private Chart? ShareMet() => ShareMetFigure.Draw(
        "fig2b-share-met", "Fig. 2(b): constraints met against the threshold", [.. _run.Models.Select(m => ShareCurve.Of(m, m.Shown, _styles[m.Shown]))],
        "Share of all constraints of the validation data with |C| at or below the threshold, for the last model of each configuration. Dashed: soft constraints; solid: hard constraints; thick blue: unconstrained.");

    /// <summary>The median of |C| of each constraint, for the unconstrained and the best models.</summary>
    private Chart? ConstraintMedians()
    {
        var isComplete = _run.Models.Count <= MostBars;
        IEnumerable<ModelTrace> best = [.. _run.Models.Take(1).Where(m => m == _run.Unconstrained), .. ModelRanking.BestOfMethods(_run.Constrained, _run.Unconstrained)];
        var models = (isComplete ? _run.Models : best.Take(MostBars)).Where(m => m.End.PerConstraintMedian.Any(double.IsFinite)).ToList();
        if (models.Count == 0) return null;
        var names = ConstraintNames.Of(models.Max(m => m.End.PerConstraintMedian.Count));
        var range = AxisRange.Robust(models.SelectMany(m => m.End.PerConstraintMedian), models[0].End.PerConstraintMedian);
        var chart = GroupedBars.Draw(
            "constraint-medians", "Median |C| of each constraint", names, (MetricColumns.Violation.Title, MetricColumns.Violation.Unit),
            [.. models.Select(m => new BarSeries(m.Shown, _styles[m.Shown], m.End.PerConstraintMedian))], range.High);
        return chart with
        {
            Finding = Lowest(models, names),
            Caption = (isComplete ? "" : "Of each method the best configuration is shown. ") + "Median over the validation data of what each constraint is off by. Hatched or dashed: soft constraints.",
            IsWide = true,
        };
    }

    private static string Lowest(List<ModelTrace> models, IReadOnlyList<string> names)
    {
        double At(ModelTrace model, int j) => j < model.End.PerConstraintMedian.Count && double.IsFinite(model.End.PerConstraintMedian[j]) ? model.End.PerConstraintMedian[j] : double.PositiveInfinity;
        var lowest = Enumerable.Range(0, names.Count).Select(j => models.MinBy(m => At(m, j))!).GroupBy(m => m).MaxBy(g => g.Count())!;
        var worst = Enumerable.Range(0, names.Count).MaxBy(j => models[0].End.PerConstraintMedian.ElementAtOrDefault(j));
        return $"{lowest.Key.Shown} is lowest on {lowest.Count()} of {names.Count} constraints; {models[0].Shown} violates {names[worst]} most, {MetricColumns.Violation.WithUnit(At(models[0], worst))}.";
    }
}
