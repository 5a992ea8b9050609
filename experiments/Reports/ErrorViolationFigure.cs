using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Fig. 2(a): error against median |C|, a line per configuration over its training iterations.</summary>
internal static class ErrorViolationFigure
{
    private const double NearStart = 1.5;

    /// <summary>Draws the figure; null when no model has finite figures.</summary>
    public static Figure? Draw(RunData run, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        var paths = run.Constrained.Select(m => (Model: m, Points: PathOf(m, run.Unconstrained))).ToList();
        var start = run.Unconstrained is { } u ? Finite([new(u.End.MedianViolation, u.End.Error)]) : [];
        var all = paths.SelectMany(p => p.Points).Concat(start).ToList();
        if (all.Count == 0) return null;

        var (x, y) = Ranges(all, start, [.. paths.Where(p => p.Points.Count > 0).Select(p => p.Points[^1])], run.MeanPoseError);
        var plot = FigureSheet.NewPlot("median |C| on the validation data (mm)", "joint error on the validation data (mm)");
        // The dot comes last, above the lines, but first in the legend and no larger there than its line.
        plot.Legend.DisplayPlottableLegendItems = false;
        if (start.Count > 0) plot.Legend.ManualItems.Add(StartItem());
        foreach (var (model, points) in paths) AddPath(plot, model, points, styles[model.Name], x, y);
        if (start.Count > 0) AddStart(plot, start[0]);
        FigureSheet.LegendBeside(plot);
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        return FigureSheet.Save(
            plot, run.Directory, "fig2a-error-violation", "Fig. 2(a): error against constraint violation",
            Caption(paths, x, y), height: FigureSheet.HeightFor(paths.Count + 1));
    }

    // Constrained runs start from the unconstrained model, whether or not iteration 0 was evaluated.
    private static List<Coordinates> PathOf(ModelTrace model, ModelTrace? unconstrained)
    {
        var points = model.Lines.Select(l => new Coordinates(l.MedianViolation, l.Error)).ToList();
        if (unconstrained is not null && (model.Lines.Count == 0 || model.Lines[0].Iteration > 0))
            points.Insert(0, new(unconstrained.End.MedianViolation, unconstrained.End.Error));
        var end = new Coordinates(model.End.MedianViolation, model.End.Error);
        if (points.Count == 0 || !points[^1].Equals(end)) points.Add(end);
        return Finite(points);
    }

    private static List<Coordinates> Finite(IEnumerable<Coordinates> points) =>
        points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToList();

    // A model worse than the mean pose has learnt nothing worth a place in the picture.
    private static (AxisRange X, AxisRange Y) Ranges(
        List<Coordinates> all, List<Coordinates> start, IReadOnlyList<Coordinates> ends, double meanPose)
    {
        // Ends that violate little more than the start are worth the room beside it.
        var near = start.Count > 0 ? ends.Where(end => end.X <= NearStart * start[0].X) : [];
        return (AxisRange.Robust(all.Select(p => p.X), start.Concat(near).Select(p => p.X)),
            AxisRange.Robust(all.Select(p => p.Y), start.Select(p => p.Y), meanPose));
    }

    private static void AddPath(
        Plot plot, ModelTrace model, List<Coordinates> points, SeriesStyle style, AxisRange x, AxisRange y)
    {
        if (points.Count == 0) return;
        var path = plot.Add.Scatter(points);
        style.Apply(path, markerSize: 6);
        path.LegendText = MethodClasses.Pretty(model.Name);
        plot.Legend.ManualItems.AddRange(path.LegendItems);
        AddEnd(plot, points[^1], style, x, y);
    }

    // The last model is what a reader takes home: larger, with a dark rim, or an arrowhead at the edge it left by.
    private static void AddEnd(Plot plot, Coordinates end, SeriesStyle style, AxisRange x, AxisRange y)
    {
        var inside = x.Contains(end.X) && y.Contains(end.Y);
        var seen = new Coordinates(x.Inside(end.X), y.Inside(end.Y));
        var shape = inside ? style.Marker : MarkerShape.FilledTriangleUp;
        var marker = plot.Add.Marker(seen, shape, inside ? 13 : 16, style.Color);
        // Strokes such as x and + have no rim; they are drawn thicker instead.
        marker.MarkerLineColor = style.Color;
        marker.MarkerLineWidth = 3;
        if (shape is MarkerShape.Eks or MarkerShape.Cross) return;
        marker.MarkerStyle.OutlineColor = Colors.Black;
        marker.MarkerStyle.OutlineWidth = 1.5f;
    }

    private static void AddStart(Plot plot, Coordinates start)
    {
        var dot = plot.Add.Marker(start, MarkerShape.FilledCircle, 22, SeriesStyle.Blue);
        dot.MarkerStyle.OutlineColor = Colors.White;
        dot.MarkerStyle.OutlineWidth = 2;
    }

    private static LegendItem StartItem() => new()
    {
        LabelText = "Unconstrained",
        MarkerShape = MarkerShape.FilledCircle,
        MarkerSize = 15,
        MarkerFillColor = SeriesStyle.Blue,
        LineWidth = 0,
    };

    private static string Caption(List<(ModelTrace Model, List<Coordinates> Points)> paths, AxisRange x, AxisRange y)
    {
        var text = "Every marker is a model; lines join models of one configuration over the iterations, from the "
            + "unconstrained model (large blue dot) to the last one (large marker). Dashed: soft constraints; solid: "
            + "hard constraints. Lower left is better.";
        var outside = paths.Where(p => p.Points.Count > 0 && !(x.Contains(p.Points[^1].X) && y.Contains(p.Points[^1].Y)))
            .Select(p => $"{MethodClasses.Pretty(p.Model.Name)} ({Num.Mm(p.Points[^1].Y, 1)} mm error, {Num.Mm(p.Points[^1].X)} mm median |C|)")
            .ToList();
        var lost = paths.Where(p => !double.IsFinite(p.Model.End.Error)).Select(p => MethodClasses.Pretty(p.Model.Name)).ToList();
        if (outside.Count > 0) text += $" The axes are cut; a triangle at the edge stands for the end of: {string.Join("; ", outside)}.";
        if (lost.Count > 0) text += $" Diverged to values that are not finite: {string.Join(", ", lost)}.";
        return text;
    }
}
