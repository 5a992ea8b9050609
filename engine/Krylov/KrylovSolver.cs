using System.Numerics;
using PoseEngine.Kernels;
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
    /// <summary>What ends a solve unless said.</summary>
    private protected static readonly KrylovOptions Defaults = new();

    /// <summary>A solver for systems of one size.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is less than 1.</exception>
    protected KrylovSolver(ComputeDevice<T> device, int size)
    {
        Guard.Positive(size, $"{GetType().Name}: the size of the system");
        (Device, Size) = (device, size);
    }

    /// <summary>The name that tables and the command line use, such as "minres".</summary>
    public abstract string Name { get; }

    /// <summary>The method's name as people write it, such as "MINRES".</summary>
    public abstract string Title { get; }

    /// <summary>What the method requires of B, by Table 1.</summary>
    public abstract KrylovRequirements Requirements { get; }

    /// <summary>The number of unknowns.</summary>
    public int Size { get; }

    /// <summary>Vectors of <see cref="Size"/> numbers that are held from solve to solve.</summary>
    public abstract int WorkVectors { get; }

    /// <summary>Where the vectors are.</summary>
    protected ComputeDevice<T> Device { get; }

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

    /// <summary>Refuses what <see cref="Solve"/> cannot take.</summary>
    /// <param name="system">B.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="x">The solution.</param>
    /// <exception cref="ArgumentException">A size differs, or B is not symmetric where the method requires that.</exception>
    protected void Check(LinearOperator<T> system, Tensor<T> b, Tensor<T> x)
    {
        Guard.Equal(system.Size, Size, $"{Name}: the operator");
        Guard.Equal(b.Count, Size, $"{Name}: the right-hand side");
        Guard.Equal(x.Count, Size, $"{Name}: the solution");
        if (Requirements.Symmetric == true && !system.IsSymmetric)
        {
            throw new ArgumentException($"{Name} expects a symmetric operator", nameof(system));
        }
    }
}

/// <summary>A row of Table 1: what a method requires of the matrix; null stands for "N/A".</summary>
/// <param name="Squared">Square.</param>
/// <param name="Symmetric">Symmetric.</param>
/// <param name="PositiveDefinite">Positive definite.</param>
/// <param name="FullRank">Of full rank.</param>
public readonly record struct KrylovRequirements(bool Squared, bool? Symmetric, bool? PositiveDefinite, bool FullRank);
