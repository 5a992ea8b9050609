namespace PoseEngine.Experiments.Sweeps;

/// <summary>What is known of one cell.</summary>
/// <param name="Lines">Its evaluations so far.</param>
/// <param name="Summary">Its results, once it is done.</param>
/// <param name="Constraints">The constraints on training and validation data, once it is done.</param>
/// <param name="Failures">What went wrong.</param>
/// <param name="Damage">Why its files cannot be read, or null.</param>
internal sealed record CellResult(
    PlannedCell Cell, CellState State, IReadOnlyList<MetricLine> Lines, RunSummary? Summary, CellConstraints? Constraints,
    IReadOnlyList<CellFailure> Failures, string? Damage = null)
{
    /// <summary>The model of a cell that is done.</summary>
    public ModelSummary? Model => Summary?.Models[0];

    /// <summary>Whether it met a NaN or an infinity.</summary>
    public bool Diverged => Failures.Any(failure => failure.Kind == CellFailure.Diverged);
}

/// <summary>A configuration with its cells, one a seed.</summary>
/// <param name="Shared">The settings, such as "active=128", that its name shares with all configurations of its method.</param>
internal sealed record ConfigurationResult(string Label, string Method, IReadOnlyList<CellResult> Cells, IReadOnlySet<string>? Shared = null) : IContender
{
    private IReadOnlyList<PathPoint>? _path;

    /// <summary>Its name for people, without what it shares.</summary>
    public string Shown => MethodClasses.Pretty(string.Join(' ', Label.Split(' ').Where(word => Shared is null || !Shared.Contains(word))));

    /// <summary>Soft, hard or unconstrained.</summary>
    public MethodClass Class => MethodClasses.Of(Method);

    public IEnumerable<ModelSummary> Models => Cells.Select(cell => cell.Model).OfType<ModelSummary>();

    /// <summary>The prediction error at the end.</summary>
    public Spread Error => Spread.Of(Models.Select(model => model.Error));

    /// <summary>The median of |C| at the end.</summary>
    public Spread Median => Spread.Of(Models.Select(model => model.MedianViolation));

    public Spread SecondsPerIteration => Spread.Of(Models.Select(model => model.SecondsPerIteration));

    /// <summary>Krylov iterations a step; no count where no Krylov solver ran.</summary>
    public Spread Krylov => Spread.Of(Models.Select(model => model.KrylovIterationsPerStep ?? double.NaN));

    /// <summary>The models over the iterations, also of cells that are not done.</summary>
    public IReadOnlyList<PathPoint> Path => _path ??=
    [
        .. Cells.SelectMany(cell => cell.Lines).GroupBy(line => line.Iteration).OrderBy(group => group.Key)
            .Select(group => new PathPoint(group.Key, Spread.Of(group.Select(l => l.Error)), Spread.Of(group.Select(l => l.MedianViolation))))
            .Where(point => point.IsFinite),
    ];

    /// <summary>How its cells stand, such as "3 done" or "2 done, 1 diverged".</summary>
    public string StateText()
    {
        string Word(CellResult cell) => cell.Damage is not null ? "damaged" : cell.State switch
        {
            CellState.Broken => cell.Failures[^1].Kind,
            CellState.Blocked => "without a start",
            CellState.Running => "running",
            CellState.Left => "left",
            _ => "done",
        };
        return string.Join(", ", Cells.GroupBy(Word).Select(group => $"{group.Count()} {group.Key}"));
    }
}

/// <summary>Everything that the report of a sweep is made of, read from its files at any moment.</summary>
/// <param name="Unconstrained">The models that they start from.</param>
internal sealed record SweepResults(
    SweepDirectory Directory, SweepPlan Plan, IReadOnlyList<CellResult> Cells, IReadOnlyList<ConfigurationResult> Configurations,
    ConfigurationResult? Unconstrained)
{
    /// <summary>The unconstrained models, where there are any, then the configurations.</summary>
    public IEnumerable<ConfigurationResult> All => Unconstrained is null ? Configurations : Configurations.Prepend(Unconstrained);

    /// <summary>How many cells stand where.</summary>
    public CellCounts Counts => SweepCells.Count(Cells.Select(cell => cell.State));

    /// <summary>The data of the cells that are done, or null.</summary>
    public DataSummary? Data => Cells.Select(cell => cell.Summary?.Data).FirstOrDefault(data => data is not null);

    /// <summary>Reads a sweep. A cell whose files are damaged is named as such and stops nothing.</summary>
    public static SweepResults Load(SweepDirectory sweep)
    {
        var plan = sweep.ReadPlan();
        var cells = new CellResult[plan.Cells.Count];
        Parallel.For(0, cells.Length, i => cells[i] = Read(sweep.FolderOf(plan.Cells[i]), plan.Cells[i]));
        return Of(sweep, plan, cells);
    }

    /// <summary>Puts cells together.</summary>
    internal static SweepResults Of(SweepDirectory sweep, SweepPlan plan, IReadOnlyList<CellResult> cells)
    {
        var broken = cells.Where(c => MethodClasses.Of(c.Cell.Method) == MethodClass.Unconstrained && c.State == CellState.Broken).Select(c => c.Cell.Seed).ToHashSet();
        List<CellResult> all = [.. cells.Select(c => c.State == CellState.Left && broken.Contains(c.Cell.Seed) ? c with { State = CellState.Blocked } : c)];
        List<ConfigurationResult> groups =
        [
            .. all.GroupBy(c => c.Cell.Configuration).Select(g => new ConfigurationResult(g.Key, g.First().Cell.Method, [.. g]))
                .GroupBy(c => c.Method).SelectMany(method => method.Select(c => c with { Shared = SharedBy([.. method]) })),
        ];
        return new(
            sweep, plan, all, [.. groups.Where(g => g.Class != MethodClass.Unconstrained)], groups.Find(g => g.Class == MethodClass.Unconstrained));
    }

    /// <summary>The words that the names of several configurations have in common, the method's apart.</summary>
    private static HashSet<string> SharedBy(IReadOnlyList<ConfigurationResult> configurations)
        => configurations.Count < 2 ? [] : [.. configurations.Select(c => c.Label.Split(' ')[1..].AsEnumerable()).Aggregate((a, b) => a.Intersect(b))];

    private static CellResult Read(string folder, PlannedCell cell)
    {
        try
        {
            var state = SweepCells.StateOf(folder);
            if (!File.Exists(Path.Combine(folder, "config.json"))) return new(cell, state, [], null, null, CellFailures.Read(folder));
            var run = RunDirectory.Open(folder);
            var summary = run.ReadSummary();
            if (summary is { Models.Count: 0 }) throw new UserErrorException($"{run.SummaryPath} names no model");
            return new(cell, state, run.ReadMetrics(), summary, CellConstraints.Read(folder), CellFailures.Read(folder));
        }
        catch (UserErrorException e)
        {
            return new(cell, CellState.Broken, [], null, null, [new CellFailure(CellFailure.Failed, e.Message, DateTime.UtcNow, "", 0)], e.Message);
        }
    }
}
