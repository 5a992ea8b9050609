namespace PoseEngine.Experiments.Doctor;

/// <summary>The tables of a diagnosis, for console and page.</summary>
internal static class DoctorTables
{
    private static string Unit => MetricColumns.Violation.Unit;

    /// <summary>What S says as a whole.</summary>
    public static ReportTable Spectrum(RowDiagnosis rows)
    {
        var (s, n) = (rows.Spectrum, rows.Count);
        var contradiction = rows.ContradictionShare == 0 ? "none" : $"{DoctorReading.Percent(rows.ContradictionShare)} of ||C||; {rows.Names[rows.Contradictory[0]]}{(rows.Contradictory.Count > 1 ? " and others" : "")}";
        return ReportTable.Of(
            [Column.Text("the active set"), Column.Wrapped("")],
            [
                ["samples, constraint rows", $"{rows.Samples:N0}, {n:N0}"],
                ["median |C|", DoctorReading.Violation(rows.MedianViolation)],
                ["rank (eigenvalues above the cut)", $"{s.Rank:N0} of {n:N0}; cut at {Num.Scientific(s.Cut / Math.Max(s.Spectrum[0], double.Epsilon))} of the largest"],
                ["effective rank", $"{Num.Short(s.EffectiveRank)} ({DoctorReading.Percent(s.EffectiveRank / n)})"],
                ["effective rank, rows of one length", $"{Num.Short(rows.UnitRank)} ({DoctorReading.Percent(rows.UnitRank / n)})"],
                ["condition of S", Num.Scientific(s.Condition)],
                ["rows without a gradient", rows.Zero.Count == 0 ? "none" : $"{rows.Zero.Count:N0}, the first: {rows.Names[rows.Zero[0]]}"],
                ["contradiction, C outside the range of S", contradiction],
            ]);
    }

    public static ReportTable Pairs(RowDiagnosis rows) => ReportTable.Of(
        [Column.Text("row"), Column.Text("row most parallel to it"), "cosine"],
        rows.Pairs.Select(pair => (string[])[rows.Names[pair.First], rows.Names[pair.Second], Num.Fixed(pair.Cosine, 4).Replace('-', '−')]));

    public static ReportTable Kinds(RowDiagnosis rows) => ReportTable.Of(
        [Column.Text("pairs of rows"), "number", "mean |cosine|", "largest", string.Create(CultureInfo.InvariantCulture, $"at least {GramRows.Near}")],
        rows.Kinds.Where(kind => kind.Spread.Pairs > 0).Select(kind => (string[])
            [kind.Kind, $"{kind.Spread.Pairs:N0}", Num.Fixed(kind.Spread.Mean, 3), Num.Fixed(kind.Spread.Largest, 4), DoctorReading.Percent(kind.Spread.NearShare)]));

    /// <summary>Every kind of step at some lengths.</summary>
    public static ReportTable Trials(ModelDiagnosis model, bool isWholeOnly) => ReportTable.Of(
        [
            Column.Text("one step"), .. isWholeOnly ? (Column[])[] : ["length"], "||dw||", "along the rows", With("promised |C|"), With("|C|"), With("|C| elsewhere"), With("error elsewhere"),
        ],
        model.Trials.SelectMany(trial => trial.Points.Take(isWholeOnly ? 1 : int.MaxValue).Select(point => (string[])
        [
            point.Length == 1 ? trial.Kind.Title : "", .. isWholeOnly ? (string[])[] : [DoctorReading.Share(point.Length)], Num.Short(point.Length * trial.Norm), point.Length == 1 ? DoctorReading.Percent(trial.SpanShare) : "",
            Violation(point.Predicted), Violation(point.Actual), Violation(point.Others.Violation), MetricColumns.Error.Text(point.Others.Error),
        ])));

    /// <summary>The means of each forgetting matrix.</summary>
    public static ReportTable Forgetting(ModelDiagnosis model) => ReportTable.Of(
        [
            Column.Text(With($"{model.Forgetting[0].Matrix.Steps} steps")), "own set", "the set before", "all earlier", "sets to come", "lost at once", "at the end", "|C| elsewhere", "error elsewhere",
        ],
        model.Forgetting.Select(of => (string[])
        [
            of.Kind.Title, Change(of.Matrix.Own), Change(of.Matrix.Previous), Change(of.Matrix.Earlier), Change(of.Matrix.Unseen), DoctorReading.Percent(of.Matrix.LostAtOnceShare), DoctorReading.Percent(of.Matrix.ForgottenShare),
            $"{Violation(of.Others[0].Violation)} → {Violation(of.Others[^1].Violation)}", $"{MetricColumns.Error.Text(of.Others[0].Error)} → {MetricColumns.Error.Text(of.Others[^1].Error)}",
        ]));

    /// <summary>Several models beside each other.</summary>
    public static ReportTable Models(IReadOnlyList<ModelDiagnosis> models) => ReportTable.Of(
        [
            Column.Text("model"), With("error\nheld back"), With("|C|\nheld back"), "effective rank\nof the rows", "one length", With("|C| promised\nby a hard step"), With("|C|\nbehind it"), With("error elsewhere\nbehind it"), "lost at once\nhard steps",
        ],
        models.Select(model => (model, Hard: model.Trial(StepKind.Hard).Whole)).Select(of => (string[])
        [
            of.model.Name, MetricColumns.Error.Text(of.model.Start.Error), Violation(of.model.Start.Violation), DoctorReading.Percent(of.model.Rows.Spectrum.EffectiveRank / of.model.Rows.Count),
            DoctorReading.Percent(of.model.Rows.UnitRank / of.model.Rows.Count), Violation(of.Hard.Predicted), Violation(of.Hard.Actual), MetricColumns.Error.Text(of.Hard.Others.Error), DoctorReading.Percent(of.model.Forgetting[0].Matrix.LostAtOnceShare),
        ]));

    public static IEnumerable<string> Lines(ReportTable table) => table.Lines(first: 18, others: 9, indent: "  ");

    private static string Violation(double value) => MetricColumns.Violation.Text(value);

    private static string Change(double value) => !double.IsFinite(value) ? Num.Missing : $"{(value < 0 ? "−" : "+")}{Violation(Math.Abs(value))}";

    private static string With(string head) => Unit.Length == 0 ? head : $"{head}, {Unit}";
}
