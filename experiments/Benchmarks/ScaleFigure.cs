using ScottPlot;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The log-log plot of a sweep: time solid, memory dashed, each with its slope; the cubic term dotted.</summary>
internal static class ScaleFigure
{
    private const int TermSamples = 40;
    private static readonly string[] Colors = ["#1565C0", "#9E1B1B", "#0B6B3A", "#4A1486"];
    private static readonly MarkerShape[] Markers =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond];

    /// <summary>Writes KEY.png and KEY.svg into a folder.</summary>
    public static void Draw(ScaleSweep sweep, string folder)
    {
        List<Mark> marks = [.. sweep.Series.Select(Line)];
        if (sweep.Terms is { Cubic: > 0 } terms) marks.Add(CubicTerm(terms, sweep.Series[^1].Points));
        var points = sweep.Series.SelectMany(s => s.Points).ToList();
        PlotFiles.Write(
            new Chart(
                sweep.Key, $"Growth with {sweep.Size}", ChartAxis.Around(sweep.Size, "", points.Select(p => p.Size), isLog: true),
                ChartAxis.Around("ms, MB", "", points.Select(p => p.Value), .05, isLog: true), marks),
            folder);
    }

    private static Curve Line(ScaleSeries series, int index)
    {
        var pattern = series.Unit == "ms" ? LinePattern.Solid : LinePattern.Dashed;
        return new(
            $"{series.Name}, {series.Unit} (slope {series.Slope:0.00})", [.. series.Points.Select(p => new ChartPoint(p.Size, p.Value))],
            new SeriesStyle(Color.FromHex(Colors[index % Colors.Length]), pattern, Markers[index % Markers.Length], 2), 7);
    }

    /// <summary>From where the term is a hundredth of the whole: below, it is a line far under all others.</summary>
    private static Curve CubicTerm(CubicTerms terms, IReadOnlyList<ScalePoint> points)
    {
        var sizes = Enumerable.Range(0, TermSamples + 1).Select(i => points[0].Size * Math.Pow(points[^1].Size / points[0].Size, (double)i / TermSamples));
        return new(
            "its cubic term: factoring S (slope 3)", [.. sizes.Where(x => terms.CubicShare(x) >= 0.01).Select(x => new ChartPoint(x, terms.Cubic * x * x * x))],
            SeriesStyle.Plain(Color.FromHex("#444444")) with { Pattern = LinePattern.Dotted });
    }
}
