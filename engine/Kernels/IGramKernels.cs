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
    /// <summary>s = 0.</summary>
    void Clear(Tensor<double> s);

    /// <summary>s_rc += a_r . a_c for c >= r.</summary>
    /// <param name="a">Rows [R,P].</param>
    /// <param name="s">[R,R].</param>
    void AddRows(Tensor<T> a, Tensor<double> s);

    /// <summary>
    /// s_rc += (1 + x_k(r) . x_k(c)) (d_r . d_c): the share of a dense layer, whose row of the Jacobian is the outer product
    /// d_r x_k(r)^T with d_r for the bias.
    /// </summary>
    /// <param name="d">Adjoints of the layer's output [J N,out].</param>
    /// <param name="x">The layer's input [N,in].</param>
    /// <param name="s">[J N,J N].</param>
    void AddDense(Tensor<T> d, Tensor<T> x, Tensor<double> s);
}
