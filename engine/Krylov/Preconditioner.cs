using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// A symmetric positive definite M close to the operator in spectrum. It changes the norms: a preconditioned solve
/// minimises ||r|| in the norm of M^-1 and, among those solutions, ||x|| in the norm of M. On a singular system that is
/// another answer, unless M commutes with the projector onto the null space, as diag(a I, c I) does for KKT systems.
/// </summary>
public abstract class Preconditioner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>M = I.</summary>
    public static DiagonalPreconditioner<T> None { get; } = new(DiagonalWeights<T>.Identity);

    /// <summary>M = diag(m) for a vector m, which is read in every pass and must not change during a solve.</summary>
    public static DiagonalPreconditioner<T> Diagonal(Tensor<T> m) => new(new DiagonalWeights<T>(m));

    /// <summary>
    /// M = diag(a I_n, c I), the choice for [eta I, A^T; A, 0] with a = eta and c = trace(A A^T) / (rank eta): same
    /// min-length solution, but both blocks of it are resolved equally well.
    /// </summary>
    /// <param name="n">Length of the first block.</param>
    /// <param name="a">Weight of the first block.</param>
    /// <param name="c">Weight of the rest.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is negative, or a weight is not finite and positive.</exception>
    public static DiagonalPreconditioner<T> TwoBlocks(int n, double a, double c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        Guard.Positive(a, "the preconditioner's first weight");
        Guard.Positive(c, "the preconditioner's second weight");
        return new DiagonalPreconditioner<T>(new DiagonalWeights<T>(n, a, c));
    }
}

/// <summary>A diagonal M, which the vector passes apply on the fly: no call and no vector more than without.</summary>
public sealed class DiagonalPreconditioner<T> : Preconditioner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal DiagonalPreconditioner(DiagonalWeights<T> weights) => Weights = weights;

    /// <summary>The diagonal.</summary>
    public DiagonalWeights<T> Weights { get; }
}

/// <summary>Any other M, which costs a call an iteration and one vector.</summary>
public abstract class GeneralPreconditioner<T> : Preconditioner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Whether <see cref="Solve"/> may be recorded and replayed: it gives work to the device, reads nothing on the host,
    /// and uses the same memory of its own in every call. False unless said.
    /// </summary>
    public virtual bool CanRecord => false;

    /// <summary>z = M^-1 r for vectors that do not overlap; linear and the same in every call of one solve.</summary>
    public abstract void Solve(Tensor<T> r, Tensor<T> z);
}
