using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Soft-SGD: dw = -(dR/dw + dP/dw) / eta, the step of Eq. 5 without its constraints.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SoftSgd<T> : SoftMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _eta;

    /// <summary>Plain stochastic gradient descent on Eq. 3.</summary>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public SoftSgd(Network<T> network, Tensor<T> parameters, int batch, double eta, SoftConstraint<T>? soft)
        : base(network, parameters, batch, soft)
    {
        Guard.Positive(eta, "eta");
        if (!T.IsFinite(T.CreateTruncating(1 / eta))) throw new ArgumentOutOfRangeException(nameof(eta), eta, $"eta {eta} is too small: 1 / eta must be finite in {Device.Precision}");
        _eta = eta;
    }

    /// <inheritdoc/>
    public override string Name => "soft-sgd";

    /// <inheritdoc/>
    protected override double Update(long iteration, double gradientNorm)
    {
        Device.Vectors.Axpy(-1 / _eta, Gradient, Parameters);
        return gradientNorm / _eta;
    }
}
