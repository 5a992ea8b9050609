namespace PoseEngine.Experiments.Commands;

/// <summary>Problems for commands that train nothing.</summary>
internal static class ProblemAction
{
    /// <summary>A problem without its data where network and constraints are known without them, else with them.</summary>
    public static Problem Open(ProblemSpec spec, long seed, string? cache, int threads)
    {
        if (Problem.WithoutData(spec) is { } bare) return bare;
        using var interruption = new Interruption();
        using var observer = LiveTable.ForConsole();
        return Problem.Open(spec, spec.Data with { Seed = seed }, new DataAccess(cache, threads, observer.Phase, interruption.Token));
    }
}
