namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Measures the iterations of all methods on the network of a problem, random samples and He weights: once as they are, once on a
/// <see cref="ClockedDevice{T}"/> that tells of what they are made.</summary>
internal sealed class MethodBenchmark<T>(ComputeDevice<T> device, Problem problem, ulong seed)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Repeat until the clocks have seen this much, so that short steps are not one sample.</summary>
    private const double ClockedSeconds = 0.5;

    /// <summary>Labelled samples of a step.</summary>
    public int Minibatch { get; init; } = BatchTimes.Minibatch;

    /// <summary>Runs of each measurement after one to warm up; 0 for as many as give a steady median.</summary>
    public int Runs { get; init; }

    public MethodTimes Run(MethodSettings settings)
    {
        var paper = settings.Method.Paper;
        var solver = settings.UsedSolver is { } used ? Setting.Solver.Text(used) : null;
        var times = new MethodTimes(
            settings.Method.Name, Minibatch, settings.ActiveSamples, solver, double.NaN, paper?.Least, paper?.Most, null, double.NaN, double.NaN, double.NaN,
            double.NaN, double.NaN, double.NaN);
        try
        {
            return Shares(settings, Time(settings, times));
        }
        catch (NonFiniteStepException e)
        {
            return times with { Failure = e.Message };
        }
    }

    /// <summary>Seconds of a step, the median of some.</summary>
    /// <exception cref="NonFiniteStepException">A step met a number that is not finite.</exception>
    public double SecondsOf(MethodSettings settings)
    {
        var step = Step(device, settings);
        return new MedianClock(device.Synchronize, Runs).Median(() => step.Take()) / 1000;
    }

    private MethodTimes Time(MethodSettings settings, MethodTimes times)
    {
        var step = Step(device, settings);
        var iterations = new List<double>();
        var counted = new CountedAction<T>(device, () =>
        {
            if (step.Take().Solve is { Iterations: > 0 } solve) iterations.Add(solve.Iterations);
        });
        var milliseconds = new MedianClock(device.Synchronize, Runs).Median(counted.Run);
        return times with
        {
            SecondsPerIteration = milliseconds / 1000,
            KrylovIterations = iterations.Count == 0 ? null : Statistics.Quantile([.. iterations], 0.5),
            Counters = counted.Last,
        };
    }

    private MethodTimes Shares(MethodSettings settings, MethodTimes times)
    {
        using var clocked = new ClockedDevice<T>(device);
        var step = Step(clocked, settings);
        step.Take();
        clocked.Synchronize();
        clocked.Restart();
        var (watch, solve) = (Stopwatch.StartNew(), 0.0);
        do solve += step.Take().SolveSeconds;
        while (Runs == 0 && watch.Elapsed.TotalSeconds < ClockedSeconds);
        clocked.Synchronize();
        var whole = watch.Elapsed.TotalSeconds;
        double Share(ClockedWork work) => clocked.Seconds(work) / whole;
        var (forward, rop, lop, vectors) = (Share(ClockedWork.Forward), Share(ClockedWork.Rop), Share(ClockedWork.Lop), Share(ClockedWork.Vectors));
        return times with { Solve = solve / whole, Forward = forward, Rop = rop, Lop = lop, Vectors = vectors, Other = 1 - forward - rop - lop - vectors };
    }

    /// <summary>The same images and weights for every method and on both devices.</summary>
    private RepeatedStep<T> Step(ComputeDevice<T> on, MethodSettings settings)
    {
        var parts = new ProblemParts<T>(on, problem);
        var generator = new RandomGenerator(seed, 11);
        var start = parts.Network.InitializeHe(generator);
        Batch<T> Samples(int count) => RandomSamples.Create(problem, parts.Network, generator, count);
        return new RepeatedStep<T>(
            parts.Method(settings, on.Zeros(start.Count), Minibatch), start, Samples(Minibatch), Samples(Math.Max(settings.ActiveSamples, 1)));
    }
}

/// <summary>The rows of the timing table: every method that can be named, at the sizes of section 5.</summary>
internal static class MethodCases
{
    /// <summary>Active samples of hard methods: as many as random active sets of section 5 have, and as many as mined ones. The search for
    /// mined samples is no part of a step and not measured.</summary>
    private static readonly int[] HardActive = [128, 16];

    /// <summary>Soft methods with 128 active samples, hard ones with 128 and 16, by each solver that serves them.</summary>
    public static IReadOnlyList<MethodSettings> All(IReadOnlyList<string> constraints, int maxKrylov)
        => [.. MethodRegistry.All.SelectMany(method => Of(new MethodSettings(method, constraints), maxKrylov))];

    private static IEnumerable<MethodSettings> Of(MethodSettings settings, int maxKrylov)
    {
        if (settings.Method.Has(Setting.Active)) settings = settings.With(Setting.Active, HardActive[0]);
        if (!settings.IsHard) return [settings];
        settings = settings.With(Setting.MaxKrylov, maxKrylov);
        if (settings.Method.Has(HardAdamMethod.Warmup)) settings = settings.With(HardAdamMethod.Warmup, 1);
        return HardActive.SelectMany(active => ((KktSolver[])[KktSolver.Gram, KktSolver.Lsqr, KktSolver.MinresQlp])
            .Select(solver => settings.With(Setting.Active, active).With(Setting.Solver, solver))
            .Where(IsAccepted)
            .DistinctBy(made => made.UsedSolver));
    }

    private static bool IsAccepted(MethodSettings settings)
    {
        try
        {
            settings.Checked();
            return true;
        }
        catch (UserErrorException)
        {
            // A method that takes only one of the solvers.
            return false;
        }
    }
}
