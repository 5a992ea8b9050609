namespace PoseEngine.Experiments.Sweeps;

/// <summary>A model in the plane of Fig. 2(a).</summary>
internal readonly record struct FrontPoint(double Error, double Median);

/// <summary>The models of some that no other beats in both error and violation, by rising error.</summary>
internal sealed class ParetoFront
{
    private ParetoFront(IReadOnlyList<FrontPoint> points) => Points = points;

    /// <summary>The front: error rises and violation falls from one point to the next.</summary>
    public IReadOnlyList<FrontPoint> Points { get; }

    /// <summary>Whether there is no model at all.</summary>
    public bool IsEmpty => Points.Count == 0;

    /// <summary>The front of some models; values that are not finite are left out.</summary>
    public static ParetoFront Of(IEnumerable<FrontPoint> models)
    {
        var front = new List<FrontPoint>();
        foreach (var model in models.Where(m => double.IsFinite(m.Error) && double.IsFinite(m.Median)).OrderBy(m => m.Error).ThenBy(m => m.Median))
        {
            if (front.Count == 0 || model.Median < front[^1].Median) front.Add(model);
        }
        return new(front);
    }

    /// <summary>The violation along the front at an error, by linear interpolation. Beyond its last point the front stays at that point's
    /// violation, which can be had for less error; before its first there is no model: NaN.</summary>
    public double ViolationAt(double errorMm)
    {
        if (IsEmpty || !(errorMm >= Points[0].Error)) return double.NaN;
        for (var i = 1; i < Points.Count; i++)
        {
            if (errorMm > Points[i].Error) continue;
            var (a, b) = (Points[i - 1], Points[i]);
            return a.Median + ((errorMm - a.Error) / (b.Error - a.Error) * (b.Median - a.Median));
        }
        return Points[^1].Median;
    }
}

/// <summary>The fronts of some configurations, one a seed: seeds have different unconstrained models and are compared one by one.</summary>
internal sealed class SeedFronts
{
    private readonly Dictionary<long, ParetoFront> _bySeed;

    private SeedFronts(Dictionary<long, ParetoFront> bySeed, IReadOnlySet<long> ended) => (_bySeed, Ended) = (bySeed, ended);

    public IEnumerable<long> Seeds => _bySeed.Keys;

    /// <summary>The seeds with cells that are done or given up; one that has no model there has none to show.</summary>
    public IReadOnlySet<long> Ended { get; }

    /// <summary>All evaluated models but the start, which is nobody's merit, of cells in any state.</summary>
    public static SeedFronts Of(IEnumerable<ConfigurationResult> configurations) => Of([.. configurations.SelectMany(c => c.Cells)]);

    private static SeedFronts Of(IReadOnlyList<CellResult> cells) => new(
        cells.GroupBy(cell => cell.Cell.Seed)
            .Select(g => (Seed: g.Key, Front: ParetoFront.Of(g.SelectMany(cell => cell.Lines).Where(l => l.Iteration > 0).Select(l => new FrontPoint(l.Error, l.MedianViolation)))))
            .Where(pair => !pair.Front.IsEmpty).ToDictionary(pair => pair.Seed, pair => pair.Front),
        // Files that cannot be read say nothing about a method.
        cells.Where(cell => cell.State is CellState.Done or CellState.Broken && cell.Damage is null).Select(cell => cell.Cell.Seed).ToHashSet());

    /// <summary>The front of a seed, or null.</summary>
    public ParetoFront? this[long seed] => _bySeed.GetValueOrDefault(seed);

    public Spread ViolationAt(double errorMm) => Spread.Of(_bySeed.Values.Select(front => front.ViolationAt(errorMm)));

    public Spread SmallestError => Spread.Of(_bySeed.Values.Select(front => front.Points[0].Error));
}
