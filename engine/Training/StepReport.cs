using PoseEngine.Kkt;

namespace PoseEngine.Training;

/// <summary>Everything observed in one step of a training method.</summary>
public sealed record StepReport
{
    /// <summary>The number of this step, from 1.</summary>
    public required long Iteration { get; init; }

    /// <summary>R(w) of Eq. 14 on the minibatch, before the step, in the square of the outputs' unit.</summary>
    public required double Loss { get; init; }

    /// <summary>The penalty of Eq. 3 on the active set before the step; 0 for methods without one.</summary>
    public double Penalty { get; init; }

    /// <summary>Median of |C_j| over the active samples for each constraint j, before the step; empty without an active set.</summary>
    public IReadOnlyList<double> ActiveViolation { get; init; } = [];

    /// <summary>Norm of the gradient of the loss with its penalty.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Norm of the step dw.</summary>
    public required double StepNorm { get; init; }

    /// <summary>Norm of the multipliers Lambda, of hard methods.</summary>
    public double? MultiplierNorm { get; init; }

    /// <summary>The weight of the identity that the step was made with, of methods that adapt it.</summary>
    public double? Eta { get; init; }

    /// <summary>delta, the relative damping that the step was made with; null where the method does not damp.</summary>
    public double? Delta { get; init; }

    /// <summary>
    /// Actual by predicted change of ||C|| on the active set, of methods whose delta adapts (<see cref="DampingRule.Ratio"/>); null
    /// where both are rounding.
    /// </summary>
    public double? ViolationRatio { get; init; }

    /// <summary>Actual by predicted reduction of the merit, of methods that look at it.</summary>
    public double? GainRatio { get; init; }

    /// <summary>Whether w moved; a method that looks at the gain or at a merit may take a step back.</summary>
    public bool Accepted { get; init; } = true;

    /// <summary>What the linear solver reports, of hard methods: exit, iterations, backward error.</summary>
    public KktReport? Solve { get; init; }

    /// <summary>Whether the step's system was not solved to its tolerance, as at the limit of iterations or after a breakdown.</summary>
    public bool IsUnconverged => Solve is { IsConverged: false };

    /// <summary>The share of the solver's step that was taken: below 1 where <see cref="UnconvergedPolicy.Shorten"/> cut it.</summary>
    public double StepShare { get; init; } = 1;

    /// <summary>Seconds of the whole step.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds in the linear solver, of hard methods.</summary>
    public double SolveSeconds { get; init; }
}

/// <summary>A step met a NaN or an infinity: the run must stop.</summary>
/// <param name="iteration">The step, from 1.</param>
/// <param name="quantity">What was not finite, with the parameter tensor where one can be named.</param>
public sealed class NonFiniteStepException(long iteration, string quantity)
    : Exception($"iteration {iteration}: {quantity} is not finite")
{
    /// <summary>The step, from 1.</summary>
    public long Iteration => iteration;

    /// <summary>What was not finite.</summary>
    public string Quantity => quantity;
}
