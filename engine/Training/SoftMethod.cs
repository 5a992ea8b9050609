using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>The soft constraint of a method: Eq. 3 with one lambda.</summary>
/// <param name="Constraint">C_j.</param>
/// <param name="Lambda">Weight of the penalty, in the inverse square of the outputs' unit times that of the loss.</param>
/// <param name="Form">Sum (as printed) or mean over the active samples and constraints.</param>
/// <param name="ActiveSamples">Samples of an active set.</param>
public sealed record SoftConstraint<T>(IOutputConstraint<T> Constraint, double Lambda, PenaltyForm Form, int ActiveSamples)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// Methods on the loss of Eq. 3: the gradient of R plus that of the penalty, then an update rule. With lambda = 0 or no
/// constraint the penalty is never evaluated and the run is the unconstrained one bit for bit.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class SoftMethod<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ConstraintEvaluation<T>? _active;
    private readonly SoftPenalty<T>? _penalty;
    private readonly Tensor<T> _penaltyGradient;
    private readonly StepPiece<T> _differentiate;

    /// <summary>A soft method.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="soft">The constraint, or null to train without one.</param>
    protected SoftMethod(Network<T> network, Tensor<T> parameters, int batch, SoftConstraint<T>? soft)
        : base(network, parameters, batch)
    {
        if (soft is not null) Guard.NotNegative(soft.Lambda, "lambda");
        if (soft is { Lambda: 0 }) soft = null;
        var canRecord = soft?.Constraint.CanRecord ?? true;
        _differentiate = new StepPiece<T>(Device, "soft.differentiate", canRecord, Differentiate);
        if (soft is null) return;
        _active = new ConstraintEvaluation<T>(network, soft.Constraint, soft.ActiveSamples);
        _penalty = new SoftPenalty<T>(Device, _active.Function, soft.Lambda, soft.Form);
        _penaltyGradient = Device.Zeros(network.ParameterCount);
        ActiveSamples = soft.ActiveSamples;
    }

    /// <inheritdoc/>
    public override int ActiveSamples { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet)
    {
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var violation = _active?.Medians(iteration) ?? [];
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var stepNorm = Update(iteration, gradientNorm);
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            Penalty = _penalty?.At(Scalars[StepScalar.Constraint]) ?? 0,
            ActiveViolation = violation,
            GradientNorm = gradientNorm,
            StepNorm = double.IsFinite(stepNorm) ? stepNorm : throw new NonFiniteStepException(iteration, "the step"),
            Seconds = 0,
        };
    }

    /// <summary>Moves w along <see cref="TrainingMethod{T}.Gradient"/> and returns the norm of the step.</summary>
    protected abstract double Update(long iteration, double gradientNorm);

    /// <summary>The gradient of Eq. 3 at w, with the numbers that tell whether it may be used.</summary>
    private void Differentiate(Batch<T> batch, Batch<T> activeSet)
    {
        DifferentiateLoss(batch);
        if (_active is not null)
        {
            _active.MoveTo(Parameters, activeSet);
            Device.Vectors.Dot(_active.Function.Value, _active.Function.Value, Scalars.On(StepScalar.Constraint));
            _penalty!.Gradient(_penaltyGradient);
            Device.Vectors.Axpy(1, _penaltyGradient, Gradient);
        }
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
    }
}
