using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// A Krylov solver for B x = b with memory for systems of one size. All of them start at x = 0, compute on the device of
/// their vectors, and return and say so where they fail numerically.
/// </summary>
/// <typeparam name="T">The number type of the vectors; all scalars are float64.</typeparam>
public abstract class KrylovSolver<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name that tables and the command line use, such as "minres".</summary>
    public abstract string Name { get; }

    /// <summary>The method's name as people write it, such as "MINRES".</summary>
    public abstract string Title { get; }

    /// <summary>What the method requires of B, by Table 1.</summary>
    public abstract KrylovRequirements Requirements { get; }

    /// <summary>The number of unknowns.</summary>
    public abstract int Size { get; }

    /// <summary>Vectors of <see cref="Size"/> numbers that are held from solve to solve.</summary>
    public abstract int WorkVectors { get; }

    /// <summary>Solves B x = b from x = 0.</summary>
    /// <param name="system">B [Size, Size].</param>
    /// <param name="b">The right-hand side [Size].</param>
    /// <param name="x">The solution [Size], overwritten; may be b.</param>
    /// <param name="options">When to stop, or null for the defaults.</param>
    /// <param name="callback">Called after each iteration, or null.</param>
    /// <param name="cancellation">Looked at between iterations: the solve ends there with the x it has.</param>
    /// <exception cref="ArgumentException">
    /// A size differs, or B is not symmetric or has no transpose where the method needs that.
    /// </exception>
    public abstract SolveReport Solve(
        LinearOperator<T> system,
        Tensor<T> b,
        Tensor<T> x,
        KrylovOptions? options = null,
        SolveCallback? callback = null,
        CancellationToken cancellation = default);

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the vectors.</summary>
    protected abstract void Dispose(bool disposing);
}

/// <summary>A row of Table 1: what a method requires of the matrix; null stands for "N/A".</summary>
/// <param name="Squared">Square.</param>
/// <param name="Symmetric">Symmetric.</param>
/// <param name="PositiveDefinite">Positive definite.</param>
/// <param name="FullRank">Of full rank.</param>
public readonly record struct KrylovRequirements(bool Squared, bool? Symmetric, bool? PositiveDefinite, bool FullRank);
