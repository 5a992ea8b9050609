namespace PoseEngine.Experiments.Sweeps;

/// <summary>Builds figures, summary.json and report.html of a sweep from the files of its cells, at any moment.</summary>
internal static class SweepReport
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Builds them; a process that does so at the same time is waited for.</summary>
    /// <returns>The path of report.html.</returns>
    /// <exception cref="UserErrorException">sweep.json is damaged, or the folder cannot be written.</exception>
    public static string Build(SweepDirectory sweep)
    {
        OutputFile.Guard(sweep.FiguresPath, () => Directory.CreateDirectory(sweep.FiguresPath));
        using var turn = Turn(Path.Combine(sweep.FiguresPath, ".lock"));
        var results = SweepResults.Load(sweep);
        MetricColumns.Use(ProblemWords.From(results.Plan.Settings));
        var claims = Claims.Measure(results);
        RunJson.Write(sweep.SummaryPath, SweepSummary.Of(results, claims));
        var charts = SweepFigures.Draw(results);
        PlotFiles.Write(charts, sweep.FiguresPath);
        OutputFile.WriteText(sweep.ReportPath, SweepPage.Build(results, charts, claims));
        return sweep.ReportPath;
    }

    private static FileStream Turn(string path) => Attempt.Io(
        () => OutputFile.Claim(path, Patience),
        e => new UserErrorException($"cannot write {path}: {e.Message.Split('\n')[0].TrimEnd('.')}; free it or try again", e));
}
