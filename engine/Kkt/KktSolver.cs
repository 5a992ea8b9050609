using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;

namespace PoseEngine.Kkt;

/// <summary>How a KKT system of Eq. 5 is solved; the answer is the same.</summary>
public enum KktSolver
{
    /// <summary>By the Gram matrix up to <see cref="KktSolvers.AutoRows"/> constraint rows, else by LSQR.</summary>
    Auto,

    /// <summary>By the Gram matrix of the constraint rows, see <see cref="GramSolver{T}"/>.</summary>
    Gram,

    /// <summary>By LSQR on the constraints' rows, without the Gram matrix, see <see cref="LsqrSolver{T}"/>.</summary>
    Lsqr,

    /// <summary>By MINRES-QLP on the whole system, as in the paper.</summary>
    MinresQlp,

    /// <summary>
    /// By MINRES-QLP with what the Gram matrix knows: contradictions taken out of the right-hand side, the scale of the
    /// multipliers, and refinement. See <see cref="ProjectedMinresQlp{T}"/>.
    /// </summary>
    ProjectedMinresQlp,

    /// <summary>
    /// By MINRES-QLP with the Gram matrix as preconditioner, see <see cref="GramPreconditioner{T}"/>: a few iterations, and
    /// the answer rests on products with A alone.
    /// </summary>
    PreconditionedMinresQlp,
}

/// <summary>The choice between the solvers.</summary>
public static class KktSolvers
{
    /// <summary>Rows up to which <see cref="KktSolver.Auto"/> takes the Gram matrix: factoring it is cheap beside the passes.</summary>
    public const int AutoGramRows = 1024;

    /// <summary>
    /// The same on a device that factors S itself: 2,048 rows of the paper's network take 20 GFLOP of float32 for S and 3 of float64
    /// for its factor, an estimated 2 ms on an H200, about as much as the products of LSQR.
    /// </summary>
    public const int AutoGramRowsOnDevice = 2048;

    /// <summary>Rows of a Gram matrix at the most: 512 MB in float64, and minutes for its eigenvectors.</summary>
    public const int MostGramRows = 8192;

    /// <summary>
    /// Bytes of host memory that a Gram matrix of so many rows takes at the most: as it comes, in order, a Cholesky factor
    /// that was given up, and for the eigenvectors a copy, its reflections (half a square) and the vectors.
    /// </summary>
    public static long GramHostBytes(int rows) => ((9L * rows * rows / 2) + Cholesky.MemoryLength(rows)) * sizeof(double);

    /// <summary>Rows of a constraint up to which <see cref="KktSolver.Auto"/> takes the Gram matrix: more where S stays on the device.</summary>
    public static int AutoRows<T>(ComputeDevice<T> device, DifferentiableFunction<T> constraint)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => DeviceDual<T>.Holds(device, constraint) ? AutoGramRowsOnDevice : AutoGramRows;

    /// <summary>
    /// The solver for a constraint function on a device: LSQR in the place of <see cref="KktSolver.Auto"/> where it has no Gram rows.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A Gram matrix is wanted for too many rows.</exception>
    public static KktSolver For<T>(this KktSolver solver, ComputeDevice<T> device, DifferentiableFunction<T> constraint)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => solver == KktSolver.Auto && constraint is not IGramRows ? KktSolver.Lsqr : solver.For(constraint.RowCount, AutoRows(device, constraint));

    /// <summary>The solver for a system of so many constraint rows, never <see cref="KktSolver.Auto"/>.</summary>
    /// <param name="solver">What is asked for.</param>
    /// <param name="rows">The constraint rows.</param>
    /// <param name="autoRows">Those up to which auto takes the Gram matrix.</param>
    /// <exception cref="ArgumentOutOfRangeException">A Gram matrix is wanted for too many rows.</exception>
    public static KktSolver For(this KktSolver solver, int rows, int autoRows = AutoGramRows)
    {
        if (solver == KktSolver.Auto) return rows <= autoRows ? KktSolver.Gram : KktSolver.Lsqr;
        if (solver is KktSolver.Lsqr or KktSolver.MinresQlp || rows <= MostGramRows) return solver;
        throw new ArgumentOutOfRangeException(
            nameof(rows), rows,
            $"a Gram matrix has at most {MostGramRows} constraint rows, got {rows}; take a smaller active set, or LSQR without it");
    }
}
