namespace PoseEngine.Experiments.Sweeps;

/// <summary>Begins a sweep in a folder, or goes on with it, and works on it to its end.</summary>
/// <param name="CommandLine">As it was typed.</param>
/// <param name="Check">Looks whether models fit into memory, before a folder is made.</param>
internal sealed record SweepWork<T>(IReadOnlyList<SweepDevice<T>> Devices, SweepBoard Board, string CommandLine, string Version, string Precision, CancellationToken Token)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public Action<Problem, IReadOnlyList<ModelPlan>, int>? Check { get; init; }

    /// <summary>Called once the folder is there and before any cell is trained, also where it was begun before.</summary>
    public Action<SweepDirectory, SweepSpec>? Prepare { get; init; }

    /// <param name="spec">What is to be trained.</param>
    /// <param name="folder">Where.</param>
    /// <param name="cache">The folder of drawn walkers, or null.</param>
    /// <param name="threads">Threads that draw them; 0 for all.</param>
    public SweepDirectory Run(SweepSpec spec, string folder, string? cache, int threads)
    {
        if (SweepDirectory.Holds(folder))
        {
            spec = SweepTimes.From(spec, SweepDirectory.Open(folder).ReadPlan());
            var begun = SweepDirectory.Create(folder, Plan(spec));
            Prepare?.Invoke(begun, spec);
            if (!new SweepRunner<T>(begun, spec, Devices, Board, Token).HasWork()) return begun;
        }
        using var console = SweepConsole.ForConsole(Board);
        // The folder comes after the data: what can be wrong with them must not leave one.
        using var problem = Problem.Open(spec.Problem, spec.Data, new DataAccess(cache, threads, new SweepSlot(Board, "data").Phase, Token));
        if (SweepTimes.AreNeeded(spec) && !SweepDirectory.Holds(folder)) spec = Measured(spec, problem);
        Check?.Invoke(problem, [spec.Unconstrained, .. spec.Configurations.Select(c => c.Plan)], spec.Batch);
        var sweep = SweepDirectory.Create(folder, Plan(spec) with { DataFingerprint = problem.Data.Settings.Fingerprint });
        Prepare?.Invoke(sweep, spec);
        new SweepRunner<T>(sweep, spec, Devices, Board, Token).Run(problem);
        return sweep;
    }

    private SweepSpec Measured(SweepSpec spec, Problem problem)
    {
        using var device = Devices[0].Open();
        return SweepTimes.Measure(spec, device, problem, new SweepSlot(Board, "times").Phase("timing the methods"));
    }

    private SweepPlan Plan(SweepSpec spec)
    {
        var settings = spec.Problem.Settings(spec.Data, spec.Batch);
        ProblemWords.Of(spec.Problem).WriteTo(settings);
        return SweepDirectory.PlanOf(spec, CommandLine, Version, Precision, settings);
    }
}
