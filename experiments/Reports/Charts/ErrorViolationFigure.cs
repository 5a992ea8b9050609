using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Fig. 2(a): error against median |C|, a line per configuration over its training iterations, of a run or over seeds.</summary>
/// <param name="contenders">The constrained configurations.</param>
/// <param name="start">The unconstrained model, from which they start.</param>
/// <param name="baselineError">What has learnt nothing has this error; worse models have no place in the picture.</param>
internal sealed class ErrorViolationFigure(IReadOnlyList<IContender> contenders, IContender? start, double baselineError)
{
    private const double NearStart = 1.5;

    /// <summary>More configurations than this and ranges and markers would hide the lines.</summary>
    private const int Many = 80;

    private const int MostNamed = 12;

    private const string On = " on the validation data";

    private readonly IReadOnlyDictionary<string, SeriesStyle> _styles = SeriesStyle.Assign(contenders);

    private bool IsOverSeeds => contenders.Any(c => c.Error.Count > 1) || start?.Error.Count > 1;

    /// <summary>The figure; null when no model has finite figures.</summary>
    /// <param name="isByMethod">Whether the legend names methods instead of configurations.</param>
    public Chart? Draw(bool isByMethod)
    {
        var paths = contenders.Select(c => (Contender: c, Path: PathOf(c))).Where(p => p.Path.Count > 0).ToList();
        if (paths.Count == 0 && start is not { Error.Count: > 0 }) return null;
        var (x, y) = Axes();
        var isFew = contenders.Count <= Many;
        List<Mark> marks = [];
        foreach (var (contender, path) in paths) AddPath(marks, contender, path, isFew, x, y);
        if (isFew) foreach (var contender in contenders) AddRange(marks, contender, SeriesStyle.Plain(_styles[contender.Shown].Color, 1.5f));
        AddStart(marks, start);
        var isProjected = isFew && AddProjected(marks, x, y);
        return new Chart("fig2a-error-violation", "Fig. 2(a): error against constraint violation", ChartAxis.Of(MetricColumns.Violation, x, On), ChartAxis.Of(MetricColumns.Error, y, On), marks)
        {
            Legend = [.. StartEntry(start), .. isByMethod ? MethodEntries() : paths.Select(p => new LegendEntry(p.Contender.Shown, _styles[p.Contender.Shown])), .. isProjected ? [new LegendEntry("outputs projected", Projected(SeriesStyle.Blue))] : Array.Empty<LegendEntry>()],
            Finding = Finding(),
            Caption = Caption(paths, x, y) + (isProjected ? " Diamonds at the left edge: the last models with each output moved to the nearest point at which all constraints hold; |C| is 0 there but for rounding." : ""),
        }.FitLegend();
    }

    /// <summary>The axes of Fig. 2(a): the unconstrained model is always in the picture, models worse than the baseline never.</summary>
    public (AxisRange X, AxisRange Y) Axes()
    {
        var all = contenders.SelectMany(PathOf).ToList();
        IEnumerable<double> Keep(Func<IContender, Spread> of) => start is { Error.Count: > 0 } ? [of(start).Low, of(start).High] : [];
        // Ends that violate little more than the start are worth the room beside it.
        var near = contenders.Select(c => c.Median.Median).Where(end => end <= NearStart * (start?.Median.Median ?? double.NaN));
        return (
            AxisRange.Robust(all.Select(p => p.Median.Median), Keep(c => c.Median).Concat(near)),
            AxisRange.Robust(all.Select(p => p.Error.Median), Keep(c => c.Error), baselineError));
    }

    /// <summary>The large blue dot of the unconstrained model, with the range of its seeds.</summary>
    public static void AddStart(List<Mark> marks, IContender? start)
    {
        if (start is not { Error.Count: > 0 }) return;
        AddRange(marks, start, SeriesStyle.Plain(SeriesStyle.Blue, 1.5f));
        marks.Add(new Curve(start.Shown, [new(start.Median.Median, start.Error.Median)], SeriesStyle.Dot(SeriesStyle.Blue), 22) { Rim = Rim.Paper });
    }

    /// <summary>What projected outputs of the last models would have: at violation 0; false where it is not known.</summary>
    private bool AddProjected(List<Mark> marks, AxisRange x, AxisRange y)
    {
        var isAny = false;
        // Whole diamonds, a little inside of 0.
        var edge = Math.Max(x.Inside(0), x.Low + (.012 * (x.High - x.Low)));
        foreach (var contender in start is null ? contenders : contenders.Append(start))
        {
            var error = Spread.Of(contender.Models.Select(model => model.Value("projectedError")));
            if (error.Count == 0 || !y.Contains(error.Median)) continue;
            var color = contender == start ? SeriesStyle.Blue : _styles[contender.Shown].Color;
            marks.Add(new Curve("", [new(edge, error.Median, $"{contender.Shown}, outputs projected: {MetricColumns.Error.WithUnit(error)} error")], Projected(color), 12) { Rim = Rim.Paper });
            isAny = true;
        }
        return isAny;
    }

    private static SeriesStyle Projected(ScottPlot.Color color) => SeriesStyle.Dot(color) with { Marker = MarkerShape.FilledDiamond };

    /// <summary>Its entry in the legend, which stands first.</summary>
    public static IEnumerable<LegendEntry> StartEntry(IContender? start) => start is { Error.Count: > 0 } ? [new(start.Shown, SeriesStyle.Dot(SeriesStyle.Blue))] : [];

    private IEnumerable<LegendEntry> MethodEntries() => contenders.GroupBy(c => c.Method)
        .Select(g => new LegendEntry(MethodClasses.Pretty(g.Key), SeriesStyle.Of(g.Key) with { Width = 3, Marker = MarkerShape.None }) { Detail = $"({g.Count()})" });

    // Constrained runs start from the unconstrained model, whether or not iteration 0 was evaluated.
    private IReadOnlyList<PathPoint> PathOf(IContender contender)
        => start is { Error.Count: > 0 } && (contender.Path.Count == 0 || contender.Path[0].Iteration > 0) ? [new(0, start.Error, start.Median), .. contender.Path] : contender.Path;

    private void AddPath(List<Mark> marks, IContender contender, IReadOnlyList<PathPoint> path, bool isFew, AxisRange x, AxisRange y)
    {
        var style = _styles[contender.Shown];
        ChartPoint[] points = [.. path.Select(p => new ChartPoint(p.Median.Median, p.Error.Median, $"iteration {p.Iteration:N0}"))];
        marks.Add(new Curve(contender.Shown, Cut(points, x, y), style with { Width = isFew ? style.Width : .7f }, isFew ? 6 : 0));
        // The last model is what a reader takes home: larger, with a dark rim, or an arrowhead at the edge it left by.
        var end = points[^1];
        var isInside = x.Contains(end.X) && y.Contains(end.Y);
        var place = isInside ? end : new ChartPoint(x.Inside(end.X), y.Inside(end.Y), $"ends outside, at {MetricColumns.Error.WithUnit(end.Y)} error and {MetricColumns.Violation.WithUnit(end.X)} median |C|; the edge is at");
        var marker = style with { Width = 0, Marker = isInside ? style.Marker : MarkerShape.FilledTriangleUp };
        marks.Add(new Curve(contender.Shown, [place], marker, isFew ? isInside ? 13 : 16 : 8) { Rim = Rim.Ink });
    }

    /// <summary>Bars from the smallest to the largest seed in both directions; nothing for a single seed.</summary>
    private static void AddRange(List<Mark> marks, IContender contender, SeriesStyle style)
    {
        var (x, y) = (contender.Median, contender.Error);
        if (x.Count < 2) return;
        marks.Add(new Curve("", [new(x.Low, y.Median), new(x.High, y.Median)], style) { Opacity = .7 });
        marks.Add(new Curve("", [new(x.Median, y.Low), new(x.Median, y.High)], style) { Opacity = .7 });
    }

    /// <summary>The points up to where the path leaves the picture for far away: lines of a diverging configuration to places a thousand
    /// pictures off are drawn as wedges.</summary>
    private static ChartPoint[] Cut(ChartPoint[] points, AxisRange x, AxisRange y)
    {
        const double far = 3;
        double Beyond(double value, AxisRange range) => Math.Max(range.Low - value, value - range.High) / (range.High - range.Low);
        bool IsFar(ChartPoint p) => Beyond(p.X, x) > far || Beyond(p.Y, y) > far;
        var first = Array.FindIndex(points, IsFar);
        if (first < 0) return points;
        if (first == 0) return [];
        var (from, to) = (points[first - 1], points[first]);
        // By halving: the way out of the box along the segment.
        for (var i = 0; i < 60; i++)
        {
            var middle = new ChartPoint((from.X + to.X) / 2, (from.Y + to.Y) / 2);
            if (IsFar(middle)) to = middle;
            else from = middle;
        }
        return [.. points[..first], from];
    }

    private string Finding()
    {
        if (ModelRanking.Best(contenders, start) is not { } best) return "";
        var (violation, unconstrained) = (best.Model.Median.Median, start?.Median.Median ?? double.NaN);
        var change = unconstrained > 0 ? $", {Num.Change(violation, unconstrained)} unconstrained" : "";
        return best.Comparable
            ? $"{best.Model.Shown} reaches the least violation at comparable error: {MetricColumns.Violation.WithUnit(violation)}{change}."
            : $"{best.Model.Shown} comes nearest in error, {MetricColumns.Error.WithUnit(best.Model.Error.Median)}; its violation is {MetricColumns.Violation.WithUnit(violation)}{change}.";
    }

    private string Caption(List<(IContender Contender, IReadOnlyList<PathPoint> Path)> paths, AxisRange x, AxisRange y)
    {
        var text = (IsOverSeeds
                ? "Every marker is the median over seeds of one configuration's models after some iterations; lines join them, from the unconstrained model (large blue dot) to the last one (large marker), whose bars span the seeds."
                : "Every marker is a model; lines join models of one configuration over the iterations, from the unconstrained model (large blue dot) to the last one (large marker).")
            + " Dashed: soft constraints; solid: hard constraints. Lower left is better.";
        var outside = paths.Where(p => p.Contender.Path.Count > 0).Select(p => (p.Contender.Shown, End: p.Path[^1]))
            .Where(p => !(x.Contains(p.End.Median.Median) && y.Contains(p.End.Error.Median)))
            .Select(p => $"{p.Shown} ({MetricColumns.Error.WithUnit(p.End.Error.Median)} error, {MetricColumns.Violation.WithUnit(p.End.Median.Median)} median |C|)").ToList();
        var lost = contenders.Where(c => c.Models.Any() && c.Error.Count == 0).Select(c => c.Shown).ToList();
        if (outside.Count > 0) text += $" The axes are cut; a triangle at the edge stands for the end of: {(outside.Count > MostNamed ? $"{outside.Count} configurations" : string.Join("; ", outside))}.";
        if (lost.Count > 0) text += $" Diverged to values that are not finite: {string.Join(", ", lost)}.";
        return text;
    }
}
