using System.CommandLine.Parsing;

namespace PoseEngine.Experiments.Commands;

/// <summary>The options that say what problem a command is about, and on what data.</summary>
internal sealed class ProblemOptions
{
    private readonly Option<string> _problem = Options.Of(
        "--problem", $"A problem file, or one of the built-in problems {string.Join(", ", BuiltInProblems.Names)}", BuiltInProblems.Pose);

    private readonly Option<string?> _data = new("--data") { Description = "Take this pack instead of the problem's data" };
    private readonly Option<string?> _cache = Options.Cache();

    private readonly Option<string?> _split = Options.Check(
        new Option<string?>("--split") { Description = "Validation set: random (20 %, as in the paper), a share such as 0.1, or subject (S9 and S11) [default: by the problem]" },
        split => split is null || DataSettings.IsSplit(split), "choose random or subject, or a share such as 0.1");

    private readonly Option<double?> _difficulty = Options.NumberOrNone(
        "--difficulty", "Difficulty of generated walkers, 0 to 1 [default: by the problem]", d => d is >= 0 and <= 1, "0 to 1");

    private readonly Option<int?> _images = new("--images") { Description = "Generated walkers [default: by the preset]" };
    private readonly Option<double?> _labelled = Options.NumberOrNone("--labelled", "Use the labels of this share of the training samples; constraints keep all of them [default: all]", d => d is > 0 and <= 1, "above 0 and at most 1");

    private readonly Option<string?> _unlabelled = new("--unlabelled") { Description = "C of Eq. 2 where it is not D: a file of inputs, or a pack" };

    public IEnumerable<Option> All => [_problem, _data, _cache, _split, _difficulty, _images, _labelled, _unlabelled];

    /// <summary>Which problem and on what pack, for commands that measure a model.</summary>
    public IEnumerable<Option> NameAndData => [_problem, _data, _cache];

    public string? Pack(ParseResult parsed) => parsed.GetValue(_data);

    /// <summary>Only which problem, for commands that open no data of its.</summary>
    public Option NameOnly => _problem;

    public bool IsNamed(ParseResult parsed) => parsed.Has(_problem);

    public ProblemSpec Spec(ParseResult parsed) => ProblemFile.Read(parsed.GetValue(_problem)!);

    public string? Cache(ParseResult parsed) => parsed.GetValue(_cache);

    /// <summary>The problem's data with what was typed of them.</summary>
    public DataSettings Data(ParseResult parsed, ProblemSpec spec, Preset preset, long seed)
    {
        var data = parsed.GetValue(_data) is { } pack ? spec.Data.On(pack) : spec.Data;
        var isDrawn = data is { Pack: null, Inputs: null, Motion: null } || spec.Data.Images > 0;
        return data with
        {
            Images = isDrawn ? parsed.GetValue(_images) ?? preset.Images : 0,
            Difficulty = parsed.GetValue(_difficulty) ?? data.Difficulty,
            Seed = parsed.GetResult("--seed") is OptionResult { Implicit: false } || spec.IsBuiltIn ? seed : data.Seed,
            Split = parsed.GetValue(_split) ?? data.Split,
            Labelled = parsed.GetValue(_labelled) is not { } share ? data.Labelled : share < 1 ? share : null,
            Unlabelled = parsed.GetValue(_unlabelled) is { } more ? Path.GetFullPath(more) : data.Unlabelled,
        };
    }

    /// <summary>A problem for a command that trains nothing: without its data where network and constraints are known without them.</summary>
    public static Problem Open(ProblemSpec spec, long seed, int threads)
    {
        if (Problem.WithoutData(spec) is { } bare) return bare;
        using var interruption = new Interruption();
        using var observer = RunConsole.ForConsole();
        return Problem.Open(spec, spec.Data with { Seed = seed }, new DataAccess(null, threads, observer.Phase, interruption.Token));
    }
}
