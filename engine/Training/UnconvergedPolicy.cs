using PoseEngine.Krylov;

namespace PoseEngine.Training;

/// <summary>What a hard method does with a step whose KKT system was not solved to its tolerance.</summary>
public enum UnconvergedPolicy
{
    /// <summary>Takes the step as it is; <see cref="StepReport.IsUnconverged"/> says so.</summary>
    Take,

    /// <summary>
    /// Takes the share 1 - ||r|| / ||b|| of it, by the norms of the solver's recurrence: nothing where the residual is as large
    /// as the right-hand side, or where the norms are no numbers. The norms are the solver's own, in the metric M^-1 of its preconditioner M.
    /// </summary>
    Shorten,

    /// <summary>Leaves w as it is and throws <see cref="UnconvergedStepException"/>.</summary>
    Stop,
}

/// <summary>A step's system was not solved, and the method was told to stop then. w is as before the step.</summary>
/// <param name="iteration">The step, from 1.</param>
/// <param name="solve">What the solver said.</param>
public sealed class UnconvergedStepException(long iteration, SolveReport solve)
    : Exception($"iteration {iteration}: the hard step was not solved to its tolerance: {solve.Explanation}")
{
    /// <summary>The step, from 1.</summary>
    public long Iteration => iteration;

    /// <summary>What the solver said.</summary>
    public SolveReport Solve => solve;
}
