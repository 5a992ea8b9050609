using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of <see cref="Lagrangian{T}"/>.</summary>
/// <param name="Tolerances">tau_j in the unit of C_j: one for each constraint of a sample, or one for all.</param>
public sealed record LagrangianOptions(params IReadOnlyList<double> Tolerances)
{
    /// <summary>Adam of the parameters.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>nuPI of the multipliers.</summary>
    public DualOptions Dual { get; init; } = new();
}

/// <summary>
/// The first-order rival of hard steps: min R(w) subject to mean_k C_jk(w)^2 &lt;= tau_j^2, one multiplier lambda_j &gt;= 0 for each
/// constraint j. w descends on R + sum_j lambda_j mean_k C_jk^2 by Adam, while lambda_j follows mean_k C_jk^2 - tau_j^2 by nuPI
/// (<see cref="DualOptions"/>), both from the same w; the mean over an active set stands for that over all samples. It is Eq. 3
/// in its mean form with weights that find themselves.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Lagrangian<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LagrangianOptions _options;
    private readonly ConstraintFunction<T> _constraint;
    private readonly ActiveViolation<T> _violation;
    private readonly SoftPenalty<T> _penalty;
    private readonly Tensor<T> _penaltyGradient;
    private readonly StepPiece<T> _differentiate;
    private readonly AdamUpdate<T> _adam;
    private readonly Tensor<T> _multipliers;
    private readonly Tensor<T> _errors;
    private readonly Tensor<double> _squares;
    private readonly double[] _squaredTolerances;

    /// <summary>A method with multipliers of 0.</summary>
    /// <param name="risk">R; the method disposes of it.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">Tolerances, Adam and nuPI.</param>
    /// <exception cref="ArgumentException">The tolerances are not one, nor one for each constraint of a sample.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A tolerance is not above 0, or a number of Adam or nuPI is out of its range.</exception>
    public Lagrangian(Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, LagrangianOptions options)
        : base(Checked(risk, constraint, options), parameters, constraint.RowsPerSample)
    {
        (_options, _constraint) = (options, Memory.Own(constraint));
        var rows = constraint.RowsPerSample;
        _squaredTolerances = [.. Enumerable.Range(0, rows).Select(j => Math.Pow(options.Tolerances[j % options.Tolerances.Count], 2))];
        _violation = new ActiveViolation<T>(Device, constraint, Scalars);
        _penalty = Memory.Own(new SoftPenalty<T>(Device, constraint, new double[rows], PenaltyForm.Sum));
        _penaltyGradient = Memory.Zeros(risk.ParameterCount);
        _differentiate = Memory.Own(new StepPiece<T>(Device, "lagrangian.differentiate", risk.CanRecord && constraint.CanRecord, Differentiate));
        _adam = Memory.Own(new AdamUpdate<T>(Device, Name, options.Adam, parameters, Gradient, Scalars));
        _squares = Memory.Zeros<double>(new Shape(rows));
        (_multipliers, _errors) = (Memory.Zeros(rows), Memory.Zeros(rows));
        State = [.. _adam.State, ("multipliers", _multipliers), ("errors", _errors)];
    }

    /// <inheritdoc/>
    public override string Name => "lagrangian";

    /// <inheritdoc/>
    public override int ActiveSamples => _constraint.Samples;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>lambda_j, which the next step is made with. It copies them to the host.</summary>
    public double[] Multipliers() => Array.ConvertAll(_multipliers.ToArray(), double.CreateTruncating);

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        var multipliers = Multipliers();
        _penalty.Weigh(Array.ConvertAll(multipliers, lambda => lambda / ActiveSamples));
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var violation = _violation.Medians(iteration);
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var stepNorm = _adam.Step(iteration);
        Ascend(iteration, multipliers);
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            Penalty = Scalars[StepScalar.Penalty] / 2,
            ActiveViolation = violation,
            GradientNorm = gradientNorm,
            StepNorm = double.IsFinite(stepNorm) ? stepNorm : throw new NonFiniteStepException(iteration, "the step"),
            MultiplierNorm = Math.Sqrt(multipliers.Sum(lambda => lambda * lambda)),
            Seconds = 0,
        };
    }

    /// <summary>The risk, after a look at everything before memory is taken.</summary>
    private static Risk<T> Checked(Risk<T> risk, ConstraintFunction<T> constraint, LagrangianOptions options)
    {
        Guard.Equal(constraint.ParameterCount, risk.ParameterCount, "the parameters of the constraint");
        foreach (var tolerance in options.Tolerances) Guard.Positive(tolerance, "tau");
        if (options.Tolerances.Count != 1 && options.Tolerances.Count != constraint.RowsPerSample)
        {
            throw new ArgumentException($"{options.Tolerances.Count} tolerances tau and {constraint.RowsPerSample} constraints of a sample; give one for all, or one for each", nameof(options));
        }
        options.Adam.Check();
        options.Dual.Check();
        return risk;
    }

    /// <summary>The gradient of the Lagrangian at w, with the numbers that tell whether it may be used; part of a recording.</summary>
    private void Differentiate(Batch<T> batch, Batch<T> activeSet)
    {
        DifferentiateRisk(batch);
        _constraint.MoveTo(Parameters, activeSet);
        _penalty.Gradient(_penaltyGradient, Scalars.On(StepScalar.Penalty));
        Device.Vectors.Axpy(1, _penaltyGradient, Gradient);
        _violation.Measure();
        Device.Violations.MeanSquares(_constraint.Value, _squares);
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
    }

    /// <summary>The multipliers of the next step, from the constraints before this one.</summary>
    private void Ascend(long iteration, double[] multipliers)
    {
        var (squares, averages) = (_squares.ToArray(), _errors.ToArray());
        var next = new T[multipliers.Length];
        for (var j = 0; j < next.Length; j++)
        {
            var (multiplier, average) = _options.Dual.Next(
                multipliers[j], double.CreateTruncating(averages[j]), squares[j] - _squaredTolerances[j], isFirst: iteration == 1);
            (next[j], averages[j]) = (T.CreateTruncating(multiplier), T.CreateTruncating(average));
        }
        _multipliers.CopyFrom(next);
        _errors.CopyFrom(averages);
    }
}
