using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Sums of inner products of constraint rows, S = A A^T, in float64 and in a fixed order. Rows stand in the order
/// r = j N + k for constraint j of sample k. S is symmetric: elements below its diagonal may hold anything.
/// </summary>
public interface IGramKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The error of an element of S relative to the lengths of its two rows where products are summed in blocks.</summary>
    static double BlockedAccuracy { get; } = typeof(T) == typeof(float) ? 1e-6 : 1e-15;

    /// <summary>s = 0.</summary>
    void Clear(Tensor<double> s);

    /// <summary>s_rc += a_r . a_c for c >= r.</summary>
    /// <param name="a">Rows [R,P].</param>
    /// <param name="s">[R,R].</param>
    /// <param name="isExact">
    /// Whether every product is summed in float64. If not, a device may sum those of a few hundred elements in T, which is faster
    /// and leaves a relative error of some <see cref="BlockedAccuracy"/> in each element.
    /// </param>
    void AddRows(Tensor<T> a, Tensor<double> s, bool isExact = true);

    /// <summary>
    /// s_rc += (1 + x_k(r) . x_k(c)) (d_r . d_c): the share of a dense layer, whose row of the Jacobian is the outer product
    /// d_r x_k(r)^T with d_r for the bias.
    /// </summary>
    /// <param name="d">Adjoints of the layer's output [J N,out].</param>
    /// <param name="x">The layer's input [N,in].</param>
    /// <param name="s">[J N,J N].</param>
    /// <param name="isExact">As for <see cref="AddRows"/>.</param>
    void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s, bool isExact = true);

    /// <summary>result_r += d_r . y_k(r), summed in float64: a part of A v.</summary>
    /// <param name="d">Adjoints of a layer's output [J N,out].</param>
    /// <param name="y">The derivative of that output by the layer's own direction [N,out].</param>
    /// <param name="result">[J N].</param>
    void AddRowDots(Tensor<T> d, Tensor<T> y, Tensor<T> result);

    /// <summary>y_k = sum_j u_jN+k d_jN+k: the adjoint of a layer's output in A^T u.</summary>
    /// <param name="d">Adjoints of a layer's output [J N,out].</param>
    /// <param name="u">[J N].</param>
    /// <param name="y">[N,out], overwritten.</param>
    void CombineRows(Tensor<T> d, Tensor<T> u, Tensor<T> y);

    /// <summary>J N and N; throws unless the sizes fit.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it.</exception>
    internal static (int Rows, int Samples) CountRows(Tensor<T> d, Tensor<T> y, Tensor<T> numbers)
    {
        var (rows, samples) = (numbers.Count, y.Shape[0]);
        Guard.Equal(d.Shape[0], rows, "adjoints of a layer's output");
        Guard.Equal(d.Count / rows, y.Count / samples, "the outputs of a layer");
        Guard.Equal(rows % samples, 0, "rows beyond whole samples");
        return (rows, samples);
    }
}
