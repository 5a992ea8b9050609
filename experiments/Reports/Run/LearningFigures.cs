using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Quantities over the iterations: error, median |C|, loss and Krylov iterations.</summary>
internal static class LearningFigures
{
    /// <summary>Something that evaluations note.</summary>
    /// <param name="Key">The name of the files.</param>
    /// <param name="Unit">Its unit.</param>
    /// <param name="Of">The value of an evaluation.</param>
    /// <param name="Start">The value of the unconstrained model, NaN where it is not comparable.</param>
    private sealed record Quantity(
        string Key, string Title, string Axis, string Unit, string Caption, Func<MetricLine, double> Of, Func<ModelSummary, double> Start)
    {
        public bool IsLog { get; init; }
    }

    private static readonly Quantity[] All =
    [
        new("learning-error", "Error over the iterations", MetricColumns.Error.Title, MetricColumns.Error.Unit,
            "Validation error from the unconstrained model on; the thick blue line marks where all started.", l => l.Error, m => m.Error),
        new("learning-violation", "Median |C| over the iterations", MetricColumns.Violation.Title, MetricColumns.Violation.Unit,
            "Median constraint violation on the validation data.", l => l.MedianViolation, m => m.MedianViolation),
        new("learning-loss", "Training loss over the iterations", "training loss", "",
            "Loss of Eq. 14 on the last training batch, without the penalty; logarithmic axis.", l => l.Loss, _ => double.NaN) { IsLog = true },
        new("krylov-iterations", "Krylov iterations per step", "Krylov iterations of the step", "",
            "Iterations of the linear solver in the step before each evaluation; logarithmic axis.", l => l.KrylovIterations ?? double.NaN, _ => double.NaN) { IsLog = true },
    ];

    public static IEnumerable<Chart> Draw(RunData run, IReadOnlyDictionary<string, SeriesStyle> styles)
        => All.Select(quantity => DrawOne(run, quantity, styles)).OfType<Chart>();

    private static Chart? DrawOne(RunData run, Quantity quantity, IReadOnlyDictionary<string, SeriesStyle> styles)
    {
        var series = run.Constrained.Select(m => (Model: m, Points: Points(m, quantity.Of, quantity.IsLog))).Where(s => s.Points.Length > 0).ToList();
        if (series.Count == 0) return null;
        var values = series.SelectMany(s => s.Points).Select(p => p.Y).ToList();
        var start = run.Unconstrained is { } unconstrained ? quantity.Start(unconstrained.End) : double.NaN;
        var range = AxisRange.Robust(values, double.IsFinite(start) ? [start] : []);
        var x = ChartAxis.Around("iterations from the unconstrained model", "", series.SelectMany(s => s.Points).Select(p => p.X));
        var y = quantity.IsLog ? ChartAxis.Around(quantity.Axis, quantity.Unit, values, .05, isLog: true) : new ChartAxis(quantity.Axis, quantity.Unit, range.Low, range.High);
        var isCut = !quantity.IsLog && values.Any(value => value > range.High);
        IEnumerable<Mark> reference = double.IsFinite(start) ? [Curve.Rule(run.Unconstrained!.Shown, x, start, SeriesStyle.Plain(SeriesStyle.Blue, 4)) with { Opacity = .55 }] : [];
        return new Chart(quantity.Key, quantity.Title, x, y, [.. reference, .. series.Select(s => Curve.Marked(s.Model.Shown, s.Points, styles[s.Model.Shown], 6))])
        {
            Finding = Finding(quantity, [.. series.Select(s => (s.Model.Shown, s.Points[^1]))]),
            Caption = quantity.Caption + (isCut ? " Curves that leave the picture are cut." : ""),
        }.FitLegend();
    }

    private static string Finding(Quantity quantity, IReadOnlyList<(string Name, ChartPoint End)> ends)
    {
        var (least, most) = (ends.MinBy(e => e.End.Y), ends.MaxBy(e => e.End.Y));
        string Text((string Name, ChartPoint End) e) => $"{$"{Num.Short(e.End.Y)} {quantity.Unit}".TrimEnd()} ({e.Name})";
        return Num.Short(least.End.Y) == Num.Short(most.End.Y) ? $"At the end {$"{Num.Short(least.End.Y)} {quantity.Unit}".TrimEnd()}{(ends.Count > 1 ? " in all" : "")}." : $"At the end from {Text(least)} to {Text(most)}.";
    }

    private static ChartPoint[] Points(ModelTrace model, Func<MetricLine, double> of, bool isLog = false) =>
        [.. model.Lines.Select(l => new ChartPoint(l.Iteration, of(l))).Where(p => p.IsFinite && (p.Y > 0 || !isLog))];

    public static IEnumerable<Chart> DrawUnconstrained(RunData run)
    {
        if (run.Unconstrained is not { Lines.Count: > 1 } start) yield break;
        var (error, violation) = (Points(start, l => l.Error), Points(start, l => l.MedianViolation));
        var x = ChartAxis.Around("iterations", "", start.Lines.Select(l => (double)l.Iteration));
        var y = ChartAxis.Around("error, violation", MetricColumns.Error.Unit, [.. error.Select(p => p.Y), .. violation.Select(p => p.Y), run.MeanPoseError], .05) with { Low = 0 };
        List<Mark> marks =
        [
            Curve.Marked(MetricColumns.Error.Title, error, new(SeriesStyle.Blue, LinePattern.Solid, MarkerShape.FilledCircle, 3), 6),
            Curve.Marked(MetricColumns.Violation.Title, violation, new(Color.FromHex("#E08214"), LinePattern.Solid, MarkerShape.FilledSquare, 2), 6),
        ];
        var baseline = $"error of the {MetricColumns.Baseline}";
        if (double.IsFinite(run.MeanPoseError)) marks.Add(Curve.Rule(baseline, x, run.MeanPoseError, SeriesStyle.Plain(Color.FromHex("#777777")) with { Pattern = LinePattern.Dotted }));
        var below = error.Where(p => p.Y < run.MeanPoseError).Select(p => p.X).FirstOrDefault(double.NaN);
        yield return new Chart("learning-unconstrained", "The unconstrained model", x, y, marks)
        {
            Finding = error.Length == 0 ? "" : $"The error falls from {MetricColumns.Error.WithUnit(error[0].Y)} to {MetricColumns.Error.WithUnit(start.End.Error)}"
                + (double.IsFinite(below) ? $" and is below that of the {MetricColumns.Baseline} from iteration {below:N0} on." : "."),
            Caption = $"Validation figures while the starting model is trained. A plateau at the {baseline} in the first iterations is normal.",
        };
    }
}
