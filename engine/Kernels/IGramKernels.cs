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

    /// <summary>What computes with the shares of all layers.</summary>
    /// <param name="device">Where its memory is taken: this device, or one that stands for it.</param>
    IGramShares<T> CreateShares(ComputeDevice<T> device);
}
