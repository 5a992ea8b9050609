using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Configurations that train for some seconds: how many iterations these are is measured when a sweep begins and kept in its
/// sweep.json. Methods are on an equal footing then: the rate falls by a cosine to a hundredth, and the weights are averaged over the last
/// ten iterations or so, unless the file says otherwise.</summary>
internal static class SweepTimes
{
    private const int Fewest = 3, Most = 100_000, AveragedOver = 10, Evaluations = 4;

    // The second one counts: in the first, code that the runtime has not optimized yet takes up to twice as long.
    private const int Rounds = 2;
    private const double LastRate = 0.01;

    public static bool AreNeeded(SweepSpec spec) => spec.Configurations.Any(c => c.Seconds is not null);

    /// <summary>The iterations of a sweep that was begun.</summary>
    public static SweepSpec From(SweepSpec spec, SweepPlan begun)
    {
        var iterations = begun.Cells.DistinctBy(cell => cell.Configuration).ToDictionary(cell => cell.Configuration, cell => cell.Iterations);
        return Resolve(spec, c => iterations.TryGetValue(c.Label, out var known) ? known : c.Plan.Iterations);
    }

    /// <summary>The iterations that fit, from a few steps of each configuration.</summary>
    public static SweepSpec Measure<T>(SweepSpec spec, ComputeDevice<T> device, Problem problem, IProgress<(long Done, long Total)> progress)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var timed = spec.Configurations.Where(c => c.Seconds is not null).ToList();
        var (done, seconds) = (0, new Dictionary<string, double>());
        foreach (var c in Enumerable.Repeat(timed, Rounds).SelectMany(round => round))
        {
            seconds[c.Label] = new MethodBenchmark<T>(device, problem, seed: 1) { Minibatch = spec.Batch, Runs = 3 }.SecondsOf(c.Plan.Settings);
            progress.Report((++done, Rounds * timed.Count));
        }
        return Resolve(spec, c => (int)Math.Clamp(Math.Round(c.Seconds!.Value / seconds[c.Label]), Fewest, Most) + c.Plan.Settings.Method.WarmupOf(c.Plan.Settings));
    }

    private static SweepSpec Resolve(SweepSpec spec, Func<SweepConfiguration, int> iterationsOf)
        => spec with { Configurations = [.. spec.Configurations.Select(c => c.Seconds is null ? c : With(c, iterationsOf(c)))] };

    private static SweepConfiguration With(SweepConfiguration configuration, int iterations)
    {
        var settings = configuration.Plan.Settings;
        if (settings.Method.Has(Setting.RateSchedule) && !settings.IsGiven(Setting.RateSchedule)) settings = settings.With(Setting.RateSchedule, RateSchedule.Cosine(iterations, LastRate));
        if (settings.Method.Has(Setting.Average) && !settings.IsGiven(Setting.Average) && iterations > 2 * AveragedOver) settings = settings.With(Setting.Average, 1 - ((double)AveragedOver / iterations));
        // Rounded up: the last evaluation is that of the last step, and there is none just before.
        return configuration with { Plan = configuration.Plan with { Settings = settings, Iterations = iterations, EvaluateEvery = (iterations + Evaluations - 1) / Evaluations } };
    }
}
