using System.Diagnostics.CodeAnalysis;
using PoseEngine.Kernels;
using PoseEngine.Krylov;

namespace PoseEngine.Kkt;

/// <summary>What a solve of a KKT system observed.</summary>
public sealed record KktReport : SolveReport
{
    /// <summary>An empty report.</summary>
    public KktReport()
    {
    }

    /// <summary>The report of a Krylov solver.</summary>
    /// <param name="solve">What it observed.</param>
    [SetsRequiredMembers]
    public KktReport(SolveReport solve)
        : base(solve)
    {
    }

    /// <summary>
    /// The report of a Krylov solver on a damped system, or on one with d = 0. A damped system has a solution: where the solver
    /// says that there is none, the damping was too small for it.
    /// </summary>
    internal static KktReport Of(SolveReport solve, double damping) => new(solve)
    {
        Exit = damping > 0 && solve.Exit is (SolveExit.LeastSquares or SolveExit.LeastSquaresToPrecision) ? SolveExit.DampingTooSmall : solve.Exit,
        Damping = damping,
    };

    /// <summary>The report of a solve that failed before its first step, with x = 0.</summary>
    internal static KktReport WithoutSolution(
        string solver, string precision, SolveExit exit, double norm, double relativeTolerance, double leastSquaresTolerance) => new()
        {
            Exit = exit,
            Solver = solver,
            Iterations = 0,
            Precision = precision,
            ResidualNorm = norm,
            NormalResidualNorm = double.NaN,
            SolutionNorm = 0,
            OperatorNorm = double.NaN,
            Condition = double.NaN,
            BackwardError = double.NaN,
            RightHandSideNorm = norm,
            RelativeTolerance = relativeTolerance,
            LeastSquaresTolerance = leastSquaresTolerance,
        };

    /// <summary>d of the second block, 0 for the system as printed.</summary>
    public double Damping { get; init; }

    /// <summary>Rank and condition of the Gram matrix, with eta d on its diagonal, where it took part in the solve.</summary>
    public GramRank? Gram { get; init; }

    /// <summary>
    /// ||b2 - P b2||, the part of the constraints' right-hand side that no step can meet, where the Gram matrix gave the
    /// projector P onto the range of A: the certificate that they contradict each other.
    /// </summary>
    public double? RemovedNorm { get; init; }

    /// <inheritdoc/>
    public override string Explanation => base.Explanation + GramSentence + (Damping > 0 ? $" Damped by d = {Damping:e1}." : "");

    private string GramSentence => Gram is not { } gram ? ""
        : $" Gram matrix: rank {gram.Rank} of {gram.Rows}, condition {gram.ConditionOfS:e1}, gap {gram.Gap:e1}"
            + (IsInconsistent ? $"; {RemovedNorm:e2} of the constraints cannot be met." : ".");
}
