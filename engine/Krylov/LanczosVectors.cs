using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// The memory of a Lanczos process in its places. Vectors never move; after an iteration they change places, and after
/// <see cref="Period"/> iterations each is back where it was.
/// </summary>
/// <param name="Previous">r_k-1.</param>
/// <param name="Current">r_k.</param>
/// <param name="Product">B z_k, which becomes r_k+1.</param>
/// <param name="Separate">z_k = M^-1 r_k under a general M; absent under a diagonal one, where r is kept as z itself.</param>
internal readonly record struct LanczosVectors<T>(
    Tensor<T> Previous, Tensor<T> Current, Tensor<T> Product, Tensor<T> Separate)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The operator's argument z_k.</summary>
    public Tensor<T> Z => Separate.IsAbsent ? Current : Separate;

    /// <summary>Iterations until every vector is in its place again.</summary>
    public int Period => Separate.IsAbsent ? 3 : 4;

    /// <summary>The places in the next iteration. Under a general M, z_k+1 takes the memory of r_k-1.</summary>
    public LanczosVectors<T> Next()
        => Separate.IsAbsent ? new(Current, Product, Previous, default) : new(Current, Product, Separate, Previous);
}
