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
    private readonly IRecording? _move;
    private double _rate;

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
        State = [];
        if (momentum == 0) return;
        _velocity = Memory.Zeros(risk.ParameterCount);
        // A recording would keep the rate of the step in which it was made.
        _move = _schedule == RateSchedule.Constant ? Memory.Own(Device.Record("soft-sgd.move", Move)) : new DirectRecording(Move);
        State = [("sgd.velocity", _velocity)];
    }

    /// <inheritdoc/>
    public override string Name => "soft-sgd";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override double Update(long iteration, double gradientNorm)
    {
        var factor = _schedule.FactorAt(iteration);
        _rate = factor / _eta;
        if (_move is null)
        {
            Device.Vectors.Axpy(-_rate, Gradient, Parameters);
            return factor * gradientNorm / _eta;
        }
        _move.Run();
        Scalars.Read();
        return factor * Math.Sqrt(Scalars[StepScalar.Step]) / _eta;
    }

    /// <summary>The risk, after a look at the numbers before memory is taken.</summary>
    private static Risk<T> Checked(Risk<T> risk, double eta, double momentum)
    {
        Guard.Positive(eta, "eta");
        if (!T.IsFinite(T.CreateTruncating(1 / eta))) throw new ArgumentOutOfRangeException(nameof(eta), eta, $"eta {eta} is too small: 1 / eta must be finite in {risk.Device.Precision}");
        return momentum is >= 0 and < 1
            ? risk
            : throw new ArgumentOutOfRangeException(nameof(momentum), momentum, $"momentum must be at least 0 and below 1, got {momentum}");
    }

    private void Move()
    {
        var vectors = Device.Vectors;
        vectors.Combine(1, Gradient, _momentum, _velocity, _velocity);
        vectors.Axpy(-_rate, _velocity, Parameters);
        vectors.Dot(_velocity, _velocity, Scalars.On(StepScalar.Step));
    }
}
