using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>What a solve observed. Recurred norms are those of the recurrence: in the norm of M^-1 for residuals and of
/// M for solutions when there is a preconditioner M.</summary>
public sealed record SolveReport
{
    /// <summary>Why the solve ended.</summary>
    public required SolveExit Exit { get; init; }

    /// <summary>Who solved.</summary>
    public string Solver { get; init; } = "MINRES-QLP";

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

    /// <summary>Lower bound of ||B|| over its smallest nonzero singular value.</summary>
    public required double Condition { get; init; }

    /// <summary>||r|| / (||B|| ||x|| + ||b||) from the recurred norms.</summary>
    public required double BackwardError { get; init; }

    /// <summary>||b||, in the norm of M^-1 when there is a preconditioner.</summary>
    public required double RightHandSideNorm { get; init; }

    /// <summary>||b - B x|| from a product with the returned x, summed in float64; absent if not verified.</summary>
    public double? TrueResidualNorm { get; init; }

    /// <summary>||B^T (b - B x)||, likewise; absent too where B has no transpose product.</summary>
    public double? TrueNormalResidualNorm { get; init; }

    /// <summary>rtol as used, after a raise to the floor of the precision.</summary>
    public required double RelativeTolerance { get; init; }

    /// <summary>artol as used, after a raise to the floor of the precision.</summary>
    public required double LeastSquaresTolerance { get; init; }

    /// <summary>Time from the call to the return.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Rank and condition of the Gram matrix where it took part in the solve.</summary>
    public GramRank? Gram { get; init; }

    /// <summary>
    /// ||b2 - P b2||, the part of the constraints' right-hand side that no step can meet, where the Gram matrix gave the
    /// projector P onto the range of A: the certificate that they contradict each other.
    /// </summary>
    public double? RemovedNorm { get; init; }

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

    private string After => Iterations == 0 ? "" : $" and {Iterations} iterations of MINRES-QLP";

    /// <summary>One sentence for the user.</summary>
    public string Explanation => Exit switch
    {
        SolveExit.PreconditionerNotPositiveDefinite =>
            $"The preconditioner is not positive definite (found in iteration {Iterations}); x is the iterate before that.",
        SolveExit.EigenvectorRightHandSide =>
            "The right-hand side is an eigenvector of the operator; x is it divided by the eigenvalue.",
        SolveExit.ZeroSolution when RightHandSideNorm == 0 => "The right-hand side is zero, and so is x.",
        SolveExit.ZeroSolution =>
            "The operator maps the right-hand side to zero, so x = 0 is the shortest least-squares solution.",
        SolveExit.Solved when Gram is { } gram =>
            $"Solved by the Gram matrix{After}: rank {gram.Rank} of {gram.Rows}, condition {gram.Condition:e1}.",
        SolveExit.SolvedToPrecision when Gram is { } gram =>
            $"Solved by the Gram matrix{After} as far as {Precision} allows, to a backward error of {BackwardError:e1}: rank "
            + $"{gram.Rank} of {gram.Rows}, condition {gram.Condition:e1}.",
        SolveExit.LeastSquares when Gram is { } gram =>
            $"No solution exists; x is the shortest least-squares solution by the Gram matrix{After}: rank {gram.Rank} of "
            + $"{gram.Rows}, gap {gram.Gap:e1}, {RemovedNorm:e2} of the constraints cannot be met.",
        SolveExit.Solved when Criterion == SolveCriterion.Residual =>
            $"Solved in {Iterations} iterations: ||r|| / ||b|| = {RelativeResidual:e1} met the tolerance {RelativeTolerance:e1}.",
        SolveExit.SolvedToPrecision when Criterion == SolveCriterion.Residual && RelativeResidual > RelativeTolerance =>
            $"Solved in {Iterations} iterations as far as {Precision} allows: ||r|| / ||b|| = {RelativeResidual:e1} is rounding.",
        SolveExit.Solved =>
            $"Solved in {Iterations} iterations: the backward error {BackwardError:e1} met the tolerance {RelativeTolerance:e1}.",
        SolveExit.SolvedToPrecision =>
            $"Solved in {Iterations} iterations as far as {Precision} allows: the tolerance was raised to {RelativeTolerance:e1}.",
        SolveExit.LeastSquares =>
            $"No solution exists; x is the shortest least-squares solution, after {Iterations} iterations, ||r|| = {ResidualNorm:e2}.",
        SolveExit.LeastSquaresToPrecision =>
            $"No solution exists; x is the shortest least-squares solution as far as {Precision} allows: "
            + $"the tolerance was raised to {LeastSquaresTolerance:e1}.",
        SolveExit.LeastSquaresOfSomeLength =>
            $"No solution exists; x is a least-squares solution after {Iterations} iterations, ||r|| = {ResidualNorm:e2}, but "
            + "not the shortest: MINRES-QLP finds that.",
        SolveExit.CurvatureBreakdown =>
            $"{Solver} broke down in iteration {Iterations}: p^T B p = 0, which only an indefinite or singular matrix can "
            + "give; x is the iterate before that. MINRES and MINRES-QLP take such matrices.",
        SolveExit.ShadowBreakdown =>
            $"{Solver} broke down in iteration {Iterations}: the residual is orthogonal to its shadow; x is the last iterate.",
        SolveExit.SingularBreakdown =>
            $"{Solver} broke down in iteration {Iterations}: the Krylov space ended at a singular matrix and holds no solution; "
            + "x is the iterate before that. MINRES-QLP finds the shortest least-squares solution.",
        SolveExit.Diverged =>
            $"{Solver} diverged: ||r|| / ||b|| = {RelativeResidual:e1} in iteration {Iterations}. The matrix does not meet what "
            + "the method requires, or the system has no solution.",
        SolveExit.Stagnated =>
            $"{Solver} stagnated after {Iterations} iterations at ||r|| / ||b|| = {RelativeResidual:e1}: a whole cycle changed "
            + "nothing; restart later, or use MINRES-QLP.",
        SolveExit.ResidualGap =>
            $"After {Iterations} iterations the recurred residual met the tolerance {RelativeTolerance:e1}, but "
            + $"||b - B x|| / ||b|| = {RelativeResidual:e1}: rounding has parted them.",
        SolveExit.VanishingEigenvalue =>
            "The solution grew until the right-hand side was lost beside it: the operator is singular to working precision.",
        SolveExit.NormLimit => $"The solution passed the norm limit in iteration {Iterations}; its last component was dropped.",
        SolveExit.ConditionLimit =>
            $"The condition estimate {Condition:e1} passed its limit in iteration {Iterations}; the last component was dropped.",
        SolveExit.IterationLimit when Criterion == SolveCriterion.Residual =>
            $"Stopped at the limit of {Iterations} iterations with ||r|| / ||b|| = {RelativeResidual:e1}.",
        SolveExit.IterationLimit =>
            $"Stopped at the limit of {Iterations} iterations with backward error {BackwardError:e1}; "
            + "allow more iterations, precondition, or loosen the tolerance.",
        SolveExit.NotFinite when Gram is { } gram =>
            $"The solution by the Gram matrix holds NaN or infinity: rank {gram.Rank} of {gram.Rows}, condition {gram.Condition:e1}.",
        SolveExit.NotFinite when Iterations == 0 && !double.IsFinite(RightHandSideNorm) =>
            "The right-hand side holds NaN or infinity; x is zero.",
        SolveExit.NotFinite when Iterations == 0 =>
            "The preconditioned right-hand side or the Gram matrix of the constraint rows holds NaN or infinity; x is zero.",
        SolveExit.NotFinite =>
            $"NaN or infinity appeared in iteration {Iterations}, from the operator, the preconditioner or an x beyond "
            + $"{Precision}; look at what the operator returns there.",
        SolveExit.TimeLimit when Criterion == SolveCriterion.Residual =>
            $"Stopped at the time limit after {Iterations} iterations, ||r|| / ||b|| = {RelativeResidual:e1}.",
        SolveExit.Stopped when Criterion == SolveCriterion.Residual =>
            $"Stopped on request after {Iterations} iterations, ||r|| / ||b|| = {RelativeResidual:e1}.",
        SolveExit.TimeLimit => $"Stopped at the time limit after {Iterations} iterations, backward error {BackwardError:e1}.",
        SolveExit.Stopped => $"Stopped on request after {Iterations} iterations, backward error {BackwardError:e1}.",
        _ => $"The solve has not ended (iteration {Iterations}).",
    };
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
