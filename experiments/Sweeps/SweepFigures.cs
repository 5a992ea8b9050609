using ScottPlot;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>The figures of a sweep; what it has no data for yet is left out.</summary>
internal static class SweepFigures
{
    /// <summary>Draws all of them into the folder of figures.</summary>
    public static IReadOnlyList<Figure> Draw(SweepResults sweep)
        => [.. ((Figure?[])[SweepPaths.Draw(sweep), FrontFigure.Draw(sweep), ShareBands.Draw(sweep)]).OfType<Figure>()];

    /// <summary>The methods with their configurations, in the order of the sweep.</summary>
    public static IEnumerable<(string Method, List<ConfigurationResult> Configurations)> ByMethod(SweepResults sweep)
        => sweep.Configurations.GroupBy(c => c.Method).Select(g => (g.Key, g.ToList()));

    /// <summary>An entry of the legend for all configurations of a method.</summary>
    public static LegendItem MethodItem(string method, string text)
    {
        var style = SeriesStyle.Of(method);
        return new() { LabelText = text, LineColor = style.Color, LineWidth = 3, LinePattern = style.Pattern };
    }

    /// <summary>The large blue dot of the unconstrained model, with the range of its seeds.</summary>
    public static void AddStart(Plot plot, ConfigurationResult? unconstrained)
    {
        if (unconstrained is null || unconstrained.Error.Count == 0) return;
        var (error, median) = (unconstrained.Error, unconstrained.Median);
        AddBars(plot, median, error, SeriesStyle.Blue);
        var dot = plot.Add.Marker(median.Median, error.Median, MarkerShape.FilledCircle, 22, SeriesStyle.Blue);
        dot.MarkerStyle.OutlineColor = Colors.White;
        dot.MarkerStyle.OutlineWidth = 2;
        plot.Legend.ManualItems.Insert(0, new()
        {
            LabelText = "Unconstrained",
            MarkerShape = MarkerShape.FilledCircle,
            MarkerSize = 15,
            MarkerFillColor = SeriesStyle.Blue,
            LineWidth = 0,
        });
    }

    /// <summary>Bars from the smallest to the largest seed in both directions; nothing for a single seed.</summary>
    public static void AddBars(Plot plot, Spread x, Spread y, Color color)
    {
        if (x.Count < 2) return;
        foreach (var bar in (ScottPlot.Plottables.LinePlot[])[plot.Add.Line(x.Low, y.Median, x.High, y.Median), plot.Add.Line(x.Median, y.Low, x.Median, y.High)])
        {
            bar.LineColor = color;
            bar.LineWidth = 1.5f;
        }
    }

    /// <summary>The axes of Fig. 2(a): the unconstrained model is always in the picture, models worse than the mean pose never.</summary>
    public static (AxisRange X, AxisRange Y) Ranges(SweepResults sweep)
    {
        var points = sweep.Configurations.SelectMany(c => c.Path).ToList();
        var start = sweep.Unconstrained;
        IEnumerable<double> Keep(Func<ConfigurationResult, Spread> of) => start is null ? [] : [of(start).Low, of(start).High];
        return (
            AxisRange.Robust(points.Select(p => p.Median.Median), Keep(c => c.Median)),
            AxisRange.Robust(points.Select(p => p.Error.Median), Keep(c => c.Error), sweep.Data?.MeanPoseError ?? double.NaN));
    }
}
