using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of Hard-Adam.</summary>
/// <param name="Eta">
/// eta of Eq. 12. Without constraints the step tends to Adam's with the learning rate 1 / eta; before, it is 1 / f^2 times
/// that, since Eq. 12 multiplies the metric by the f that Adam multiplies the step with: 10 in step 1, 1.6 in step 1000.
/// </param>
public sealed record HardAdamOptions(double Eta) : HardOptions(Eta)
{
    /// <summary>Steps at the beginning that move the moments and leave w alone; 0 is the method as printed.</summary>
    public int Warmup { get; init; } = 200;

    /// <summary>beta_1 and beta_2 of Eq. 10 and 11, and epsilon of Eq. 12; its rate and schedule are not used.</summary>
    public AdamOptions Moments { get; init; } = new();
}

/// <summary>
/// Hard-Adam: the moments of Eq. 10 and 11 and the step of Eq. 12 on an active set, by MINRES-QLP in diagonally scaled
/// unknowns (<see cref="ConstrainedAdamSystem{T}"/>).
/// </summary>
/// <remarks>
/// Where v is near 0, as for dead units and in the first steps from v = 0, a parameter is up to 1 / epsilon times cheaper
/// to move than another, and the constraints' correction goes there: from zero moments the method diverges. Hence the
/// warm-up, which the paper does not mention. See <see cref="LowMomentShare"/>. Damping is relative to the mean diagonal of
/// A D^-1 A^T, which is estimated (<see cref="KktKrylov{T}"/>).
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardAdam<T> : HardMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HardAdamOptions _options;
    private readonly ConstrainedAdamSystem<T> _system;
    private readonly KktKrylov<T> _krylov;
    private readonly StepPiece<T> _warm;
    private readonly IRecording _moments;
    private readonly Tensor<T> _m;
    private readonly Tensor<T> _v;
    private readonly Tensor<T> _mBefore;
    private readonly Tensor<T> _vBefore;
    private readonly Tensor<T> _roots;
    private readonly Tensor<double> _numbers;

    /// <summary>Hard-Adam on a risk and a constraint.</summary>
    /// <param name="risk">R; the method disposes of it.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">eta and moments.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// eta or epsilon is not above 0, a decay is not in [0, 1), or the warm-up is negative.
    /// </exception>
    public HardAdam(Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, HardAdamOptions options)
        : base("hard-adam", risk, constraint, parameters, Checked(options))
    {
        _options = options;
        var count = risk.ParameterCount;
        (_m, _v, _roots) = (Memory.Zeros(count), Memory.Zeros(count), Memory.Zeros(count));
        (_mBefore, _vBefore) = (Memory.Zeros(count), Memory.Zeros(count));
        _numbers = Memory.Zeros<double>(new Shape(AdamStep.ScalarCount));
        _system = Memory.Own(new ConstrainedAdamSystem<T>(Device, constraint, _roots));
        _krylov = Memory.Own(new KktKrylov<T>(Device, _system, options.Krylov, IsDamped));
        _warm = Piece("warm", (batch, _) => Differentiate(batch));
        _moments = Memory.Own(Device.Record("hard-adam.moments", MoveMoments));
        State = [.. base.State, ("adam.m", _m), ("adam.v", _v)];
    }

    /// <inheritdoc/>
    public override bool WantsActiveSet => Iteration >= _options.Warmup;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override KktSystem<T> System => _system;

    /// <summary>
    /// The share of ||dw||^2 of the last step in the tenth of the parameters with the smallest v, 0.1 where the step does not
    /// care: how far the metric of Eq. 12 sends the constraints' correction to parameters that the loss hardly moves. NaN
    /// before the first step. It copies two vectors to the host.
    /// </summary>
    public double LowMomentShare()
    {
        var (step, v) = (System.Step(Solution).ToArray(), _v.ToArray());
        var tenth = Math.Max(step.Length / 10, 1);
        var limit = v.Order().ElementAt(tenth - 1);

        // Many parameters have the same v, dead units' is 0: those at the limit fill the tenth up in equal shares.
        var (total, below, at, countBelow, countAt) = (0.0, 0.0, 0.0, 0, 0);
        for (var i = 0; i < step.Length; i++)
        {
            var square = Math.Pow(double.CreateTruncating(step[i]), 2);
            total += square;
            if (v[i] < limit) (below, countBelow) = (below + square, countBelow + 1);
            else if (v[i] == limit) (at, countAt) = (at + square, countAt + 1);
        }
        return (below + (at * (tenth - countBelow) / countAt)) / total;
    }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        var (_, beta1, beta2, epsilon) = _options.Moments;
        Device.Optimizers.PrepareAdam(new AdamStep(_options.Eta / RateFactor(iteration), beta1, beta2, epsilon, iteration), _numbers);
        if (iteration > _options.Warmup) return base.StepAt(iteration, batch, activeSet, cancellation);
        _warm.Run(batch, default);
        Scalars.Read();
        var report = new StepReport
        {
            Iteration = iteration,
            Loss = FiniteLoss(iteration),
            GradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient"),
            StepNorm = 0,
            Accepted = false,
            Seconds = 0,
        };
        _moments.Run();
        return report;
    }

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        _krylov.Draw(iteration);
        Device.Vectors.Copy(_m, _mBefore);
        Device.Vectors.Copy(_v, _vBefore);
    }

    /// <summary>The moments move ahead of the host's look at the gradient: where that is not finite, they are those of before again.</summary>
    /// <inheritdoc/>
    protected override void FormSystem()
    {
        MoveMoments();
        _krylov.Probe(System.Step(Solution), Scalars.Probes);
        System.RightHandSide(_m, RightHandSide);
    }

    /// <inheritdoc/>
    protected override bool BeginSolve(CancellationToken cancellation)
    {
        _krylov.Delta = Delta;
        var begun = _krylov.TryBegin(Scalars.Probes, RightHandSide, Solution, cancellation);
        if (begun) _system.Unscale(Solution);
        return begun;
    }

    /// <inheritdoc/>
    protected override void AwaitSolve() => _krylov.Await();

    /// <inheritdoc/>
    protected override KktReport Solve(Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        var report = _krylov.Solve(Scalars.ProbeResults, RightHandSide, Solution, cancellation);
        if (!HasStep) _system.Unscale(Solution);
        return report;
    }

    /// <inheritdoc/>
    protected override void Undo()
    {
        base.Undo();
        Device.Vectors.Copy(_mBefore, _m);
        Device.Vectors.Copy(_vBefore, _v);
    }

    private static HardAdamOptions Checked(HardAdamOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.Warmup);
        options.Moments.Check();
        return options;
    }

    private void MoveMoments() => Device.Optimizers.AdamMetric(_numbers, Gradient, _m, _v, _roots);
}
