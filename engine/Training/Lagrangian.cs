using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
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
public sealed class Lagrangian<T> : SoftMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DualOptions _dual;
    private readonly AdamUpdate<T> _adam;
    private readonly Tensor<T> _multipliers;
    private readonly Tensor<T> _errors;
    private readonly Tensor<double> _squares;
    private readonly Tensor<double> _bounds;
    private readonly Tensor<double> _settings;

    /// <summary>A method with multipliers of 0.</summary>
    /// <param name="risk">R; the method disposes of it.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">Tolerances, Adam and nuPI.</param>
    /// <exception cref="ArgumentException">The tolerances are not one, nor one for each constraint of a sample.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A tolerance is not above 0, or a number of Adam or nuPI is out of its range.</exception>
    public Lagrangian(Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, LagrangianOptions options)
        : base(Checked(risk, constraint, options), parameters, Weighted(constraint))
    {
        var rows = constraint.RowsPerSample;
        _dual = options.Dual;
        _adam = Memory.Own(new AdamUpdate<T>(Device, options.Adam, parameters, Gradient, Scalars));
        (_multipliers, _errors) = (Memory.Zeros(rows), Memory.Zeros(rows));
        (_squares, _bounds) = (Memory.Zeros<double>(new Shape(rows)), Memory.Zeros<double>(new Shape(rows)));
        _bounds.CopyFrom([.. Enumerable.Range(0, rows).Select(j => Math.Pow(options.Tolerances[j % options.Tolerances.Count], 2))]);
        _settings = Memory.Zeros<double>(new Shape(MultiplierStep.ScalarCount));
        State = [.. _adam.State, ("multipliers", _multipliers), ("errors", _errors)];
    }

    /// <inheritdoc/>
    public override string Name => "lagrangian";

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <summary>lambda_j, which the next step is made with. It copies them to the host.</summary>
    public double[] Multipliers() => Array.ConvertAll(_multipliers.ToArray(), double.CreateTruncating);

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
        => base.StepAt(iteration, batch, activeSet, cancellation) with { MultiplierNorm = Math.Sqrt(Scalars[StepScalar.Multipliers]) };

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        _adam.Prepare(iteration);
        Device.Optimizers.PrepareMultipliers(new MultiplierStep(_dual.Rate, _dual.Gain, _dual.Decay, IsFirst: iteration == 1), _settings);
    }

    /// <inheritdoc/>
    private protected override void Weigh(Tensor<T> weights) => Device.Optimizers.MultiplierWeights(_multipliers, ActiveSamples, weights);

    /// <summary>The step of w, and the multipliers of the next one from the constraints before it.</summary>
    /// <inheritdoc/>
    protected override void Update()
    {
        Device.Violations.MeanSquares(Constraint!.Value, _squares);
        Device.Vectors.Dot(_multipliers, _multipliers, Scalars.On(StepScalar.Multipliers));
        _adam.Move();
        Device.Optimizers.MultiplierAscent(_settings, Scalars.Watched, _squares, _bounds, _multipliers, _errors);
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

    /// <summary>A weight for each constraint of a sample; <see cref="Weigh"/> writes them before they are used.</summary>
    private static SoftConstraint<T> Weighted(ConstraintFunction<T> constraint)
        => new(constraint, [.. Enumerable.Repeat(1.0, constraint.RowsPerSample)]);
}
