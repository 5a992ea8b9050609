using ScottPlot;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>The Pareto front of each method: the least violation that its models reach at each error, with a band over seeds.</summary>
internal static class FrontFigure
{
    private const int Steps = 160;

    /// <summary>Draws the figure; null when no model has been trained.</summary>
    public static Figure? Draw(SweepResults sweep)
    {
        var fronts = SweepFigures.ByMethod(sweep).Select(m => (m.Method, Fronts: SeedFronts.Of(m.Configurations))).Where(m => m.Fronts.Seeds.Any()).ToList();
        if (fronts.Count == 0) return null;
        var plot = FigureSheet.NewPlot("median |C| on the validation data (mm)", "joint error on the validation data (mm)");
        plot.Legend.DisplayPlottableLegendItems = false;
        foreach (var (method, configurations) in SweepFigures.ByMethod(sweep)) AddModels(plot, method, configurations);
        foreach (var (method, front) in fronts)
        {
            AddFront(plot, SeriesStyle.Of(method), front);
            plot.Legend.ManualItems.Add(SweepFigures.MethodItem(method, MethodClasses.Pretty(method)));
        }
        SweepFigures.AddStart(plot, sweep.Unconstrained);
        FigureSheet.LegendBeside(plot);
        var (x, y) = SweepFigures.Ranges(sweep);
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        return FigureSheet.Save(
            plot, sweep.Directory.FiguresPath, "pareto-fronts", "Pareto fronts",
            "The models of each method that no other model of the method beats in both error and violation: the median over seeds of the fronts' violation at "
            + "each error, in a band from the smallest to the largest. Faint dots: all models of all seeds. Dashed: soft constraints; solid: hard "
            + "constraints; the large blue dot is the unconstrained model. At equal error, further left is better.");
    }

    private static void AddModels(Plot plot, string method, List<ConfigurationResult> configurations)
    {
        var points = configurations.SelectMany(c => c.Cells).SelectMany(c => c.Lines).Where(l => l.Iteration > 0)
            .Select(l => new Coordinates(l.MedianViolation, l.Error)).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray();
        if (points.Length == 0) return;
        var dots = plot.Add.Markers(points, MarkerShape.FilledCircle, 4, SeriesStyle.Of(method).Color.WithAlpha(.3));
        dots.LegendText = "";
    }

    private static void AddFront(Plot plot, SeriesStyle style, SeedFronts fronts)
    {
        var all = fronts.Seeds.Select(seed => fronts[seed]!).ToList();
        // From where every seed has a model to where the last front ends.
        var (first, last) = (all.Max(front => front.Points[0].Error), all.Max(front => front.Points[^1].Error));
        var errors = last > first ? Enumerable.Range(0, Steps + 1).Select(i => first + ((last - first) * i / Steps)).ToArray() : [first];
        var spreads = errors.Select(fronts.ViolationAt).ToArray();
        if (all.Count > 1 && errors.Length > 1)
        {
            var band = plot.Add.Polygon([
                .. errors.Select((error, i) => new Coordinates(spreads[i].Low, error)), .. errors.Select((error, i) => new Coordinates(spreads[i].High, error)).Reverse(),
            ]);
            band.FillColor = style.Color.WithAlpha(.18);
            band.LineWidth = 0;
        }
        var line = plot.Add.Scatter(errors.Select((error, i) => new Coordinates(spreads[i].Median, error)).ToArray());
        style.Apply(line, markerSize: errors.Length == 1 ? 9 : 0);
        line.LineWidth = 3;
    }
}
