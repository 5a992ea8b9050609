namespace PoseEngine.Experiments.Krylov;

/// <summary>The files of results: summary.json, metrics.jsonl, report.html, figures/, and each solver's x of a system of the user's.</summary>
internal static class KrylovFiles
{
    /// <summary>What summary.json calls this command.</summary>
    public const string Command = "krylov";

    private const string SummaryName = "summary.json", MetricsName = "metrics.jsonl", PageName = "report.html", FiguresName = "figures";

    /// <summary>Whether a file, by its path within the folder, is of such results.</summary>
    public static bool IsOwn(string file) => file is SummaryName or MetricsName or PageName || KrylovSolvers.Names.Any(solver => file == SolutionName(solver))
        || file.StartsWith($"{FiguresName}/{KrylovFigure.FilePrefix}", StringComparison.Ordinal);

    public static string SolutionName(string solver) => $"x-{solver}.mtx";

    /// <summary>Draws and writes everything into a folder that is there.</summary>
    public static void Write(KrylovSummary summary, string folder)
    {
        string In(string name) => Path.Combine(folder, name);
        // The last system of a class: of the network's, the one at the end of the training.
        var shown = summary.Systems.GroupBy(s => s.Class).Select(g => g.First().Kind.Key.StartsWith("network", StringComparison.Ordinal) ? g.Last() : g.First());
        OutputFile.Guard(folder, () => Directory.CreateDirectory(In(FiguresName)));
        var charts = shown.Where(s => s.Results.Any(r => r.History.Count > 0)).Select(KrylovFigure.Draw).ToList();
        PlotFiles.Write(charts, In(FiguresName));
        OutputFile.WriteText(In(MetricsName), Metrics(summary));
        OutputFile.WriteText(In(PageName), KrylovPage.Build(summary, charts));
        RunJson.Write(In(SummaryName), summary);
    }

    /// <summary>A line for each solve, with the residuals of its iterations.</summary>
    private static string Metrics(KrylovSummary summary) => string.Concat(summary.Systems.SelectMany(system => system.Results.Select(r => JsonSerializer.Serialize(
        new { system = system.Name, system.Class, r.Solver, r.Exit, r.Iterations, r.RelativeResidual, r.Error, r.StepError, r.Seconds, residuals = r.History }, RunJson.Line) + "\n")));
}
