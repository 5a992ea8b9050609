using PoseEngine.Kernels;

namespace PoseEngine.Training;

/// <summary>Sums over all steps of a run, those before a resume included.</summary>
public sealed record TrainerTotals
{
    /// <summary>Seconds of all steps, the gathering of their batches included.</summary>
    public double Seconds { get; init; }

    /// <summary>Seconds of those that solved a system.</summary>
    public double SolvedSeconds { get; init; }

    /// <summary>Steps that solved a system.</summary>
    public long Solves { get; init; }

    /// <summary>Krylov iterations of these.</summary>
    public long KrylovIterations { get; init; }

    /// <summary>Those of them that were not solved to their tolerance.</summary>
    public long Unconverged { get; init; }

    /// <summary>Those of them that stopped at the limit of iterations.</summary>
    public long AtIterationLimit { get; init; }

    /// <summary>Those of them that were taken back.</summary>
    public long Rejected { get; init; }

    /// <summary>The sums with one more step.</summary>
    public TrainerTotals With(StepReport step, double seconds)
    {
        var totals = this with { Seconds = Seconds + seconds };
        if (step.Solve is not { } solve) return totals;
        return totals with
        {
            SolvedSeconds = SolvedSeconds + seconds,
            Solves = Solves + 1,
            KrylovIterations = KrylovIterations + solve.Iterations,
            Unconverged = Unconverged + (step.IsUnconverged ? 1 : 0),
            AtIterationLimit = AtIterationLimit + (solve.Exit == SolveExit.IterationLimit ? 1 : 0),
            Rejected = Rejected + (step.Accepted ? 0 : 1),
        };
    }

    internal void WriteTo(IDictionary<string, double> notes)
    {
        notes["seconds"] = Seconds;
        notes["solved_seconds"] = SolvedSeconds;
        notes["krylov_iterations"] = KrylovIterations;
        notes["solves"] = Solves;
        notes["unconverged"] = Unconverged;
        notes["at_iteration_limit"] = AtIterationLimit;
        notes["rejected"] = Rejected;
    }

    internal static TrainerTotals From(IReadOnlyDictionary<string, double> notes) => new()
    {
        Seconds = notes.GetValueOrDefault("seconds"),
        SolvedSeconds = notes.GetValueOrDefault("solved_seconds"),
        KrylovIterations = (long)notes.GetValueOrDefault("krylov_iterations"),
        Solves = (long)notes.GetValueOrDefault("solves"),
        Unconverged = (long)notes.GetValueOrDefault("unconverged"),
        AtIterationLimit = (long)notes.GetValueOrDefault("at_iteration_limit"),
        Rejected = (long)notes.GetValueOrDefault("rejected"),
    };
}
