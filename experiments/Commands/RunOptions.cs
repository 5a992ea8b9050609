using System.Reflection;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that all training commands share.</summary>
internal sealed class RunOptions(string command)
{
    private readonly Option<string> _preset = Options.Word(
        "--preset", "Sizes of the run: smoke (a minute), quick (minutes on 2 cores) or paper (all of section 5)", "quick", [.. Preset.Names]);

    private readonly Option<long> _seed = Options.Seed();
    private readonly Option<string?> _out = Options.Out();
    private readonly Option<int?> _batch = Options.CountOrNone("--batch", "Samples of a minibatch [default: by the preset]", 1, Setting.MostSamples);
    private readonly Option<int?> _checkpointEvery = Options.CountOrNone("--checkpoint-every", "Iterations between checkpoints, of which the last two are kept [default: 100, hard methods 10]", 1);

    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with an interrupted or killed run from its last checkpoint, to the same bits as without the interruption" };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a run that --out holds" };
    private readonly Option<string?> _memory = MemoryOption.Create();

    public DeviceOptions Device { get; } = new();
    public ProblemOptions Problem { get; } = new();

    public IEnumerable<Option> All => [_preset, _seed, _out, .. Problem.All, _batch, _memory, _checkpointEvery, _resume, _overwrite, .. Device.All];

    /// <summary>The sizes of the problem's preset, with what was typed of them.</summary>
    public Preset PresetOf(ParseResult parsed, ProblemSpec spec)
    {
        var preset = spec.PresetOf(parsed.GetValue(_preset)!);
        return preset with
        {
            Batch = parsed.GetValue(_batch) ?? preset.Batch,
            Start = Checkpointed(parsed, preset.Start),
            Constrained = [.. preset.Constrained.Select(model => Checkpointed(parsed, model))],
        };
    }

    /// <summary>A model with checkpoints as often as the user wants them.</summary>
    public ModelPlan Checkpointed(ParseResult parsed, ModelPlan model) => parsed.GetValue(_checkpointEvery) is { } every ? model with { CheckpointEvery = every } : model;

    public bool HasBatch(ParseResult parsed) => parsed.Has(_batch);

    /// <summary>Bytes that a step may take; null for no limit.</summary>
    public long? MemoryLimit(ParseResult parsed) => MemoryOption.Parse(parsed.GetValue(_memory));

    public long Seed(ParseResult parsed) => parsed.GetValue(_seed);

    public RunConfig Config(ParseResult parsed, Preset preset, ProblemSpec spec, string precision, JsonObject settings) => new(
        command, Typed(parsed), preset.Name, Seed(parsed), Device.Name(parsed), precision, Version, DateTimeOffset.Now, settings, Notes(spec));

    /// <summary>What to do with a run that the folder for results already holds.</summary>
    public ExistingRun Existing(ParseResult parsed) => ExistingOf(parsed.GetValue(_resume), parsed.GetValue(_overwrite));

    public static ExistingRun ExistingOf(bool resume, bool overwrite) => resume ? ExistingRun.Resume : overwrite ? ExistingRun.Overwrite : ExistingRun.Refuse;

    /// <summary>The folder for results; without --out it is a new one under runs/.</summary>
    public string OutFolder(ParseResult parsed, ProblemSpec spec, string preset)
    {
        var name = spec.Name == BuiltInProblems.Pose ? command : $"{command}-{RunDirectory.FileName(spec.Name)}";
        var folder = parsed.GetValue(_out) ?? DefaultFolder(name, preset, Existing(parsed) != ExistingRun.Refuse);
        return File.Exists(folder) ? throw new UserErrorException($"--out {folder} is a file, a folder is needed; choose another --out") : folder;
    }

    public static string Version { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static string Typed(ParseResult parsed) => "poseengine " + string.Join(' ', parsed.Tokens.Select(token => token.Value.Contains(' ') ? $"\"{token.Value}\"" : token.Value));

    /// <summary>runs/pose-quick, or runs/pose-quick-2 and on where the first is taken; the last one to resume or overwrite.</summary>
    public static string DefaultFolder(string command, string preset, bool takesLast)
    {
        var name = Path.Combine("runs", $"{command}-{preset}");
        var (last, next) = (name, name);
        for (var number = 2; Directory.Exists(next); number++) (last, next) = (next, $"{name}-{number}");
        return takesLast ? last : next;
    }

    private static IReadOnlyList<string> Notes(ProblemSpec spec) =>
    [
        spec.OutputScale is { } unit
            ? $"Network outputs are in units of {unit}{(spec.Unit.Length > 0 ? " " : "")}{spec.Unit}: loss, lambda and eta belong to that unit; every metric is in {(spec.Unit.Length > 0 ? spec.Unit : "the unit of the targets")}."
            : "Network outputs are the targets less their mean, in units of their spread: loss and eta belong to that unit; constraints and every metric are in the units of the files.",
        "eta is the weight of the identity in Eq. 5, so that the step without constraints is -g / eta; rate is Adam's learning rate.",
        "The unconstrained model is the one with the smallest validation error; all others start from it.",
        .. spec.Notes,
    ];
}
