using System.Text;
using System.Text.Json;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Experiments.Krylov;

/// <summary>The folder of results: summary.json, metrics.jsonl, report.html and figures/.</summary>
internal sealed class KrylovFiles
{
    private readonly string _folder;

    private KrylovFiles(string folder) => _folder = folder;

    private string Summary => Path.Combine(_folder, "summary.json");

    private string Figures => Path.Combine(_folder, "figures");

    /// <summary>Prepares the folder; one that holds results is refused, or emptied of them.</summary>
    public static KrylovFiles Create(string folder, bool overwrite)
    {
        var files = new KrylovFiles(Path.GetFullPath(folder));
        if (File.Exists(folder)) throw new UserErrorException($"--out {folder} is a file, a folder is needed; choose another --out");
        if (File.Exists(files.Summary) || File.Exists(Path.Combine(folder, "config.json")))
        {
            if (!overwrite || !File.Exists(files.Summary) || File.Exists(Path.Combine(folder, "config.json")))
            {
                throw new UserErrorException($"{folder} holds a finished run; {(overwrite ? "" : "add --overwrite to replace it, or ")}choose another --out");
            }
            files.Delete();
        }
        AtomicFile.Guard(folder, () => Directory.CreateDirectory(files.Figures));
        return files;
    }

    /// <summary>Where a solution goes.</summary>
    public string SolutionPath(string solver) => Path.Combine(_folder, $"x-{solver}.mtx");

    /// <summary>Draws and writes everything; summary.json comes last and says that all is there.</summary>
    public void Write(KrylovSummary summary)
    {
        // The last system of a class: of the network's, the one at the end of the training.
        var shown = summary.Systems.GroupBy(s => s.Class).Select(g => g.First().Kind.Key.StartsWith("network", StringComparison.Ordinal) ? g.Last() : g.First());
        var figures = shown.Where(s => s.Results.Any(r => r.History.Count > 0)).Select(s => KrylovFigure.Draw(s, Figures)).ToList();
        AtomicFile.WriteText(Path.Combine(_folder, "metrics.jsonl"), Metrics(summary));
        AtomicFile.WriteText(Path.Combine(_folder, "report.html"), KrylovPage.Build(summary, figures));
        AtomicFile.WriteText(Summary, JsonSerializer.Serialize(summary, RunJson.Indented) + "\n");
    }

    /// <summary>Takes what an interrupted run has left back.</summary>
    public void Abandon()
    {
        Delete();
        AtomicFile.Guard(_folder, () =>
        {
            if (!Directory.EnumerateFileSystemEntries(_folder).Any()) Directory.Delete(_folder);
        });
    }

    /// <summary>A line for each solve, with the residuals of its iterations.</summary>
    private static string Metrics(KrylovSummary summary)
    {
        var text = new StringBuilder();
        foreach (var system in summary.Systems)
        {
            foreach (var result in system.Results)
            {
                text.Append(JsonSerializer.Serialize(
                    new
                    {
                        system = system.Name,
                        system.Class,
                        result.Solver,
                        result.Exit,
                        result.Iterations,
                        result.RelativeResidual,
                        result.Error,
                        result.StepError,
                        result.Seconds,
                        residuals = result.History,
                    },
                    RunJson.Line)).Append('\n');
            }
        }
        return text.ToString();
    }

    private void Delete() => AtomicFile.Guard(_folder, () =>
    {
        foreach (var name in (string[])["summary.json", "metrics.jsonl", "report.html"]) File.Delete(Path.Combine(_folder, name));
        foreach (var file in Directory.EnumerateFiles(_folder, "x-*.mtx")) File.Delete(file);
        if (Directory.Exists(Figures)) Directory.Delete(Figures, recursive: true);
    });
}
