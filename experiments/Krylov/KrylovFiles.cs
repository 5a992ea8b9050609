using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Experiments.Krylov;

/// <summary>The folder of results: summary.json, metrics.jsonl, report.html and figures/. Nothing in it but what this command writes is
/// ever replaced or deleted.</summary>
internal sealed class KrylovFiles
{
    /// <summary>What summary.json calls this command.</summary>
    public const string Command = "krylov";

    private readonly string _folder;
    private readonly bool _isNew;

    private KrylovFiles(string folder) => (_folder, _isNew) = (folder, !Directory.Exists(folder));

    private string Summary => In("summary.json");

    private string Figures => In("figures");

    private IEnumerable<string> Own =>
    [
        Summary, In("metrics.jsonl"), In("report.html"), .. KrylovSolvers.Names.Select(SolutionPath),
        .. KrylovClass.All.SelectMany(c => (string[])[KrylovFigure.NameOf(c.Key) + ".png", KrylovFigure.NameOf(c.Key) + ".svg"], (_, name) => Path.Combine(Figures, name)),
    ];

    /// <summary>Prepares the folder; one that holds results of this command is refused, or emptied of them.</summary>
    /// <exception cref="UserErrorException">
    /// It holds results and <paramref name="overwrite"/> is false, or it holds those of something else, which are never replaced.
    /// </exception>
    public static KrylovFiles Create(string folder, bool overwrite)
    {
        if (File.Exists(folder)) throw new UserErrorException($"--out {folder} is a file, a folder is needed; choose another --out");
        var files = new KrylovFiles(Path.GetFullPath(folder));
        if (files.Foreign() is { } foreign) throw new UserErrorException($"--out {folder} holds {foreign}; choose another --out");
        if (File.Exists(files.Summary))
        {
            if (!overwrite) throw new UserErrorException($"{folder} holds results of poseengine krylov; add --overwrite to replace them, or choose another --out");
            OutputFile.Guard(folder, files.Delete);
        }
        OutputFile.Guard(folder, () => Directory.CreateDirectory(folder));
        return files;
    }

    public string SolutionPath(string solver) => In($"x-{solver}.mtx");

    /// <summary>Draws and writes everything; summary.json comes last and says that all is there.</summary>
    public void Write(KrylovSummary summary)
    {
        // The last system of a class: of the network's, the one at the end of the training.
        var shown = summary.Systems.GroupBy(s => s.Class).Select(g => g.First().Kind.Key.StartsWith("network", StringComparison.Ordinal) ? g.Last() : g.First());
        OutputFile.Guard(Figures, () => Directory.CreateDirectory(Figures));
        var charts = shown.Where(s => s.Results.Any(r => r.History.Count > 0)).Select(KrylovFigure.Draw).ToList();
        PlotFiles.Write(charts, Figures);
        OutputFile.WriteText(In("metrics.jsonl"), Metrics(summary));
        OutputFile.WriteText(In("report.html"), KrylovPage.Build(summary, charts));
        OutputFile.WriteText(Summary, JsonSerializer.Serialize(summary, RunJson.Indented) + "\n");
    }

    /// <summary>Takes back what a run that did not come to its end has written.</summary>
    public void Abandon()
    {
        try
        {
            Delete();
            if (_isNew) DeleteIfEmpty(_folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What ended the run is worth reporting, not this.
        }
    }

    /// <summary>What the folder holds that is of something else, or null.</summary>
    private string? Foreign()
    {
        if (SweepDirectory.Holds(_folder)) return "a sweep";
        if (File.Exists(In("config.json"))) return "a run of another command";
        if (File.Exists(Summary)) return IsOwn(Summary) ? null : "a summary.json that is not of poseengine krylov";
        if (Own.FirstOrDefault(File.Exists) is { } path) return $"{Path.GetRelativePath(_folder, path)} without the summary.json of poseengine krylov";
        return Directory.Exists(Figures) && Directory.EnumerateFileSystemEntries(Figures).Any() ? "figures/ of something else" : null;
    }

    private static bool IsOwn(string summary)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(summary));
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("command", out var command)
                && command.ValueKind == JsonValueKind.String && command.GetString() == Command;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>A line for each solve, with the residuals of its iterations.</summary>
    private static string Metrics(KrylovSummary summary) => string.Concat(summary.Systems.SelectMany(system => system.Results.Select(r => JsonSerializer.Serialize(
        new { system = system.Name, system.Class, r.Solver, r.Exit, r.Iterations, r.RelativeResidual, r.Error, r.StepError, r.Seconds, residuals = r.History }, RunJson.Line) + "\n")));

    private void Delete()
    {
        foreach (var file in Own.Where(File.Exists)) File.Delete(file);
        DeleteIfEmpty(Figures);
    }

    private static void DeleteIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
