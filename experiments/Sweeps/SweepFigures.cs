namespace PoseEngine.Experiments.Sweeps;

/// <summary>The figures of a sweep; what it has no data for yet is left out.</summary>
internal static class SweepFigures
{
    private const int Steps = 160;

    public static IReadOnlyList<Chart> Draw(SweepResults sweep)
    {
        var paths = new ErrorViolationFigure(sweep.Configurations, sweep.Unconstrained, sweep.Data?.MeanPoseError ?? double.NaN);
        Chart?[] charts = [sweep.Configurations.Any(c => c.Path.Count > 0) ? paths.Draw(isByMethod: true) : null, Fronts(sweep, paths.Axes()), ShareMet(sweep)];
        return [.. charts.OfType<Chart>()];
    }

    public static IEnumerable<(string Method, List<ConfigurationResult> Configurations)> ByMethod(SweepResults sweep)
        => sweep.Configurations.GroupBy(c => c.Method).Select(g => (g.Key, g.ToList()));

    /// <summary>Fig. 2(b) over seeds, for the best configuration of each method.</summary>
    private static Chart? ShareMet(SweepResults sweep)
    {
        var start = sweep.Unconstrained;
        List<ShareCurve> curves = [];
        if (start is not null && start.Models.Any()) curves.Add(ShareCurve.Of(start, start.Shown, SeriesStyle.Of(start.Method)));
        foreach (var best in ModelRanking.BestOfMethods(sweep.Configurations, start))
        {
            var name = MethodClasses.Pretty(best.Method);
            curves.Add(ShareCurve.Of(best, name, SeriesStyle.Of(best.Method)) with { Detail = best.Shown.StartsWith(name, StringComparison.Ordinal) ? best.Shown[name.Length..].Trim() : best.Shown });
        }
        return ShareMetFigure.Draw(
            "fig2b-share-met", "Fig. 2(b): constraints met against the threshold", curves,
            "Share of all constraints of the validation data with |C| at or below the threshold, for the last models of the best configuration of each "
            + $"method ({string.Join("; ", curves.Where(c => c.Detail.Length > 0).Select(c => $"{c.Name} {c.Detail}"))}): the least violation at an error at most 10 % above the unconstrained model's or, where a method has none there, the least error. "
            + "Median over seeds in a band from the smallest to the largest. Dashed: soft constraints; solid: hard constraints; blue: unconstrained.");
    }

    /// <summary>The Pareto front of each method: the least violation that its models reach at each error, with a band over seeds.</summary>
    private static Chart? Fronts(SweepResults sweep, (AxisRange X, AxisRange Y) axes)
    {
        var methods = ByMethod(sweep).Select(m => (m.Method, m.Configurations, Fronts: SeedFronts.Of(m.Configurations))).Where(m => m.Fronts.Seeds.Any()).ToList();
        if (methods.Count == 0) return null;
        List<Mark> marks = [.. methods.Select(m => Models(m.Method, m.Configurations)), .. methods.SelectMany(m => Front(m.Method, m.Fronts))];
        ErrorViolationFigure.AddStart(marks, sweep.Unconstrained);
        return new Chart(
            "pareto-fronts", "Pareto fronts", ChartAxis.Of(MetricColumns.Violation, axes.X, " on the validation data"), ChartAxis.Of(MetricColumns.Error, axes.Y, " on the validation data"), marks)
        {
            Legend = [.. ErrorViolationFigure.StartEntry(sweep.Unconstrained), .. methods.Select(m => new LegendEntry(MethodClasses.Pretty(m.Method), StyleOf(m.Method)))],
            Finding = Finding(sweep, [.. methods.Select(m => (m.Method, m.Fronts))]),
            Caption = "The models of each method that no other model of the method beats in both error and violation: the median over seeds of the fronts' violation at "
                + "each error, in a band from the smallest to the largest. Faint dots: all models of all seeds. Dashed: soft constraints; solid: hard "
                + "constraints; the large blue dot is the unconstrained model. At equal error, further left is better.",
        };
    }

    private static SeriesStyle StyleOf(string method) => SeriesStyle.Of(method) with { Width = 3, Marker = ScottPlot.MarkerShape.None };

    private static Curve Models(string method, List<ConfigurationResult> configurations)
    {
        var points = configurations.SelectMany(c => c.Cells).SelectMany(c => c.Lines).Where(l => l.Iteration > 0).Select(l => new ChartPoint(l.MedianViolation, l.Error)).Where(p => p.IsFinite);
        return new("", [.. points], SeriesStyle.Dot(SeriesStyle.Of(method).Color), 4) { Opacity = .3 };
    }

    private static IEnumerable<Mark> Front(string method, SeedFronts fronts)
    {
        var all = fronts.Seeds.Select(seed => fronts[seed]!).ToList();
        // From where every seed has a model to where the last front ends.
        var (first, last) = (all.Max(front => front.Points[0].Error), all.Max(front => front.Points[^1].Error));
        var levels = (last > first ? Enumerable.Range(0, Steps + 1).Select(i => first + ((last - first) * i / Steps)) : [first]).Select(error => (Error: error, Violation: fronts.ViolationAt(error))).ToList();
        var style = StyleOf(method);
        if (all.Count > 1 && levels.Count > 1)
            yield return new Area("", [.. levels.Select(l => new ChartPoint(l.Violation.Low, l.Error)), .. levels.AsEnumerable().Reverse().Select(l => new ChartPoint(l.Violation.High, l.Error))], style);
        ChartPoint[] line = [.. levels.Select(l => new ChartPoint(l.Violation.Median, l.Error))];
        yield return new Curve(MethodClasses.Pretty(method), line, line.Length == 1 ? style with { Marker = ScottPlot.MarkerShape.FilledCircle } : style, line.Length == 1 ? 9 : 0);
    }

    /// <summary>Which front is lowest at the largest error that counts as comparable.</summary>
    private static string Finding(SweepResults sweep, List<(string Method, SeedFronts Fronts)> methods)
    {
        var level = (sweep.Unconstrained?.Error.Median ?? double.NaN) * ModelRanking.Tolerance;
        var ranked = methods.Select(m => (m.Method, Violation: m.Fronts.ViolationAt(level).Median)).Where(m => double.IsFinite(m.Violation)).OrderBy(m => m.Violation).ToList();
        if (ranked.Count == 0) return double.IsFinite(level) ? $"No method has a model at {MetricColumns.Error.WithUnit(level)} error, 10 % above the unconstrained." : "";
        string Text((string Method, double Violation) m) => $"{MethodClasses.Pretty(m.Method)} {MetricColumns.Violation.WithUnit(m.Violation)}";
        return $"At {MetricColumns.Error.WithUnit(level)} error, 10 % above the unconstrained, {Text(ranked[0])} is least{(ranked.Count > 1 ? $", then {Text(ranked[1])}" : "")}.";
    }
}
