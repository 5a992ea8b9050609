namespace PoseEngine.Experiments.Reports;

/// <summary>Builds figures and report.html from the files of a run, during it, at its end or years later.</summary>
internal static class ReportBuilder
{
    private const string SheetPattern = "skeletons*.png";

    /// <summary>Draws all figures and writes report.html from config.json, summary.json and metrics.jsonl; a run that has not finished
    /// gives a page that says so. Sheets of validation images that lie ready as figures/skeletons*.png are embedded.</summary>
    /// <returns>The path of report.html.</returns>
    /// <exception cref="UserErrorException">A file is missing or damaged, or the folder cannot be written.</exception>
    public static string Build(string runDirectory) => Build(RunDirectory.Open(runDirectory));

    /// <inheritdoc cref="Build(string)"/>
    public static string Build(RunDirectory run)
    {
        var config = run.ReadConfig();
        if (config.Command == "spheres")
        {
            throw new UserErrorException($"{run.Path} holds a run of spheres, which builds its page anew when it is run again with --resume");
        }
        MetricColumns.Use(ProblemWords.From(config.Settings));
        var data = RunData.Load(run);
        OutputFile.Guard(run.FiguresPath, () => Directory.CreateDirectory(run.FiguresPath));
        var sheets = ReadSheets(run);
        var charts = new RunCharts(data);
        PlotFiles.Write(charts.All, run.FiguresPath);
        OutputFile.WriteText(run.ReportPath, RunPage.Build(data, charts, sheets));
        return run.ReportPath;
    }

    private static List<byte[]> ReadSheets(RunDirectory run)
    {
        var sheets = new List<byte[]>();
        foreach (var path in Directory.EnumerateFiles(run.FiguresPath, SheetPattern).Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(path);
            if (!IsPng(bytes))
                throw new UserErrorException($"{path} is not a PNG file; delete it or draw it again");
            sheets.Add(bytes);
        }
        return sheets;
    }

    private static bool IsPng(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
}
