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
    public static Figure Draw(ScaleSweep sweep, string folder)
    {
        var plot = FigureSheet.NewPlot(sweep.Size, "ms, MB");
        for (var i = 0; i < sweep.Series.Count; i++) Add(plot, sweep.Series[i], i);
        if (sweep.Terms is { Cubic: > 0 } terms) AddCubic(plot, terms, sweep.Series[^1].Points);
        LogAxis.Label(plot.Axes.Bottom, sweep.Series.SelectMany(s => s.Points).Select(p => Math.Log10(p.Size)));
        LogAxis.Label(plot.Axes.Left, sweep.Series.SelectMany(s => s.Points).Select(p => Math.Log10(p.Value)));
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        return FigureSheet.Save(plot, folder, sweep.Key, $"Growth with {sweep.Size}", "Slope 1 is linear, 2 quadratic, 3 cubic.");
    }

    private static void Add(Plot plot, ScaleSeries series, int index)
    {
        var line = plot.Add.Scatter(series.Points.Select(p => Log(p.Size, p.Value)).ToArray());
        var pattern = series.Unit == "ms" ? LinePattern.Solid : LinePattern.Dashed;
        new SeriesStyle(Color.FromHex(Colors[index % Colors.Length]), pattern, Markers[index % Markers.Length], 2).Apply(line, 7);
        line.LegendText = string.Create(CultureInfo.InvariantCulture, $"{series.Name}, {series.Unit} (slope {series.Slope:0.00})");
    }

    /// <summary>From where the term is a hundredth of the whole: below, it is a line far under all others.</summary>
    private static void AddCubic(Plot plot, CubicTerms terms, IReadOnlyList<ScalePoint> points)
    {
        var (low, high) = (Math.Log10(points[0].Size), Math.Log10(points[^1].Size));
        var sizes = Enumerable.Range(0, TermSamples + 1).Select(i => Math.Pow(10, low + (i * (high - low) / TermSamples)));
        Coordinates[] term = [.. sizes.Where(x => terms.CubicShare(x) >= 0.01).Select(x => Log(x, terms.Cubic * x * x * x))];
        var line = plot.Add.Scatter(term);
        new SeriesStyle(Color.FromHex("#444444"), LinePattern.Dotted, MarkerShape.None, 2).Apply(line, 0);
        line.LegendText = "its cubic term: factoring S (slope 3)";
    }

    private static Coordinates Log(double x, double y) => new(Math.Log10(x), Math.Log10(y));
}
