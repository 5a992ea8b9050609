namespace PoseEngine.Experiments.Benchmarks;

/// <summary>A training step that is taken again and again, and what its solves said; it disposes of the method.</summary>
internal sealed class MeasuredStep<T>(string name, TrainingMethod<T> method, RepeatedStep<T> step) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<double> _iterations = [];
    private readonly List<double> _iterationMs = [];
    private readonly List<double> _solveMs = [];

    public string Name => name;

    /// <summary>The time of a step, once it was measured.</summary>
    public Timing Timing { get; set; }

    /// <summary>Iterations of a solve; 0 where a step has none.</summary>
    public double KrylovIterations => Of(_iterations).Median;

    /// <summary>The time of an iteration with its share of the solve's beginning and end.</summary>
    public Timing KrylovIteration => Of(_iterationMs);

    /// <summary>The time of the solve.</summary>
    public Timing Solve => Of(_solveMs);

    /// <summary>How the solve ended where it did not converge.</summary>
    public string? Unconverged { get; private set; }

    /// <summary>What the last step asked of the device; null where that does not count.</summary>
    public DeviceCounters? Counters { get; private set; }

    public void Take()
    {
        var before = method.Device.Counters;
        var taken = step.Take();
        Counters = method.Device.Counters - before;
        if (taken.Solve is not { } solve) return;
        _solveMs.Add(1000 * taken.SolveSeconds);
        if (taken.IsUnconverged) Unconverged = solve.Explanation;
        if (solve.Iterations == 0) return;
        _iterations.Add(solve.Iterations);
        _iterationMs.Add(1000 * taken.SolveSeconds / solve.Iterations);
    }

    public void Dispose() => method.Dispose();

    /// <summary>Without the steps that warmed up, which came first.</summary>
    private Timing Of(List<double> values) => values.Count == 0 ? default : Timing.Of(values.TakeLast(Math.Max(Timing.Runs, 1)));
}
