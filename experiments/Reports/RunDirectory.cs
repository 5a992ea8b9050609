namespace PoseEngine.Experiments.Reports;

/// <summary>What to do when the output folder already holds a run.</summary>
public enum ExistingRun
{
    /// <summary>Refuse: results are never replaced by accident.</summary>
    Refuse,

    /// <summary>Go on with it, which needs the same settings.</summary>
    Resume,

    /// <summary>Delete its files and start again.</summary>
    Overwrite,
}

/// <summary>The folder of one run: config.json, metrics.jsonl, summary.json, report.html, figures/, models/ and checkpoints/.</summary>
public sealed class RunDirectory
{
    private static readonly string[] Folders = ["figures", "models", "checkpoints"];

    private RunDirectory(string path) => Path = path;

    public string Path { get; }

    // All settings, written when the run starts; a line an evaluation; the results, written when it ends; the page.
    public string ConfigPath => In("config.json");
    public string MetricsPath => In("metrics.jsonl");
    public string SummaryPath => In("summary.json");
    public string ReportPath => In("report.html");

    public string FiguresPath => In("figures");
    public string ModelsPath => In("models");
    public string CheckpointsPath => In("checkpoints");

    /// <summary>Where the sheet of validation images with drawn skeletons is expected; the report embeds it.</summary>
    public string SkeletonSheetPath => System.IO.Path.Combine(FiguresPath, "skeletons.png");

    /// <summary>
    /// Prepares the folder for a run and writes config.json. A folder that holds a run is refused, resumed or
    /// emptied of that run's files as <paramref name="existing"/> says.
    /// </summary>
    public static RunDirectory Create(string path, RunConfig config, ExistingRun existing = ExistingRun.Refuse)
    {
        var run = new RunDirectory(System.IO.Path.GetFullPath(path));
        if (File.Exists(run.Path)) throw new UserErrorException($"--out {path} is a file, a folder is needed; choose another --out");
        if (File.Exists(run.ConfigPath)) run.MeetExisting(path, config, existing);
        else if (File.Exists(run.SummaryPath))
            throw new UserErrorException($"{path} holds the results of another command (a summary.json without a config.json); choose another --out");
        run.CreateFolders();
        run.DeleteUnfinished();
        // A resumed run keeps its config.json: it says how and when the run was started.
        if (!File.Exists(run.ConfigPath))
            RunJson.Write(run.ConfigPath, config with { Settings = RunJson.Finite(config.Settings)!.AsObject() });
        return run;
    }

    /// <summary>Opens the folder of an earlier run, for instance to rebuild its report.</summary>
    public static RunDirectory Open(string path)
    {
        var run = new RunDirectory(System.IO.Path.GetFullPath(path));
        return !Directory.Exists(run.Path) ? throw new UserErrorException($"{path} is not a folder; give the --out folder of a run")
            : !File.Exists(run.ConfigPath) ? throw new UserErrorException($"{path} holds no config.json; give the --out folder of a run")
            : run;
    }

    public RunConfig ReadConfig()
    {
        var config = RunJson.Read<RunConfig>(ConfigPath);
        return config is { Command: not null, CommandLine: not null, Settings: not null } && IsSound(config.Settings)
            ? config
            : throw new UserErrorException($"{ConfigPath} lacks command, commandLine or settings, or is damaged in them; run the experiment again");
    }

    /// <summary>A free-form tree is parsed when it is looked at: names that are there twice or are no text show only then.</summary>
    private static bool IsSound(JsonObject settings)
    {
        try
        {
            return RunConfig.Flatten(settings).Count >= 0;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Reads summary.json, or gives null when the run has not finished.</summary>
    public RunSummary? ReadSummary()
    {
        if (!File.Exists(SummaryPath)) return null;
        var summary = RunJson.Read<RunSummary>(SummaryPath);
        var complete = summary is { Data: not null, Models: not null } && summary.Models.All(m => m is
        { Name: not null, Method: not null, Settings: not null, ShareMet: not null } && m.ShareMet.All(point => point is not null));
        return complete
            ? summary
            : throw new UserErrorException($"{SummaryPath} lacks data, models or one of their fields; run the experiment again");
    }

    public IReadOnlyList<MetricLine> ReadMetrics() => MetricsFile.Read(MetricsPath);
    public void AppendMetrics(MetricLine line) => MetricsFile.Append(MetricsPath, line);

    /// <summary>Drops what metrics.jsonl says about a model after an iteration (-1 drops all of it), so that a run resumed from a
    /// checkpoint writes no evaluation twice.</summary>
    public void TruncateAfter(string model, int iteration) =>
        MetricsFile.Filter(MetricsPath, line => line.Model != model || line.Iteration <= iteration);

    /// <summary>Writes summary.json, whole or not at all; its presence says that the run has finished.</summary>
    public void WriteSummary(RunSummary summary) => RunJson.Write(SummaryPath, summary);

    /// <summary>The path of a model file for a configuration, safe on every file system.</summary>
    public string ModelPath(string modelName) => System.IO.Path.Combine(ModelsPath, FileName(modelName) + ".safetensors");

    /// <summary>A path as it is stored in summary.json: relative to the run, with forward slashes.</summary>
    public string Relative(string path) => System.IO.Path.GetRelativePath(Path, path).Replace('\\', '/');

    /// <summary>"soft-adam lambda=0.001" becomes "soft-adam-lambda=0.001".</summary>
    internal static string FileName(string modelName) =>
        string.Concat(modelName.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '=' or '_' ? c : '-')).Trim('.');

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private void MeetExisting(string path, RunConfig config, ExistingRun existing)
    {
        if (existing == ExistingRun.Overwrite)
        {
            DeleteRun();
            return;
        }
        var state = File.Exists(SummaryPath) ? "a finished run" : "an unfinished run";
        if (ReadConfig().FirstDifference(config) is { } difference)
            throw new UserErrorException(
                $"{path} holds {state} of other settings ({difference}); choose another --out or add --overwrite");
        if (existing == ExistingRun.Refuse)
            throw new UserErrorException(
                $"{path} holds {state} of these settings; add --resume to continue it, --overwrite to start it again, or choose another --out");
    }

    /// <summary>What a killed run was writing: its place is still that of the file before.</summary>
    private void DeleteUnfinished() => OutputFile.Guard(Path, () =>
    {
        foreach (var folder in Folders.Select(In).Append(Path))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + AtomicFile.TemporaryExtension)) File.Delete(file);
        }
    });

    private void DeleteRun() => OutputFile.Guard(Path, () =>
    {
        // Only what a run writes: a folder shared with other files must not lose them.
        foreach (var file in new[] { SummaryPath, MetricsPath, ReportPath })
            File.Delete(file);
        foreach (var folder in Folders.Select(In).Where(Directory.Exists))
            Directory.Delete(folder, recursive: true);
        File.Delete(ConfigPath);
    });

    private void CreateFolders() => Attempt.Io(
        () => Array.ConvertAll(Folders, folder => Directory.CreateDirectory(In(folder))),
        e => new UserErrorException($"cannot create --out {Path}: {e.Message.Split('\n')[0].TrimEnd('.')}; choose another --out", e));
}
