using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// A diagonal matrix M as fused vector passes read it: m_i = <see cref="First"/> for i &lt; <see cref="Split"/> and
/// <see cref="Second"/> from there on, or the elements of <see cref="Diagonal"/> where that is given.
/// </summary>
public readonly record struct DiagonalWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The identity.</summary>
    public static DiagonalWeights<T> Identity => new(0, 1, 1);

    /// <summary>M = diag(first I_split, second I).</summary>
    public DiagonalWeights(int split, double first, double second)
    {
        Split = split;
        First = first;
        Second = second;
    }

    /// <summary>M = diag(diagonal).</summary>
    public DiagonalWeights(Tensor<T> diagonal) => Diagonal = diagonal;

    /// <summary>The diagonal, or absent.</summary>
    public Tensor<T> Diagonal { get; }

    /// <summary>Length of the first block.</summary>
    public int Split { get; }

    /// <summary>m_i of the first block.</summary>
    public double First { get; }

    /// <summary>m_i of the second block.</summary>
    public double Second { get; }
}
