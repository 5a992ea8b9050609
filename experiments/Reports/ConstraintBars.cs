using ScottPlot;
using ScottPlot.TickGenerators;

namespace PoseEngine.Experiments.Reports;

/// <summary>The median of |C| of each of the six constraints of Eq. 15, as grouped bars.</summary>
internal static class ConstraintBars
{
    private const int MostModels = 9;
    private const double GroupWidth = 0.84;

    /// <summary>The constraints in the order of Eq. 15.</summary>
    public static readonly string[] Names =
        ["C1 upper arm", "C2 forearm", "C3 thigh", "C4 shank", "C5 shoulders", "C6 hips"];

    /// <summary>Draws the figure for the unconstrained and the best models; null when nothing is finite.</summary>
    public static Figure? Draw(RunData run, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        var models = ModelRanking.Representatives(run, MostModels)
            .Where(m => m.End.PerConstraintMedian.Any(double.IsFinite)).ToList();
        if (models.Count == 0) return null;
        var plot = FigureSheet.NewPlot("", "median |C| (mm)");
        for (var i = 0; i < models.Count; i++) AddBars(plot, models[i], styles[models[i].Name], i, models.Count);
        LabelGroups(plot);
        FigureSheet.LegendBeside(plot);
        plot.Grid.XAxisStyle.IsVisible = false;
        var range = AxisRange.Robust(models.SelectMany(m => m.End.PerConstraintMedian), models[0].End.PerConstraintMedian);
        plot.Axes.SetLimits(-.5, Names.Length - .5, 0, range.High);
        var few = models.Count < run.Models.Count ? "Of each method the best configuration is shown. " : "";
        return FigureSheet.Save(
            plot, run.Directory, "constraint-medians", "Median |C| of each constraint",
            few + "Each constraint is the difference between a left and a right length. Hatched: soft constraints.");
    }

    private static void AddBars(Plot plot, ModelTrace model, SeriesStyle style, int index, int count)
    {
        var width = GroupWidth / count;
        var bars = model.End.PerConstraintMedian.Select((value, constraint) => new Bar
        {
            Position = constraint - GroupWidth / 2 + (index + .5) * width,
            Value = double.IsFinite(value) ? value : 0,
            Size = width * .9,
            FillColor = style.Color,
            FillHatch = model.Class == MethodClass.Soft ? new ScottPlot.Hatches.Striped() : null,
            FillHatchColor = Colors.White.WithAlpha(.45),
            LineWidth = 0,
        }).ToArray();
        plot.Add.Bars(bars).LegendText = MethodClasses.Pretty(model.Name);
    }

    private static void LabelGroups(Plot plot)
    {
        plot.Axes.Bottom.TickGenerator =
            new NumericManual(Enumerable.Range(0, Names.Length).Select(i => (double)i).ToArray(), Names);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
    }
}
