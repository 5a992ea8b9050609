using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Rate and decays of Adam; the defaults are those of Kingma and Ba 2015 and of the paper.</summary>
public sealed record AdamOptions(double Rate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8)
{
    /// <summary>How the rate changes from iteration to iteration.</summary>
    public RateSchedule Schedule { get; init; } = RateSchedule.Constant;

    /// <summary>Looks at the ranges of the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rate or epsilon is not above 0, or a decay is not in [0, 1).</exception>
    internal void Check()
    {
        Guard.Positive(Rate, "the learning rate");
        Guard.Positive(Epsilon, "epsilon of Adam");
        ArgumentOutOfRangeException.ThrowIfNegative(Beta1);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Beta1, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(Beta2);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Beta2, 1);
    }
}

/// <summary>Soft-Adam: Adam on the loss of Eq. 3. Without a constraint it trains the unconstrained model.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SoftAdam<T> : SoftMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AdamUpdate<T> _adam;

    /// <summary>Adam on Eq. 3, or on R alone where <paramref name="soft"/> is null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A rate or epsilon is not above 0, or a decay is not in [0, 1).</exception>
    public SoftAdam(Risk<T> risk, Tensor<T> parameters, AdamOptions options, SoftConstraint<T>? soft)
        : base(Checked(risk, options), parameters, soft)
    {
        Name = soft is null ? "unconstrained" : "soft-adam";
        _adam = Memory.Own(new AdamUpdate<T>(Device, options, parameters, Gradient, Scalars));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State => _adam.State;

    /// <inheritdoc/>
    protected override void Prepare(long iteration) => _adam.Prepare(iteration);

    /// <inheritdoc/>
    protected override void Update() => _adam.Move();

    private static Risk<T> Checked(Risk<T> risk, AdamOptions options)
    {
        options.Check();
        return risk;
    }
}
