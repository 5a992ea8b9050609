using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Fig. 2(b): the share of constraints met against the threshold.</summary>
internal static class ShareMetFigure
{
    /// <summary>Draws the figure; null when no model has a curve yet.</summary>
    public static Figure? Draw(RunData run, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        // The unconstrained model goes last, above the others.
        var models = run.Models.Where(m => m.End.ShareMet.Count > 0).Reverse().ToList();
        if (models.Count == 0) return null;
        var plot = FigureSheet.NewPlot("threshold (mm)", "constraints met (%)");
        var curves = models.ToDictionary(m => m.Name, m => AddCurve(plot, m, styles[m.Name]));
        // The legend keeps the order of the table.
        plot.Legend.DisplayPlottableLegendItems = false;
        foreach (var model in run.Models.Where(m => curves.ContainsKey(m.Name)))
            plot.Legend.ManualItems.AddRange(curves[model.Name].LegendItems);
        FigureSheet.LegendBeside(plot);
        var low = models.SelectMany(m => m.End.ShareMet).Min(p => 100 * p.Share);
        plot.Axes.SetLimits(0, models.Max(m => m.End.ShareMet[^1].Threshold), low, 100.5);
        return FigureSheet.Save(
            plot, run.Directory, "fig2b-share-met", "Fig. 2(b): constraints met against the threshold",
            "Share of all constraints of the validation data with |C| at or below the threshold, for the last model of "
            + "each configuration. Dashed: soft constraints; solid: hard constraints; thick blue: unconstrained. "
            + "Upper left is better.",
            height: FigureSheet.HeightFor(models.Count));
    }

    private static ScottPlot.Plottables.Scatter AddCurve(Plot plot, ModelTrace model, SeriesStyle style)
    {
        var points = model.End.ShareMet.Select(p => new Coordinates(p.Threshold, 100 * p.Share)).ToArray();
        var curve = plot.Add.ScatterLine(points, style.Color);
        curve.LineWidth = style.Width;
        curve.LinePattern = style.Pattern;
        curve.LegendText = MethodClasses.Pretty(model.Name);
        return curve;
    }
}
