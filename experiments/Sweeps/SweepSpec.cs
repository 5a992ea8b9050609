namespace PoseEngine.Experiments.Sweeps;

/// <summary>A sweep: what is trained on what data, with which seeds.</summary>
/// <param name="Name">A word for titles and folders.</param>
/// <param name="Preset">The preset of a built-in sweep, or "file".</param>
/// <param name="Data">What all cells train on.</param>
/// <param name="Batch">Samples of a minibatch.</param>
/// <param name="Seeds">Each configuration is trained once a seed.</param>
/// <param name="Unconstrained">The model that constrained cells start from, one a seed.</param>
/// <param name="Configurations">The constrained ones.</param>
internal sealed record SweepSpec(
    string Name, string Preset, ProblemSpec Problem, DataSettings Data, int Batch, IReadOnlyList<long> Seeds, ModelPlan Unconstrained,
    IReadOnlyList<SweepConfiguration> Configurations)
{
    /// <summary>The "preset" of a sweep that a file describes.</summary>
    public const string OwnFile = "file";

    /// <summary>All cells in the order in which they are trained: a seed's unconstrained model first, then seed by seed.</summary>
    public IReadOnlyList<SweepCell> Cells =>
    [
        .. Seeds.SelectMany(seed => Configurations.Select(c => new SweepCell(c.Label, c.Plan, seed, SweepCell.NameOf(Unconstrained.Settings.Method.Name, seed)))
            .Prepend(new SweepCell(Unconstrained.Settings.Method.Name, Unconstrained, seed, null))),
    ];
}

/// <summary>A method with its settings.</summary>
/// <param name="Label">Unique in the sweep, such as "soft-adam lambda=0.001".</param>
/// <param name="Plan">What trains it and for how long.</param>
internal sealed record SweepConfiguration(string Label, ModelPlan Plan)
{
    /// <summary>How long it trains, where that is not said in iterations; see <see cref="SweepTimes"/>.</summary>
    public double? Seconds { get; init; }
}

/// <summary>One training run of a sweep.</summary>
/// <param name="Plan">What trains it and for how long.</param>
/// <param name="Seed">The seed of its weights, minibatches and active sets.</param>
/// <param name="Start">The name of the cell whose model it starts from, or null.</param>
internal sealed record SweepCell(string Configuration, ModelPlan Plan, long Seed, string? Start)
{
    /// <summary>Unique in the sweep, such as "soft-adam lambda=0.001 seed=1".</summary>
    public string Name => NameOf(Configuration, Seed);

    /// <summary>The name of its folder, safe on every file system.</summary>
    public string Folder => RunDirectory.FileName(Name);

    /// <summary>The name of a configuration's cell.</summary>
    public static string NameOf(string configuration, long seed) => $"{configuration} seed={seed}";
}
