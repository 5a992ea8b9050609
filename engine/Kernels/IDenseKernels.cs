using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Affine transformation of a batch, x [N,in], W [out,in], b [out], y [N,out]:
/// <code>
/// forward  y  = x W^T + 1 b^T
/// R-op     dy = dx W^T + x dW^T + 1 db^T
/// L-op     ux = u W;   uW = u^T x;   ub = u^T 1
/// </code>
/// </summary>
public interface IDenseKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The value y.</summary>
    void Forward(Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y);

    /// <summary>The directional derivative dy; <paramref name="dx"/> is absent where the input does not move.</summary>
    void Rop(Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy);

    /// <summary>The adjoints, overwritten; <paramref name="ux"/> is absent where nobody wants the input's.</summary>
    void Lop(Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias);

    /// <summary>The adjoint of the input alone, ux = u W, for any number of rows.</summary>
    void LopInput(Tensor<T> weight, Tensor<T> u, Tensor<T> ux);
}
