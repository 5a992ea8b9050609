using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Eq. 15 on outputs y [N, 3 joints]; constraint j names four joints (a,b,c,d) = joint(j,1..4):
/// <code>
/// C[k,j]   = ||y_a - y_b|| - ||y_c - y_d||
/// R-op     dC[k,j] = e_ab.(dy_a - dy_b) - e_cd.(dy_c - dy_d),   e_ab = (y_a - y_b)/||y_a - y_b||
/// L-op     uy_a += u e_ab;  uy_b -= u e_ab;  uy_c -= u e_cd;  uy_d += u e_cd
/// </code>
/// The gradient of a norm at 0 is 0.
/// </summary>
public interface ILimbSymmetryKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The violations c [N,J] of outputs y [N,3 joints] for joint table [J,4].</summary>
    void Forward(Tensor<int> joints, Tensor<T> y, Tensor<T> c);

    /// <summary>The directional derivative dc at y in direction dy.</summary>
    void Rop(Tensor<int> joints, Tensor<T> y, Tensor<T> dy, Tensor<T> dc);

    /// <summary>The adjoint uy of the outputs, overwritten, at y for weights u [N,J].</summary>
    void Lop(Tensor<int> joints, Tensor<T> y, Tensor<T> u, Tensor<T> uy);
}
