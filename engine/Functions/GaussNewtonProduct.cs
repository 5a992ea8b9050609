using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// The Gauss-Newton product J^T J v of Algorithm 2, an R-op followed by an L-op; J is never formed.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class GaussNewtonProduct<T>(ComputeDevice<T> device, DifferentiableFunction<T> residual)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _jv = device.Zeros(residual.RowCount);

    /// <summary>result = J^T J v.</summary>
    /// <param name="v">Direction [N_P].</param>
    /// <param name="result">[N_P], overwritten; must not be v.</param>
    public void Apply(Tensor<T> v, Tensor<T> result)
    {
        residual.Rop(v, _jv);
        residual.Lop(_jv, result);
    }
}
