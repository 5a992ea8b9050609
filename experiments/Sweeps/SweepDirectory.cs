namespace PoseEngine.Experiments.Sweeps;

/// <summary>The content of sweep.json: what the sweep consists of, for all processes that work on it and for its report.</summary>
/// <param name="Preset">smoke, quick, paper or file.</param>
/// <param name="Version">The version of the program that began it.</param>
/// <param name="Precision">float32 or float64.</param>
/// <param name="Started">When it was begun.</param>
/// <param name="Settings">What all cells share.</param>
/// <param name="DataFingerprint">Identifies the poses of the data that it began with; null before they were opened.</param>
public sealed record SweepPlan(
    string Name, string Preset, string CommandLine, string Version, string Precision, DateTimeOffset Started,
    JsonObject Settings, IReadOnlyList<PlannedCell> Cells, string? DataFingerprint = null);

/// <summary>A cell as sweep.json names it.</summary>
/// <param name="Configuration">Its name without the seed.</param>
/// <param name="Iterations">Steps to take.</param>
/// <param name="EvaluateEvery">Steps between evaluations.</param>
/// <param name="Settings">The method's settings.</param>
public sealed record PlannedCell(
    string Name, string Configuration, string Method, long Seed, int Iterations, int EvaluateEvery, IReadOnlyDictionary<string, object?> Settings)
{
    public string FolderName() => RunDirectory.FileName(Name);
}

/// <summary>The folder of a sweep: sweep.json, cells/, summary.json, report.html and figures/.</summary>
public sealed class SweepDirectory
{
    private const string PlanName = "sweep.json";

    private SweepDirectory(string path) => Path = path;

    /// <summary>The folder itself.</summary>
    public string Path { get; }

    public string PlanPath => In(PlanName);

    /// <summary>What it has found so far.</summary>
    public string SummaryPath => In("summary.json");

    /// <summary>The self-contained page.</summary>
    public string ReportPath => In("report.html");

    /// <summary>The folder of PNG and SVG figures.</summary>
    public string FiguresPath => In("figures");

    public static bool Holds(string path) => File.Exists(System.IO.Path.Combine(path, PlanName));

    /// <summary>Opens a sweep, for instance to rebuild its report.</summary>
    public static SweepDirectory Open(string path)
        => Holds(path) ? new SweepDirectory(System.IO.Path.GetFullPath(path)) : throw new UserErrorException($"{path} holds no {PlanName}; give the --out folder of a sweep");

    /// <summary>Prepares the folder of a sweep, or goes on with the one that it holds, which must be the same.</summary>
    /// <exception cref="UserErrorException">It holds something else, or a sweep of other settings or on other data.</exception>
    public static SweepDirectory Create(string path, SweepPlan plan)
    {
        var sweep = new SweepDirectory(System.IO.Path.GetFullPath(path));
        if (File.Exists(sweep.Path)) throw new UserErrorException($"--out {path} is a file, a folder is needed; choose another --out");
        if (File.Exists(System.IO.Path.Combine(sweep.Path, "config.json"))) throw new UserErrorException($"{path} holds a run, not a sweep; choose another --out");
        OutputFile.Guard(sweep.Path, () => Directory.CreateDirectory(sweep.In("cells")));
        if (!Holds(path)) sweep.WritePlan(plan);
        if (Difference(sweep.ReadPlan(), plan) is { } difference)
        {
            throw new UserErrorException($"{path} holds a sweep of other settings ({difference}); choose another --out, or delete that folder");
        }
        if (sweep.ReadPlan().DataFingerprint is { } began && plan.DataFingerprint is { } now && began != now)
        {
            throw new UserErrorException(
                $"{path} holds a sweep on other data: its poses have the fingerprint {began}, those given have {now}; give the data that it began with, or choose another --out");
        }
        return sweep;
    }

    public SweepPlan ReadPlan()
    {
        var plan = RunJson.Read<SweepPlan>(PlanPath);
        return plan is { Cells: not null, Settings: not null } && plan.Cells.All(cell => cell is { Name: not null, Configuration: not null, Method: not null, Settings: not null })
            ? plan
            : throw new UserErrorException($"{PlanPath} lacks settings, cells or one of their fields; restore it or start the sweep again elsewhere");
    }

    public string FolderOf(PlannedCell cell) => System.IO.Path.Combine(Path, "cells", cell.FolderName());

    internal string FolderOf(SweepCell cell) => System.IO.Path.Combine(Path, "cells", cell.Folder);

    internal static SweepPlan PlanOf(SweepSpec spec, string commandLine, string version, string precision, JsonObject settings) => new(
        spec.Name, spec.Preset, commandLine, version, precision, DateTimeOffset.Now, settings,
        [
            .. spec.Cells.Select(cell => new PlannedCell(
                cell.Name, cell.Configuration, cell.Plan.Settings.Method.Name, cell.Seed, cell.Plan.Iterations, cell.Plan.EvaluateEvery, cell.Plan.Settings.ToDictionary())),
        ]);

    /// <summary>Two processes may begin a sweep at once: the first to rename its file into place wins, and the other finds that it says the same.</summary>
    private void WritePlan(SweepPlan plan) => OutputFile.Guard(PlanPath, () =>
    {
        try
        {
            AtomicFile.Write(PlanPath, stream => stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(plan, RunJson.Indented) + "\n")), overwrite: false);
        }
        catch (IOException) when (File.Exists(PlanPath))
        {
            // Another process was first; whether it means the same sweep is for the comparison to say.
        }
    });

    private static string? Difference(SweepPlan found, SweepPlan wanted)
    {
        (string, string, string)[] identity =
            [("preset", found.Preset, wanted.Preset), ("precision", found.Precision, wanted.Precision), ("name", found.Name, wanted.Name)];
        return RunConfig.Difference(identity, RunConfig.Flatten(found.Settings), RunConfig.Flatten(wanted.Settings))
            ?? CellDifference(found.Cells, wanted.Cells);
    }

    private static string? CellDifference(IReadOnlyList<PlannedCell> found, IReadOnlyList<PlannedCell> wanted)
    {
        // The order of names says nothing: sweeps of before have another.
        static string Text(PlannedCell cell) => JsonSerializer.Serialize(
            cell with { Settings = cell.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).ToDictionary() }, RunJson.Line);
        var old = found.ToDictionary(cell => cell.Name, Text);
        // Read back, numbers are written as the file has them.
        var now = JsonSerializer.Deserialize<List<PlannedCell>>(JsonSerializer.Serialize(wanted, RunJson.Line), RunJson.Line)!.ToDictionary(cell => cell.Name, Text);
        foreach (var name in now.Keys.Union(old.Keys))
        {
            if (!old.TryGetValue(name, out var mine)) return $"it has no cell {name}";
            if (!now.TryGetValue(name, out var theirs)) return $"it has the cell {name} too";
            if (mine != theirs) return $"the cell {name} has other settings";
        }
        return null;
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
