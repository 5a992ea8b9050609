using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Affine transformation of a batch with ReLU behind it as one operator, x [N,in], W [out,in], b [out], y [N,out], with the
/// gates open [N,out], one byte each (1 open, 0 closed) and ReLU'(0) = 0:
/// <code>
/// forward  z  = x W^T + 1 b^T;   y = max(z, 0), open = z &gt; 0     (NaN stays NaN and is closed)
/// R-op     dy = [open] (dx W^T + x dW^T + 1 db^T)
/// L-op     u  = [open] u;   ux = u W;   uW = u^T x;   ub = u^T 1
/// </code>
/// Results are the bits that <see cref="IDenseKernels{T}"/> and <see cref="IReluKernels{T}"/> of the same device give one
/// after the other. A size that does not fit is an <see cref="ArgumentException"/> that names it.
/// </summary>
public interface IDenseReluKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The value y and the gates.</summary>
    void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y, Tensor<byte> open);

    /// <summary>The directional derivative dy; <paramref name="dx"/> is absent where the input does not move.</summary>
    void Rop(
        Tensor<T> x, Tensor<T> weight, Tensor<byte> open, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy);

    /// <summary>
    /// The adjoints, overwritten; <paramref name="ux"/> is absent where nobody wants the input's. The adjoint
    /// <paramref name="u"/> of the output becomes that of z: it is 0 at closed gates afterwards.
    /// </summary>
    void Lop(Tensor<T> x, Tensor<T> weight, Tensor<byte> open, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias);

    /// <summary>Turns a stack of J adjoints of the output [J N,out] into those of z: 0 at closed gates.</summary>
    void Gate(Tensor<byte> open, Tensor<T> u);
}
