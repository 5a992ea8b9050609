using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// ReLU with ReLU'(0) = 0:
/// <code>
/// forward  y = max(x, 0), open = x &gt; 0     (NaN stays NaN and is closed)
/// R-op     dy = open ? dx : 0
/// L-op     ux = open ? u : 0
/// </code>
/// </summary>
public interface IReluKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The value y and the gates (1 open, 0 closed).</summary>
    void Forward(Tensor<T> x, Tensor<T> y, Tensor<byte> open);

    /// <summary>Passes <paramref name="x"/> through the stored gates: R-op and L-op are the same map.</summary>
    void Gate(Tensor<byte> open, Tensor<T> x, Tensor<T> y);
}
