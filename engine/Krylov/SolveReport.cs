using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>What a solve observed. Recurred norms are those of the recurrence: in the norm of M^-1 for residuals and of
/// M for solutions when there is a preconditioner M.</summary>
public record SolveReport
{
    /// <summary>Why the solve ended.</summary>
    public required SolveExit Exit { get; init; }

    /// <summary>Who solved.</summary>
    public required string Solver { get; init; }

    /// <summary>
    /// Iterations, each one product with B (BiCG: and one with its transpose); for <see cref="SolveExit.NotFinite"/> and
    /// the breakdowns the one that failed.
    /// </summary>
    public required int Iterations { get; init; }

    /// <summary>"float32" or "float64".</summary>
    public required string Precision { get; init; }

    /// <summary>Recurred ||b - B x||.</summary>
    public required double ResidualNorm { get; init; }

    /// <summary>
    /// Recurred ||B r|| of the iterate before the last: it is known one iteration late. NaN for a solver that does not
    /// know it.
    /// </summary>
    public required double NormalResidualNorm { get; init; }

    /// <summary>Recurred ||x||.</summary>
    public required double SolutionNorm { get; init; }

    /// <summary>Lower bound of ||B||; NaN for a solver that does not know it, as are the next two.</summary>
    public required double OperatorNorm { get; init; }

    /// <summary>
    /// Lower bound of the largest over the smallest nonzero singular value of B, of M^-1/2 B M^-1/2 when there is a
    /// preconditioner M.
    /// </summary>
    public required double Condition { get; init; }

    /// <summary>||r|| / (||B|| ||x|| + ||b||) from the recurred norms.</summary>
    public required double BackwardError { get; init; }

    /// <summary>||b||, in the norm of M^-1 when there is a preconditioner.</summary>
    public required double RightHandSideNorm { get; init; }

    /// <summary>||b - B x|| from a product with the returned x, summed in float64; absent if not verified, as after a cancellation.</summary>
    public double? TrueResidualNorm { get; init; }

    /// <summary>||B^T (b - B x)||, likewise; absent too where B has no transpose product.</summary>
    public double? TrueNormalResidualNorm { get; init; }

    /// <summary>rtol as used, after a raise to the floor of the precision.</summary>
    public required double RelativeTolerance { get; init; }

    /// <summary>artol as used, after a raise to the floor of the precision.</summary>
    public required double LeastSquaresTolerance { get; init; }

    /// <summary>Time from the call to the return.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>What the relative tolerance was compared with.</summary>
    public SolveCriterion Criterion { get; init; }

    /// <summary>||b - B x|| / ||b|| of a solve without preconditioner, true where verified, else recurred; 0 for b = 0.</summary>
    public double RelativeResidual
        => RightHandSideNorm == 0 ? 0 : (TrueResidualNorm ?? ResidualNorm) / RightHandSideNorm;

    /// <summary>Whether x is the solution or the min-length least-squares solution to the tolerance used.</summary>
    public bool IsConverged => Exit is SolveExit.EigenvectorRightHandSide or SolveExit.ZeroSolution or SolveExit.Solved
        or SolveExit.LeastSquares or SolveExit.SolvedToPrecision or SolveExit.LeastSquaresToPrecision;

    /// <summary>Whether the system was found to have no solution.</summary>
    public bool IsInconsistent
        => Exit is SolveExit.LeastSquares or SolveExit.LeastSquaresToPrecision or SolveExit.LeastSquaresOfSomeLength
        || (Exit == SolveExit.ZeroSolution && RightHandSideNorm > 0);

    /// <summary>A sentence for the user: who solved, how far, what happened (<see cref="SolveExits.Sentence"/>) and the figures.</summary>
    public virtual string Explanation => $"{Solver}{Course}: {Exit.Sentence()}{Figures}.";

    private string Course => Iterations == 0 ? "" : Exit.IsBreakdown() ? $" broke down in iteration {Iterations}" : $", iteration {Iterations}";

    private string Figures => Exit is SolveExit.NotFinite or SolveExit.ZeroSolution ? ""
        : Criterion == SolveCriterion.Residual ? $" (||r|| / ||b|| = {RelativeResidual:e1}, tolerance {RelativeTolerance:e1}, {Precision})"
        : $" (backward error {BackwardError:e1}, tolerance {RelativeTolerance:e1}, {Precision})";
}

/// <summary>What a solver's relative tolerance is a bound of.</summary>
public enum SolveCriterion
{
    /// <summary>||r|| / (||B|| ||x|| + ||b||).</summary>
    BackwardError,

    /// <summary>||r|| / ||b||.</summary>
    Residual,
}

/// <summary>
/// What a callback sees after an iteration; norms as in <see cref="SolveReport"/>, NaN where the solver does not know one.
/// </summary>
/// <param name="Iteration">Number of the iteration, from 1.</param>
/// <param name="ResidualNorm">Recurred ||r||.</param>
/// <param name="NormalResidualNorm">Recurred ||B r|| of the iterate before.</param>
/// <param name="SolutionNorm">Recurred ||x||.</param>
/// <param name="BackwardError">||r|| / (||B|| ||x|| + ||b||).</param>
/// <param name="OperatorNorm">Lower bound of ||B||.</param>
/// <param name="Condition">Condition estimate.</param>
public readonly record struct SolveProgress(
    int Iteration,
    double ResidualNorm,
    double NormalResidualNorm,
    double SolutionNorm,
    double BackwardError,
    double OperatorNorm,
    double Condition);

/// <summary>Called after each iteration; returns false to stop the solve there.</summary>
public delegate bool SolveCallback(in SolveProgress progress);
