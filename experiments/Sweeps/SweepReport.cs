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
        var claims = Claims.Measure(results);
        SweepSummary.Of(results, claims).Write(sweep.SummaryPath);
        var charts = SweepFigures.Draw(results);
        PlotFiles.Write(charts, sweep.FiguresPath);
        OutputFile.WriteText(sweep.ReportPath, SweepPage.Build(results, charts, claims));
        return sweep.ReportPath;
    }

    /// <summary>The system frees the file when its holder ends, however it ends.</summary>
    private static FileStream Turn(string path)
    {
        var end = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && DateTime.UtcNow < end)
            {
                Thread.Sleep(100);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"cannot write {path}: {e.Message.Split('\n')[0].TrimEnd('.')}; free it or try again", e);
            }
        }
    }
}
