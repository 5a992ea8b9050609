using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Quantities over the iterations: error, median |C|, loss and Krylov iterations.</summary>
internal static class LearningFigures
{
    // More evaluations than this and the markers would hide the dashes.
    private const int MostMarkers = 40;

    private sealed record Quantity(
        string Key, string Title, string Axis, string Caption, Func<MetricLine, double> Of, bool Log = false);

    private static readonly Quantity Error = new(
        "learning-error", "Error over the iterations", "joint error (mm)",
        "Validation error from the unconstrained model on; the thick blue line marks where all started.", l => l.Error);

    private static readonly Quantity Violation = new(
        "learning-violation", "Median |C| over the iterations", "median |C| (mm)",
        "Median constraint violation on the validation data.", l => l.MedianViolation);

    private static readonly Quantity Loss = new(
        "learning-loss", "Training loss over the iterations", "training loss",
        "Loss of Eq. 14 on the last training batch, without the penalty; logarithmic axis.", l => l.Loss, Log: true);

    private static readonly Quantity Krylov = new(
        "krylov-iterations", "Krylov iterations per step", "Krylov iterations of the step",
        "Iterations of the linear solver in the step before each evaluation; logarithmic axis.",
        l => l.KrylovIterations ?? double.NaN, Log: true);

    /// <summary>Draws all figures that the metrics have data for.</summary>
    public static IEnumerable<Figure> Draw(RunData run, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        var constrained = run.Constrained.Where(m => m.Lines.Count > 0).ToList();
        if (constrained.Count > 0)
            foreach (var quantity in new[] { Error, Violation, Loss, Krylov })
                if (DrawOne(run, constrained, quantity, styles) is { } figure)
                    yield return figure;
        if (run.Unconstrained is { Lines.Count: > 1 } start) yield return DrawUnconstrained(run, start);
    }

    private static Figure? DrawOne(
        RunData run, List<ModelTrace> models, Quantity quantity, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        var series = models.Select(m => (Model: m, Points: Points(m, quantity))).Where(s => s.Points.Length > 0).ToList();
        if (series.Count == 0) return null;
        var plot = FigureSheet.NewPlot("iterations from the unconstrained model", quantity.Axis);
        var reference = Reference(run, quantity);
        var range = AxisRange.Robust(
            series.SelectMany(s => s.Points).Select(p => p.Y), double.IsFinite(reference) ? [reference] : []);
        if (double.IsFinite(reference)) AddReference(plot, reference);
        foreach (var (model, points) in series) AddSeries(plot, MethodClasses.Pretty(model.Name), points, styles[model.Name]);
        if (quantity.Log) LogAxis.Label(plot, series.SelectMany(s => s.Points).Select(p => p.Y));
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        if (!quantity.Log) plot.Axes.SetLimitsY(range.Low, range.High);
        var caption = quantity.Caption
            + (!quantity.Log && series.Any(s => s.Points.Any(p => p.Y > range.High)) ? " Curves that leave the picture are cut." : "");
        return FigureSheet.Save(
            plot, run.Directory, quantity.Key, quantity.Title, caption, height: FigureSheet.HeightFor(series.Count + 1));
    }

    private static double Reference(RunData run, Quantity quantity) =>
        quantity == Error ? run.Unconstrained?.End.Error ?? double.NaN
        : quantity == Violation ? run.Unconstrained?.End.MedianViolation ?? double.NaN
        : double.NaN;

    private static Coordinates[] Points(ModelTrace model, Quantity quantity) => model.Lines
        .Select(l => new Coordinates(l.Iteration, quantity.Log ? Math.Log10(quantity.Of(l)) : quantity.Of(l)))
        .Where(p => double.IsFinite(p.Y)).ToArray();

    private static void AddReference(Plot plot, double value)
    {
        var line = plot.Add.HorizontalLine(value, 4, SeriesStyle.Blue.WithAlpha(.55));
        line.LegendText = "Unconstrained";
    }

    private static void AddSeries(Plot plot, string name, Coordinates[] points, SeriesStyle style)
    {
        var line = plot.Add.Scatter(points);
        style.Apply(line, markerSize: points.Length > MostMarkers ? 0 : 6);
        line.LegendText = name;
    }

    // The unconstrained model has its own figure: its many iterations would press the others against the axis.
    private static Figure DrawUnconstrained(RunData run, ModelTrace start)
    {
        var plot = FigureSheet.NewPlot("iterations", "millimetres");
        AddSeries(
            plot, "joint error", Points(start, Error), new(SeriesStyle.Blue, LinePattern.Solid, MarkerShape.FilledCircle, 3));
        AddSeries(
            plot, "median |C|", Points(start, Violation),
            new(Color.FromHex("#E08214"), LinePattern.Solid, MarkerShape.FilledSquare, 2));
        if (double.IsFinite(run.MeanPoseError))
        {
            var mean = plot.Add.HorizontalLine(run.MeanPoseError, 2, Color.FromHex("#777777"), LinePattern.Dotted);
            mean.LegendText = "error of the mean pose";
        }
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        return FigureSheet.Save(
            plot, run.Directory, "learning-unconstrained", "The unconstrained model",
            "Validation figures while the starting model is trained. A plateau at the error of the mean pose in the "
            + "first iterations is normal.");
    }
}
