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
        IReadOnlyList<Chart?> comparison = [new ErrorViolationFigure([.. run.Constrained], run.Unconstrained, run.MeanPoseError).Draw(isByMethod: false), ShareMet(), ConstraintMedians(), WithinSpread()];
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
    private Chart? ConstraintMedians() => Bars(
        "constraint-medians", "Median |C| of each constraint", "perConstraintMedian", MetricColumns.Violation.Title, "violates",
        "Median over the validation data of what each constraint is off by. Hatched or dashed: soft constraints.");

    /// <summary>The spread of each value within its group, where constraints bind samples together.</summary>
    private Chart? WithinSpread() => Bars(
        "within-spread", "Spread of each value within its group", "perConstraintWithinSpread", "spread within", "spreads",
        "Standard deviation of each value within its group, root mean square over the groups of the validation data. Hatched or dashed: soft constraints.");

    /// <summary>A figure of each constraint, for the unconstrained and the best models; null where none has it.</summary>
    private Chart? Bars(string name, string title, string key, string axis, string verb, string caption)
    {
        // Constraints that the figure says nothing of have no place on its axis.
        var shown = Enumerable.Range(0, _run.Models.Max(m => m.End.Values(key).Count)).Where(j => _run.Models.Any(m => double.IsFinite(m.End.Values(key).ElementAtOrDefault(j)))).ToList();
        IReadOnlyList<double> Of(ModelTrace model) => model.End.Values(key) is { Count: > 0 } values ? [.. shown.Select(j => j < values.Count ? values[j] : double.NaN)] : [];
        var isComplete = _run.Models.Count <= MostBars;
        IEnumerable<ModelTrace> best = [.. _run.Models.Take(1).Where(m => m == _run.Unconstrained), .. ModelRanking.BestOfMethods(_run.Constrained, _run.Unconstrained)];
        var models = (isComplete ? _run.Models : best.Take(MostBars)).Where(m => Of(m).Any(double.IsFinite)).ToList();
        if (models.Count == 0) return null;
        var all = ConstraintNames.Of(models.Max(m => m.End.Values(key).Count));
        IReadOnlyList<string> names = [.. shown.Select(j => all[j])];
        var range = AxisRange.Robust(models.SelectMany(Of), Of(models[0]));
        var chart = GroupedBars.Draw(
            name, title, names, (axis, MetricColumns.Violation.Unit), [.. models.Select(m => new BarSeries(m.Shown, _styles[m.Shown], Of(m)))], range.High);
        return chart with
        {
            Finding = Lowest(models, names, Of, verb),
            Caption = (isComplete ? "" : "Of each method the best configuration is shown. ") + caption,
            IsWide = true,
        };
    }

    private static string Lowest(List<ModelTrace> models, IReadOnlyList<string> names, Func<ModelTrace, IReadOnlyList<double>> of, string verb)
    {
        double At(ModelTrace model, int j) => j < of(model).Count && double.IsFinite(of(model)[j]) ? of(model)[j] : double.PositiveInfinity;
        var lowest = Enumerable.Range(0, names.Count).Select(j => models.MinBy(m => At(m, j))!).GroupBy(m => m).MaxBy(g => g.Count())!;
        var worst = Enumerable.Range(0, names.Count).MaxBy(j => of(models[0]).ElementAtOrDefault(j));
        return $"{lowest.Key.Shown} is lowest on {lowest.Count()} of {names.Count} constraints; {models[0].Shown} {verb} {names[worst]} most, {MetricColumns.Violation.WithUnit(At(models[0], worst))}.";
    }
}
