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

    /// <summary>A soft method.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="soft">The constraint, or null to train without one.</param>
    protected SoftMethod(Network<T> network, Tensor<T> parameters, int batch, SoftConstraint<T>? soft)
        : base(network, parameters, batch)
    {
        if (soft is null) return;
        Guard.NotNegative(soft.Lambda, "lambda");
        if (soft.Lambda == 0) return;
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
        var loss = EvaluateLoss(iteration, batch);
        IReadOnlyList<double> violation = [];
        if (_active is not null)
        {
            violation = _active.MoveTo(iteration, Parameters, activeSet);
            _penalty!.Gradient(_penaltyGradient);
            Device.Vectors.Axpy(1, _penaltyGradient, Gradient);
        }
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            Penalty = _penalty?.Value ?? 0,
            ActiveViolation = violation,
            GradientNorm = FiniteNorm(iteration, Gradient, "the gradient"),
            StepNorm = FiniteStep(iteration),
            Seconds = 0,
        };
    }

    private double FiniteStep(long iteration)
    {
        var norm = Update(iteration);
        return double.IsFinite(norm) ? norm : throw new NonFiniteStepException(iteration, "the step");
    }

    /// <summary>Moves w along <see cref="TrainingMethod{T}.Gradient"/> and returns the norm of the step.</summary>
    protected abstract double Update(long iteration);
}
