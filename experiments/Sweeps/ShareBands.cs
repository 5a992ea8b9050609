using ScottPlot;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Fig. 2(b) over seeds: the share of constraints met against the threshold, for the best configuration of each method.</summary>
internal static class ShareBands
{
    /// <summary>Draws the figure; null when no cell is done.</summary>
    public static Figure? Draw(SweepResults sweep)
    {
        var shown = SweepFigures.ByMethod(sweep).Select(m => Best(m.Configurations, sweep.Unconstrained)).OfType<ConfigurationResult>().ToList();
        if (sweep.Unconstrained is { } start && start.Models.Any()) shown.Add(start);
        if (shown.Count == 0) return null;
        var plot = FigureSheet.NewPlot("threshold (mm)", "constraints met (%)");
        plot.Legend.DisplayPlottableLegendItems = false;
        var lowest = 100.0;
        foreach (var configuration in shown)
        {
            var style = SeriesStyle.Of(configuration.Method);
            lowest = Math.Min(lowest, AddCurve(plot, configuration, style));
            var item = SweepFigures.MethodItem(configuration.Method, configuration.Shown);
            if (configuration.Class == MethodClass.Unconstrained) plot.Legend.ManualItems.Insert(0, item);
            else plot.Legend.ManualItems.Add(item);
        }
        FigureSheet.LegendBeside(plot);
        plot.Axes.SetLimits(0, 50, lowest, 100.5);
        return FigureSheet.Save(
            plot, sweep.Directory.FiguresPath, "fig2b-share-met", "Fig. 2(b): constraints met against the threshold",
            "Share of all constraints of the validation data with |C| at or below the threshold, for the last models of the best configuration of each "
            + "method: the least violation at an error at most 10 % above the unconstrained model's or, where a method has none there, the least error. Median over seeds in a band from the "
            + "smallest to the largest. Dashed: soft constraints; solid: hard constraints; blue: unconstrained. Upper left is better.");
    }

    /// <summary>The least violation among configurations of comparable error, else the least error; null when none has a model.</summary>
    internal static ConfigurationResult? Best(IReadOnlyList<ConfigurationResult> configurations, ConfigurationResult? start)
    {
        var finite = configurations.Where(c => c.Error.Count > 0 && c.Median.Count > 0).ToList();
        var limit = start is null ? double.NaN : start.Error.Median * ModelRanking.Tolerance;
        return finite.Where(c => c.Error.Median <= limit).MinBy(c => c.Median.Median) ?? finite.MinBy(c => c.Error.Median);
    }

    /// <summary>The lowest share drawn, in per cent.</summary>
    private static double AddCurve(Plot plot, ConfigurationResult configuration, SeriesStyle style)
    {
        var points = configuration.Models.SelectMany(m => m.ShareMet).GroupBy(p => p.Threshold).OrderBy(g => g.Key)
            .Select(g => (Threshold: g.Key, Share: Spread.Of(g.Select(p => 100 * p.Share)))).ToList();
        if (points.Count == 0) return 100;
        if (configuration.Models.Count() > 1)
        {
            var band = plot.Add.FillY([.. points.Select(p => p.Threshold)], [.. points.Select(p => p.Share.Low)], [.. points.Select(p => p.Share.High)]);
            band.FillColor = style.Color.WithAlpha(.18);
            band.LineWidth = 0;
        }
        var curve = plot.Add.ScatterLine(points.Select(p => new Coordinates(p.Threshold, p.Share.Median)).ToArray(), style.Color);
        curve.LineWidth = style.Width;
        curve.LinePattern = style.Pattern;
        return points.Min(p => p.Share.Low);
    }
}
