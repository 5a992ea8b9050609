using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>The soft constraint of a method: Eq. 3.</summary>
/// <param name="Function">C; the method disposes of it.</param>
/// <param name="Lambdas">
/// lambda_j, one for each constraint of a sample or one for all, in the inverse square of the outputs' unit times that of
/// the loss.
/// </param>
/// <param name="Form">Sum (as printed) or mean over the active samples and constraints.</param>
public sealed record SoftConstraint<T>(ConstraintFunction<T> Function, IReadOnlyList<double> Lambdas, PenaltyForm Form = PenaltyForm.Sum)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>One lambda for all constraints, as in the paper's experiments.</summary>
    public SoftConstraint(ConstraintFunction<T> function, double lambda, PenaltyForm form = PenaltyForm.Sum)
        : this(function, [lambda], form)
    {
    }

    /// <summary>How the lambdas grow.</summary>
    public LambdaSchedule Schedule { get; init; } = LambdaSchedule.Constant;
}

/// <summary>
/// Methods on the loss of Eq. 3: the gradient of R plus that of the penalty, then an update rule. With lambda = 0 or no
/// constraint the penalty is never evaluated and the run is the unconstrained one bit for bit.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class SoftMethod<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ConstraintFunction<T>? _constraint;
    private readonly ActiveViolation<T>? _violation;
    private readonly SoftPenalty<T>? _penalty;
    private readonly Tensor<T> _penaltyGradient;
    private readonly LambdaSchedule _schedule;
    private readonly StepPiece<T> _differentiate;

    /// <summary>A soft method.</summary>
    /// <param name="risk">R.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="soft">The constraint, or null to train without one.</param>
    protected SoftMethod(Risk<T> risk, Tensor<T> parameters, SoftConstraint<T>? soft)
        : base(risk, parameters, soft?.Function.RowsPerSample ?? 0)
    {
        if (soft is not null) Memory.Own(soft.Function);
        if (soft is not null && soft.Lambdas.All(lambda => lambda == 0)) soft = null;
        _schedule = soft?.Schedule ?? LambdaSchedule.Constant;
        _constraint = soft?.Function;
        var canRecord = risk.CanRecord && (_constraint?.CanRecord ?? true);
        _differentiate = Memory.Own(new StepPiece<T>(Device, "soft.differentiate", canRecord, Differentiate));
        if (soft is null) return;
        _violation = new ActiveViolation<T>(Device, soft.Function, Scalars);
        _penalty = Memory.Own(new SoftPenalty<T>(Device, soft.Function, soft.Lambdas, soft.Form));
        _penaltyGradient = Memory.Zeros(risk.ParameterCount);
        ActiveSamples = soft.Function.Samples;
    }

    /// <inheritdoc/>
    public override int ActiveSamples { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        if (_penalty is not null) _penalty.Factor = _schedule.FactorAt(iteration);
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var violation = _violation?.Medians(iteration) ?? [];
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var stepNorm = Update(iteration, gradientNorm);
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            Penalty = _penalty is null ? 0 : Scalars[StepScalar.Penalty] / 2,
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
        DifferentiateRisk(batch);
        if (_constraint is not null)
        {
            _constraint.MoveTo(Parameters, activeSet);
            _penalty!.Gradient(_penaltyGradient, Scalars.On(StepScalar.Penalty));
            Device.Vectors.Axpy(1, _penaltyGradient, Gradient);
            _violation!.Measure();
        }
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
    }
}
