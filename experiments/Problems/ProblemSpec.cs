namespace PoseEngine.Experiments.Problems;

/// <summary>One model of a run: what trains it, for how many steps, and after how many it is evaluated on the validation set.</summary>
internal sealed record ModelPlan(MethodSettings Settings, int Iterations, int EvaluateEvery)
{
    /// <summary>Steps between checkpoints: what a killed run may lose.</summary>
    public int CheckpointEvery { get; init; } = Settings.Method.CheckpointEvery;

    /// <summary>This plan, after a look at what depends on settings and iterations.</summary>
    /// <exception cref="UserErrorException">No step would move the parameters.</exception>
    public ModelPlan Checked()
        => Settings.Method.WarmupOf(Settings) is > 0 and var warmup && Iterations <= warmup
            ? throw new UserErrorException($"--iterations {Iterations}: the first {warmup} only warm the moments of {Settings.Method}; take more, or a smaller --warmup")
            : this;

    public JsonObject ToNode()
    {
        var node = Settings.ToNode();
        node["iterations"] = Iterations;
        node["evaluateEvery"] = EvaluateEvery;
        return node;
    }
}

/// <summary>The sizes of a whole run.</summary>
/// <param name="Images">Images of the walker pack at the most.</param>
/// <param name="Start">The model that the constrained ones start from.</param>
internal sealed record Preset(string Name, int Images, int Batch, ModelPlan Start, IReadOnlyList<ModelPlan> Constrained)
{
    public static IReadOnlyList<string> Names { get; } = ["smoke", "quick", "paper"];

    public IEnumerable<ModelPlan> All => Constrained.Prepend(Start);
}

/// <summary>Figures that others publish for the problem, by the key of a metric, and who with what; for the page.</summary>
internal sealed record PublishedFigures(string By, IReadOnlyDictionary<string, double> Figures);

/// <summary>What a problem file says: data, network, constraints, what the outputs are, and how long to train.</summary>
internal sealed record ProblemSpec
{
    public required string Name { get; init; }
    public required string Text { get; init; }

    public required string FileName { get; init; }

    /// <summary>The folder that relative paths belong to; null for a built-in problem.</summary>
    public required string? Folder { get; init; }

    public required DataSettings Data { get; init; }

    /// <summary>The lines of texts that are understood with the data only: "constraint NAME", "objective", "layers" and "input".</summary>
    public required IReadOnlyDictionary<string, int> Lines { get; init; }

    /// <summary>The loss as text where there are no targets, or null.</summary>
    public string? Objective { get; init; }

    /// <summary>The shape of an input, or null where it follows from the data.</summary>
    public string? Input { get; init; }

    public required string Layers { get; init; }

    /// <summary>Names of points, which share the outputs evenly; none where outputs are plain numbers.</summary>
    public IReadOnlyList<string> Points { get; init; } = [];

    /// <summary>Names of the outputs; none where the files name them, or nobody does.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>The unit of the targets, or "".</summary>
    public string Unit { get; init; } = "";

    /// <summary>Units of the targets in one unit of the network's outputs; null takes mean and spread of the training targets.</summary>
    public double? OutputScale { get; init; }

    public bool ScalesInputs { get; init; } = true;
    public required IReadOnlyList<ConstraintText> Constraints { get; init; }
    public IReadOnlyList<string> Notes { get; init; } = [];
    public IReadOnlyList<PublishedFigures> Published { get; init; } = [];
    public required IReadOnlyDictionary<string, Preset> Presets { get; init; }
    public IReadOnlyList<string> ConstraintNames => [.. Constraints.Select(row => row.Name)];

    /// <summary>Whether it is about the 17 joints of a person, whose pictures reports can draw.</summary>
    public bool IsPose => Points.Count == Skeleton.JointCount && Data.Inputs is null;

    /// <summary>Whether it comes with the program.</summary>
    public bool IsBuiltIn => Folder is null;

    /// <summary>What config.json says of data and network.</summary>
    public JsonObject Settings(DataSettings data, int batch)
    {
        var settings = new JsonObject { ["data"] = data.ToNode(), ["batch"] = batch, ["network"] = Layers };
        if (this is { Unit: "mm", OutputScale: { } unit }) settings["unitMm"] = unit;
        return settings;
    }

    /// <summary>The error of one of the texts that have <see cref="Lines"/>, or of the whole file.</summary>
    public UserErrorException Error(string what, string text, Exception? inner = null)
        => new($"{FileName}{(Lines.TryGetValue(what, out var line) ? $", line {line}, {what.Replace("constraint ", "")}" : "")}: {text}".ReplaceLineEndings(" "), inner);

    /// <exception cref="UserErrorException">There is no such preset.</exception>
    public Preset PresetOf(string name) => Presets.TryGetValue(name, out var preset)
        ? preset
        : throw new UserErrorException($"--preset {name}: no such preset; choose one of {string.Join(", ", Preset.Names)}");
}
