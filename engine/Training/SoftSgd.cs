using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Soft-SGD: dw = -u / eta with the gradient u = dR/dw + dP/dw, the step of Eq. 5 without its constraints; or with
/// momentum mu and the velocity u = mu u + dR/dw + dP/dw (Polyak 1964).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SoftSgd<T> : SoftMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _eta;
    private readonly double _momentum;
    private readonly RateSchedule _schedule;
    private readonly Tensor<T> _velocity;
    private readonly Tensor<double> _settings;
    private double _sent = double.NaN;

    /// <summary>Stochastic gradient descent on Eq. 3.</summary>
    /// <param name="risk">R.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="eta">The inverse of the learning rate.</param>
    /// <param name="soft">The constraint, or null to train without one.</param>
    /// <param name="momentum">mu, 0 for none.</param>
    /// <param name="schedule">How the learning rate 1 / eta changes, or null where it does not.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or the momentum is not in [0, 1).</exception>
    public SoftSgd(
        Risk<T> risk, Tensor<T> parameters, double eta, SoftConstraint<T>? soft, double momentum = 0, RateSchedule? schedule = null)
        : base(Checked(risk, eta, momentum), parameters, soft)
    {
        (_eta, _momentum, _schedule) = (eta, momentum, schedule ?? RateSchedule.Constant);
        _settings = Memory.Zeros<double>(new Shape(SgdStep.ScalarCount));
        State = [];
        if (momentum == 0) return;
        _velocity = Memory.Zeros(risk.ParameterCount);
        State = [("sgd.velocity", _velocity)];
    }

    /// <inheritdoc/>
    public override string Name => "soft-sgd";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        var rate = _schedule.FactorAt(iteration) / _eta;
        if (rate == _sent) return;
        _settings.CopyFrom([rate, _momentum]);
        _sent = rate;
    }

    /// <inheritdoc/>
    protected override void Update()
    {
        if (_momentum == 0) Device.Optimizers.Sgd(_settings, Scalars.Watched, Gradient, Parameters);
        else Device.Optimizers.Momentum(_settings, Scalars.Watched, Gradient, _velocity, Parameters, Scalars.On(StepScalar.Step));
    }

    /// <inheritdoc/>
    protected override double StepNorm(long iteration, double gradientNorm)
        => _schedule.FactorAt(iteration) * (_momentum == 0 ? gradientNorm : Math.Sqrt(Scalars[StepScalar.Step])) / _eta;

    /// <summary>The risk, after a look at the numbers before memory is taken.</summary>
    private static Risk<T> Checked(Risk<T> risk, double eta, double momentum)
    {
        Guard.Positive(eta, "eta");
        if (!T.IsFinite(T.CreateTruncating(1 / eta))) throw new ArgumentOutOfRangeException(nameof(eta), eta, $"eta {eta} is too small: 1 / eta must be finite in {risk.Device.Precision}");
        return momentum is >= 0 and < 1
            ? risk
            : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"momentum must be at least 0 and below 1, got {momentum}");
    }
}
