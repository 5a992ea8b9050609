namespace PoseEngine.Experiments.Doctor;

/// <summary>What the doctor was asked, for its files.</summary>
internal sealed record DoctorHeader(
    string CommandLine, string Data, string Device, string Precision, string Version, DateTimeOffset Started, double Seconds, DoctorPlan Plan);

/// <summary>The files of results: doctor.json, report.html and figures/.</summary>
internal static class DoctorFiles
{
    private const string JsonName = "doctor.json", FiguresName = "figures";
    public const string PageName = "report.html";

    /// <summary>Whether a file, by its path within the folder, is of such results.</summary>
    public static bool IsOwn(string file) => file is JsonName or PageName || file.StartsWith($"{FiguresName}/", StringComparison.Ordinal);

    /// <summary>Draws and writes everything into a folder that is there.</summary>
    public static void Write(string folder, DoctorHeader header, IReadOnlyList<ModelDiagnosis> models)
    {
        var figures = Path.Combine(folder, FiguresName);
        OutputFile.Guard(figures, () => Directory.CreateDirectory(figures));
        IReadOnlyList<DoctorFigures> charts = [.. models.Select(model => new DoctorFigures(model, models.Count == 1 ? "" : $"{RunDirectory.FileName(model.Name)}-"))];
        PlotFiles.Write(charts.SelectMany(of => of.All), figures);
        OutputFile.WriteText(Path.Combine(folder, PageName), DoctorPage.Build(header, models, charts));
        RunJson.Write(Path.Combine(folder, JsonName), Json(header, models));
    }

    private static object Json(DoctorHeader header, IReadOnlyList<ModelDiagnosis> models) => new
    {
        Command = "doctor",
        header.CommandLine,
        header.Data,
        header.Device,
        header.Precision,
        header.Version,
        header.Plan.Seed,
        header.Plan.Eta,
        header.Plan.Delta,
        header.Seconds,
        Unit = MetricColumns.Violation.Unit,
        Models = models.Select(Json).ToArray(),
    };

    private static object Json(ModelDiagnosis model) => new
    {
        model.Name,
        Model = model.Path,
        model.Trained,
        model.Notes,
        model.Rows.Samples,
        Rows = model.Rows.Count,
        model.Rows.MedianViolation,
        model.Rows.Spectrum.Rank,
        model.Rows.Spectrum.EffectiveRank,
        EffectiveRankOfUnitRows = model.Rows.UnitRank,
        model.Rows.Spectrum.Condition,
        model.Rows.Spectrum.Cut,
        model.Rows.Spectrum.Spectrum,
        SpectrumOfUnitRows = model.Rows.Unit.Spectrum,
        WithoutGradient = model.Rows.Zero.Select(i => model.Rows.Names[i]).ToArray(),
        model.Rows.ContradictionShare,
        Contradictory = model.Rows.Contradictory.Select(i => model.Rows.Names[i]).ToArray(),
        Parallel = model.Rows.Pairs.Select(pair => new { First = model.Rows.Names[pair.First], Second = model.Rows.Names[pair.Second], pair.Cosine }).ToArray(),
        PairKinds = model.Rows.Kinds.Select(kind => new { kind.Kind, kind.Spread.Pairs, kind.Spread.Mean, kind.Spread.Largest, kind.Spread.NearShare }).ToArray(),
        HeldBack = Json(model.Start),
        model.Projected,
        Steps = model.Trials.Select(trial => new
        {
            Step = trial.Kind.Key,
            trial.Norm,
            AlongRows = trial.SpanShare,
            Lengths = trial.Points.Select(point => new { point.Length, point.Predicted, point.Actual, HeldBack = Json(point.Others) }).ToArray(),
        }).ToArray(),
        Forgetting = model.Forgetting.Select(of => new
        {
            Step = of.Kind.Key,
            of.Samples,
            of.Matrix.Own,
            of.Matrix.Previous,
            of.Matrix.Earlier,
            of.Matrix.Unseen,
            of.Matrix.LostAtOnceShare,
            of.Matrix.ForgottenShare,
            of.Matrix.Levels,
            Matrix = Enumerable.Range(0, of.Matrix.Steps).Select(t => Enumerable.Range(0, of.Matrix.Steps).Select(s => of.Matrix[t, s]).ToArray()).ToArray(),
            HeldBack = of.Others.Select(Json).ToArray(),
        }).ToArray(),
        Suspicions = DoctorReading.Suspicions(model).Select(s => new { s.Text, s.Verdict, s.Measured, s.Rule }).ToArray(),
        Remedies = DoctorReading.Remedies(model).ToArray(),
        model.Seconds,
    };

    private static object Json(Elsewhere at) => new { at.Error, MedianViolation = at.Violation };
}
