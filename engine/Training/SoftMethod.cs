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
/// constraint the penalty is never evaluated and the run is the unconstrained one bit for bit. A step is one recording, which
/// moves w only where its numbers are finite, and the host waits once, behind it.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class SoftMethod<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ActiveViolation<T>? _violation;
    private readonly SoftPenalty<T>? _penalty;
    private readonly Tensor<T> _penaltyGradient;
    private readonly LambdaSchedule _schedule;
    private readonly StepPiece<T> _step;

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
        Constraint = soft?.Function;
        var canRecord = risk.CanRecord && (Constraint?.CanRecord ?? true);
        _step = Memory.Own(new StepPiece<T>(Device, "soft.step", canRecord, Advance));
        if (soft is null) return;
        _violation = new ActiveViolation<T>(Device, soft.Function, Scalars);
        _penalty = Memory.Own(new SoftPenalty<T>(Device, soft.Function, soft.Lambdas, soft.Form));
        _penaltyGradient = Memory.Zeros(risk.ParameterCount);
        ActiveSamples = soft.Function.Samples;
    }

    /// <inheritdoc/>
    public override int ActiveSamples { get; }

    /// <summary>C, where the step evaluates it.</summary>
    private protected ConstraintFunction<T>? Constraint { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        if (_penalty is not null) _penalty.Factor = _schedule.FactorAt(iteration);
        Prepare(iteration);
        _step.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var violation = _violation?.Medians(iteration) ?? [];
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            Penalty = Finite(iteration, Scalars[StepScalar.Penalty] / 2, "the penalty"),
            ActiveViolation = violation,
            GradientNorm = gradientNorm,
            StepNorm = Finite(iteration, StepNorm(iteration, gradientNorm), "the step"),
            Seconds = 0,
        };
    }

    /// <summary>What the host does before the device begins: sends the numbers of this step.</summary>
    protected abstract void Prepare(long iteration);

    /// <summary>
    /// Moves w along <see cref="TrainingMethod{T}.Gradient"/>, and the method's state, where all that <see cref="StepScalars.Watched"/>
    /// names is finite; part of a recording.
    /// </summary>
    protected abstract void Update();

    /// <summary>The norm of the step, from the numbers that were read behind it.</summary>
    protected virtual double StepNorm(long iteration, double gradientNorm) => Math.Sqrt(Scalars[StepScalar.Step]);

    /// <summary>Writes the weights of the penalty where a method finds them itself (<see cref="SoftPenalty{T}.Weights"/>); part of a recording.</summary>
    private protected virtual void Weigh(Tensor<T> weights)
    {
    }

    private static double Finite(long iteration, double number, string quantity)
        => double.IsFinite(number) ? number : throw new NonFiniteStepException(iteration, quantity);

    /// <summary>The gradient of Eq. 3 at w, the numbers that tell whether it may be used, and the update.</summary>
    private void Advance(Batch<T> batch, Batch<T> activeSet)
    {
        DifferentiateRisk(batch);
        if (Constraint is not null)
        {
            Constraint.MoveTo(Parameters, activeSet);
            _violation!.Measure();
            Weigh(_penalty!.Weights);
            _penalty.Gradient(_penaltyGradient, Scalars.On(StepScalar.Penalty));
            Device.Vectors.Axpy(1, _penaltyGradient, Gradient);
        }
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
        Update();
    }
}
