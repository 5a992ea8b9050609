using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// What one layer adds to the constraint rows A = dC/dw, in the order r = j N + k: formed rows, or for an affine layer
/// y = x W^T + b the adjoints d of its output and its input x, whose rows d_r x_k(r)^T, and d_r for b, are never formed.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Offset">Where the layer's parameters begin in w.</param>
/// <param name="Rows">Rows [J N,P] of all parameters of the layer, or adjoints [J N,out].</param>
/// <param name="Input">x [N,in]; absent where rows are formed.</param>
public readonly record struct GramShare<T>(int Offset, Tensor<T> Rows, Tensor<T> Input)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether the rows are there.</summary>
    public bool IsFormed => Input.IsAbsent;
}

/// <summary>
/// Sums and products with the shares of all layers, which cost half of an R-op or L-op from the linearization, since no
/// direction or adjoint goes through the layers any more:
/// <code>
/// A v      the sum of a_r . v over formed rows, and of d_r . (x_k V^T + v_b) for the rows r of sample k
/// A^T u    u^T times the formed rows, and W: y^T x, b: the sum of y, with y_k = sum_j u_jN+k d_jN+k
/// </code>
/// The shares' tensors must keep their places and values as long as they are computed with.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public interface IGramShares<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether <see cref="AddTo"/> for all shares is better than each layer's sum at once when its share is there.</summary>
    bool SumsAtOnce { get; }

    /// <summary>Takes the shares of J N rows on N samples. In a recording only those of the call before it.</summary>
    /// <exception cref="ArgumentException">A share has not a multiple of J N or N elements, or its input does not fit its adjoints.</exception>
    void Set(IReadOnlyList<GramShare<T>> shares, int rows, int samples);

    /// <summary>s_rc += a_r . a_c for c >= r.</summary>
    /// <param name="s">[J N,J N].</param>
    /// <param name="isExact">As for <see cref="IGramKernels{T}.AddRows"/>.</param>
    void AddTo(Tensor<double> s, bool isExact);

    /// <summary>A v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[J N], overwritten.</param>
    void Rop(Tensor<T> v, Tensor<T> result);

    /// <summary>A^T u; parameters of no share keep what they have.</summary>
    /// <param name="u">[J N].</param>
    /// <param name="result">[N_P], overwritten.</param>
    void Lop(Tensor<T> u, Tensor<T> result);

    /// <summary>Throws unless the sizes of a share fit.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal static void Check(GramShare<T> share, int rows, int samples)
    {
        Guard.Equal(rows % samples, 0, "rows beyond whole samples");
        Guard.Equal(share.Rows.Count % rows, 0, "numbers beyond whole constraint rows");
        if (!share.IsFormed) Guard.Equal(share.Input.Count % samples, 0, "numbers beyond whole inputs of an affine layer");
    }
}
