using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The KKT system of Eq. 5, projected gradient descent: H = eta I. Its product is Algorithm 1,
/// (eta v1 + Lop(C, v2), Rop(C, v1)).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ProjectedGradientSystem<T> : KktSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The system of a constraint function at its current point.</summary>
    /// <param name="device">Where it is applied.</param>
    /// <param name="constraint">C with N_C rows over N_P parameters.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public ProjectedGradientSystem(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double eta)
        : base(device, constraint)
    {
        Guard.Positive(eta, "eta");
        Weight = eta;
    }

    /// <inheritdoc/>
    public override double Weight { get; }

    /// <inheritdoc/>
    protected override void AddMetric(Tensor<T> v1, Tensor<T> a) => Device.Vectors.Axpy(Weight, v1, a);
}
