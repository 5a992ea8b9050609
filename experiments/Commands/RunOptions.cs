using System.CommandLine.Parsing;
using System.Reflection;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that all training commands share.</summary>
internal sealed class RunOptions
{
    private readonly string _command;

    public RunOptions(string command) => _command = command;

    public DeviceOptions Device { get; } = new();

    private readonly Option<string> _preset = new("--preset")
    {
        Description = "Sizes of the run: smoke (a minute), quick (five minutes on 2 cores) or paper (all of section 5)",
        DefaultValueFactory = _ => "quick",
    };

    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Seed of everything random: same seed and device, same bits",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _out = new("--out") { Description = "Folder for results [default: a new folder under runs/]" };

    private readonly Option<string?> _data = new("--data") { Description = "Train on this pack instead of generated walkers" };

    private readonly Option<string?> _cache = new("--cache") { Description = "Folder that keeps generated walkers [default: the user's cache folder]" };

    private readonly Option<string> _split = new("--split")
    {
        Description = "Validation set: random (20 % of the images, as in the paper) or subject (S9 and S11)",
        DefaultValueFactory = _ => "random",
    };

    private readonly Option<double> _difficulty = new("--difficulty")
    {
        Description = "Difficulty of generated walkers, 0 to 1",
        DefaultValueFactory = _ => ImageConditions.DefaultDifficulty,
    };

    private readonly Option<int?> _images = new("--images") { Description = "Generated walkers [default: by the preset]" };

    private readonly Option<int?> _batch = new("--batch") { Description = "Samples of a minibatch [default: by the preset]" };

    private readonly Option<int?> _checkpointEvery = new("--checkpoint-every")
    {
        Description = "Iterations between checkpoints, of which the last two are kept [default: 100, hard methods 10]",
    };

    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with an interrupted or killed run from its last checkpoint, to the same bits as without the interruption" };

    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a run that --out holds" };

    private readonly Option<string?> _memory = MemoryOption.Create();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_preset, _seed, _out, _data, _cache, _split, _difficulty, _images, _batch, _memory, _checkpointEvery, _resume, _overwrite])
        {
            command.Options.Add(option);
        }
        Device.AddTo(command);
    }

    public RunPlan Plan(ParseResult parsed)
    {
        var plan = RunPlan.OfPreset(parsed.GetValue(_preset)!);
        return plan with
        {
            Unconstrained = Checkpointed(parsed, plan.Unconstrained),
            Constrained = [.. plan.Constrained.Select(model => Checkpointed(parsed, model))],
        };
    }

    /// <summary>A model with checkpoints as often as the user wants them.</summary>
    public ModelPlan Checkpointed(ParseResult parsed, ModelPlan model) => parsed.GetValue(_checkpointEvery) switch
    {
        null => model,
        >= 1 and int every => model with { CheckpointEvery = every },
        var every => throw new UserErrorException($"--checkpoint-every {every}: must be at least 1"),
    };

    public string? Cache(ParseResult parsed) => parsed.GetValue(_cache);

    public int Batch(ParseResult parsed, RunPlan plan)
    {
        var batch = parsed.GetValue(_batch) ?? plan.Batch;
        return batch is >= 1 and <= MethodSettings.MostSamples
            ? batch
            : throw new UserErrorException($"--batch {batch}: must be 1 to {MethodSettings.MostSamples}");
    }

    /// <summary>Bytes that a step may take; null for no limit.</summary>
    public long? MemoryLimit(ParseResult parsed) => MemoryOption.Parse(parsed.GetValue(_memory));

    public DataSettings Data(ParseResult parsed, RunPlan plan) => new()
    {
        Pack = parsed.GetValue(_data) is { } pack ? Path.GetFullPath(pack) : null,
        Images = parsed.GetValue(_images) ?? plan.Images,
        Difficulty = parsed.GetValue(_difficulty),
        Seed = Seed(parsed),
        Split = parsed.GetValue(_split) is "random" or "subject"
            ? parsed.GetValue(_split)!
            : throw new UserErrorException($"--split {parsed.GetValue(_split)}: choose random or subject"),
    };

    public long Seed(ParseResult parsed)
    {
        var seed = parsed.GetValue(_seed);
        return seed >= 0 ? seed : throw new UserErrorException($"--seed {seed}: must be 0 or more");
    }

    /// <summary>What config.json says.</summary>
    public RunConfig Config(ParseResult parsed, RunPlan plan, JsonObject settings) => new(
        _command,
        Typed(parsed),
        plan.Preset,
        Seed(parsed),
        Device.Name(parsed),
        Device.Precision(parsed),
        Version,
        DateTimeOffset.Now,
        settings,
        [
            "Network outputs are in units of 100 mm: loss, lambda and eta belong to that unit; every metric is in mm.",
            "eta is the weight of the identity in Eq. 5, so that the step without constraints is -g / eta; rate is Adam's learning rate.",
            "The unconstrained model is the one with the smallest validation error; all others start from it.",
        ]);

    /// <summary>What to do with a run that the folder for results already holds.</summary>
    public ExistingRun Existing(ParseResult parsed) => parsed.GetValue(_resume) ? ExistingRun.Resume
        : parsed.GetValue(_overwrite) ? ExistingRun.Overwrite
        : ExistingRun.Refuse;

    /// <summary>The folder for results; without --out it is a new one under runs/.</summary>
    public string OutFolder(ParseResult parsed, RunConfig config)
    {
        var folder = parsed.GetValue(_out) ?? DefaultFolder(_command, config.Preset, Existing(parsed) != ExistingRun.Refuse);
        return File.Exists(folder)
            ? throw new UserErrorException($"--out {folder} is a file, a folder is needed; choose another --out")
            : folder;
    }

    /// <summary>The version of the program.</summary>
    public static string Version { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>The command line as it was typed.</summary>
    public static string Typed(ParseResult parsed) => "poseengine " + string.Join(' ', parsed.Tokens.Select(Quoted));

    /// <summary>runs/pose-quick, or runs/pose-quick-2 and on where the first is taken; the last one to resume or overwrite.</summary>
    public static string DefaultFolder(string command, string preset, bool takesLast)
    {
        var name = Path.Combine("runs", $"{command}-{preset}");
        var last = name;
        var next = name;
        for (var number = 2; System.IO.Directory.Exists(next); number++)
        {
            last = next;
            next = $"{name}-{number}";
        }
        return takesLast ? last : next;
    }

    private static string Quoted(Token token) => token.Value.Contains(' ') ? $"\"{token.Value}\"" : token.Value;
}
