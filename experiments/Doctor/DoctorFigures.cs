using ScottPlot;

namespace PoseEngine.Experiments.Doctor;

/// <summary>The figures of a diagnosis.</summary>
/// <param name="prefix">What the names of their files begin with.</param>
internal sealed class DoctorFigures(ModelDiagnosis model, string prefix)
{
    private static readonly LinePattern Dashes = new([7, 4], 0, "Dashes");

    private static readonly IReadOnlyDictionary<string, Color> Colours = new Dictionary<string, Color>
    {
        [StepKind.Hard.Key] = Color.FromHex("#6A3FA0"),
        [StepKind.DampedKey] = Color.FromHex("#0F7C6C"),
        [StepKind.Soft.Key] = GroupedBars.Amber,
    };

    public Chart Spectrum { get; } = SpectrumOf(model.Rows, prefix);

    public Chart Promise { get; } = PromiseOf(model, prefix);

    /// <summary>A heat map a kind of step, all with the same colours.</summary>
    public IReadOnlyList<Chart> Matrices { get; } = MatricesOf(model, prefix);

    /// <summary>What held-back samples have behind each step.</summary>
    public IReadOnlyList<Chart> Others { get; } =
    [
        OthersOf(model, prefix + "others-error", "Error of held-back samples", MetricColumns.Error, of => of.Error),
        OthersOf(model, prefix + "others-violation", "Median |C| of held-back samples", MetricColumns.Violation, of => of.Violation),
    ];

    public IReadOnlyList<Chart> All => [Spectrum, Promise, .. Matrices, .. Others];

    private static Chart SpectrumOf(RowDiagnosis rows, string prefix)
    {
        ChartPoint[] Points(GramDiagnosis of) => [.. of.Spectrum.Select((value, i) => new ChartPoint(i + 1, value / of.Spectrum[0])).Where(point => point.Y > 0 && double.IsFinite(point.Y))];
        var (all, unit) = (Points(rows.Spectrum), Points(rows.Unit));
        var cut = rows.Spectrum.Cut / rows.Spectrum.Spectrum[0];
        double[] heights = [.. all.Concat(unit).Select(point => Math.Max(point.Y, cut / 10)).Append(1)];
        var x = new ChartAxis("eigenvalue, by size", "", 0, rows.Count + 1);
        var y = ChartAxis.Around("share of the largest", "", heights, .04, isLog: true);
        List<Mark> marks = [Curve.Marked("rows as they are", all, SeriesStyle.Plain(GroupedBars.Blue, 3), 0), Curve.Marked("rows of one length", unit, SeriesStyle.Plain(GroupedBars.Amber, 3), 0)];
        if (rows.Spectrum.Rank < rows.Count) marks.Add(Curve.Rule("counts as 0", x, cut, SeriesStyle.Plain(GroupedBars.Grey) with { Pattern = LinePattern.Dotted }));
        return new Chart(prefix + "spectrum", "Spectrum of S = A Aᵀ", x, y, marks)
        {
            Finding = $"{rows.Count:N0} rows weigh as {Num.Short(rows.Spectrum.EffectiveRank)} directions; brought to one length, as {Num.Short(rows.UnitRank)}.",
            Caption = "Eigenvalues of the Gram matrix of all constraint rows of the active set. Rows at right angles and of one length would give a level line; what falls off is directions that many rows share.",
        };
    }

    private static Chart PromiseOf(ModelDiagnosis model, string prefix)
    {
        var shown = model.Trials.Where(trial => Colours.ContainsKey(trial.Kind.Key)).ToList();
        ChartPoint[] Points(StepTrial trial, Func<TrialPoint, double> of)
            => [.. trial.Points.Reverse().Select(point => new ChartPoint(point.Length, of(point))).Prepend(new ChartPoint(0, model.Rows.MedianViolation)).Where(point => point.IsFinite)];
        List<Mark> marks = [];
        foreach (var trial in shown)
        {
            var style = SeriesStyle.Plain(Colours[trial.Kind.Key], 3);
            marks.Add(new Curve($"{trial.Kind.Title}: as it is", Points(trial, point => point.Actual), style with { Marker = MarkerShape.FilledCircle }, 7));
            marks.Add(new Curve($"{trial.Kind.Title}: promised", Points(trial, point => point.Predicted), style with { Pattern = Dashes, Width = 2 }));
        }
        var values = marks.OfType<Curve>().SelectMany(curve => curve.Points).Select(point => point.Y).ToList();
        var range = AxisRange.Robust(values, [0, model.Rows.MedianViolation]);
        return new Chart(
            prefix + "promise", "Promised and actual |C|", new("share of the step", "", -.03, 1.03), new("median |C| of the active set", MetricColumns.Violation.Unit, 0, range.High), marks)
        {
            Finding = $"The whole hard step promises {DoctorReading.Violation(model.Trial(StepKind.Hard).Whole.Predicted)} and leaves {DoctorReading.Violation(model.Trial(StepKind.Hard).Whole.Actual)}.",
            Caption = "The active set behind a step, and behind 1/2 to 1/16 of it: |C + A dw| as the linearization promises it (dashed), |C(w + dw)| as it is (solid).",
        };
    }

    private static IReadOnlyList<Chart> MatricesOf(ModelDiagnosis model, string prefix)
    {
        var scale = DivergingScale.Around(model.Forgetting.SelectMany(of => Cells(of.Matrix)));
        string[] names = [.. Enumerable.Range(1, model.Forgetting[0].Matrix.Steps).Select(i => $"{i}")];
        return [.. model.Forgetting.Select(of => MatrixOf(of, scale, names, prefix))];
    }

    private static Chart MatrixOf(Forgetting of, DivergingScale scale, string[] names, string prefix)
    {
        var matrix = of.Matrix;
        var map = new HeatMap([.. Enumerable.Range(0, matrix.Steps).Select(t => (IReadOnlyList<double>)[.. Enumerable.Range(0, matrix.Steps).Select(s => matrix[t, s])])], scale)
        {
            Label = $"change of the median |C|{(MetricColumns.Violation.Unit.Length > 0 ? $" ({MetricColumns.Violation.Unit})" : "")}",
            Tell = (t, s) => $"step {t + 1} on set {s + 1}{(t == s ? ", its own" : s < t ? ", of an earlier step" : ", not looked at yet")}\n{DoctorReading.Signed(matrix[t, s])}, from {DoctorReading.Violation(matrix.Levels[t][s])} to {DoctorReading.Violation(matrix.Levels[t + 1][s])}",
        };
        return HeatMap.Draw($"{prefix}forgetting-{of.Kind.Key}", $"Forgetting: {of.Kind.Title}", "active set", "step", names, map) with
        {
            Finding = matrix.Steps < 2 ? $"Own set {DoctorReading.Signed(matrix.Own)}."
                : $"Own set {DoctorReading.Signed(matrix.Own)}, the set before {DoctorReading.Signed(matrix.Previous)}, sets to come {DoctorReading.Signed(matrix.Unseen)}; of what was won {DoctorReading.Percent(matrix.LostAtOnceShare)} is lost at once, {DoctorReading.Percent(matrix.ForgottenShare)} at the end.",
            Caption = $"F[t, s], the change of the median |C| of active set s ({of.Samples} samples) by step t, which looks at set t alone: blue better, red worse. On the diagonal a step's own set, left of it what is forgotten, right of it sets that no step has looked at.",
        };
    }

    private static Chart OthersOf(ModelDiagnosis model, string key, string title, MetricColumn metric, Func<Elsewhere, double> value)
    {
        Curve[] curves =
        [
            .. model.Forgetting.Select(of => new Curve(
                of.Kind.Title, [.. of.Others.Select((at, t) => new ChartPoint(t, value(at))).Where(point => point.IsFinite)],
                SeriesStyle.Plain(Colours[of.Kind.Key], 3) with { Marker = MarkerShape.FilledCircle }, 7)),
        ];
        var values = curves.SelectMany(curve => curve.Points).Select(point => point.Y).ToList();
        var range = AxisRange.Robust(values, [0, value(model.Start)]);
        return new Chart(key, title, new("step", "", -.2, model.Forgetting[0].Matrix.Steps + .2), new(metric.Short, metric.Unit, 0, range.High), curves)
        {
            Finding = $"From {metric.WithUnit(value(model.Start))} to {string.Join(", ", model.Forgetting.Select(of => $"{metric.WithUnit(value(of.Others[^1]))} ({of.Kind.Title})"))}.",
            Caption = "Samples that were held back from training and are in no active set.",
        };
    }

    private static IEnumerable<double> Cells(ForgettingMatrix matrix)
        => Enumerable.Range(0, matrix.Steps).SelectMany(t => Enumerable.Range(0, matrix.Steps).Select(s => matrix[t, s]));
}
