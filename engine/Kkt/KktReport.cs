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

    /// <summary>Rank and condition of the Gram matrix where it took part in the solve.</summary>
    public GramRank? Gram { get; init; }

    /// <summary>
    /// ||b2 - P b2||, the part of the constraints' right-hand side that no step can meet, where the Gram matrix gave the
    /// projector P onto the range of A: the certificate that they contradict each other.
    /// </summary>
    public double? RemovedNorm { get; init; }

    /// <inheritdoc/>
    public override string Explanation => base.Explanation + GramSentence;

    private string GramSentence => Gram is not { } gram ? ""
        : $" Gram matrix: rank {gram.Rank} of {gram.Rows}, condition {gram.ConditionOfS:e1}, gap {gram.Gap:e1}"
            + (IsInconsistent ? $"; {RemovedNorm:e2} of the constraints cannot be met." : ".");
}
