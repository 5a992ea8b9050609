namespace PoseEngine.Kkt;

/// <summary>How a Gram matrix was solved.</summary>
/// <param name="Rows">Rows of S.</param>
/// <param name="Rank">The numerical rank.</param>
/// <param name="ConditionOfS">
/// Largest over smallest kept eigenvalue of S, the square of the condition of A; a lower bound from the pivots where Cholesky
/// served.
/// </param>
/// <param name="Gap">
/// Smallest kept over largest dropped eigenvalue: how clear the cut is; infinity where nothing was dropped.
/// </param>
public readonly record struct GramRank(int Rows, int Rank, double ConditionOfS, double Gap);
