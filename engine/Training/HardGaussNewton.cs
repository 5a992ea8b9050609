using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of Hard-GN and Hard-LM.</summary>
/// <param name="Eta">The weight of the identity in Eq. 6; with <paramref name="Adapts"/> the first one.</param>
/// <param name="Adapts">Levenberg-Marquardt: eta follows the gain, and steps without gain are taken back.</param>
public sealed record HardGaussNewtonOptions(double Eta, bool Adapts) : HardOptions(Eta);

/// <summary>
/// Hard-GN and Hard-LM: the step of Eq. 6 on a minibatch and an active set, by MINRES-QLP with Algorithm 2.
/// </summary>
/// <remarks>
/// Levenberg-Marquardt compares what a step did with what the linearization promised, both on the samples of the step, in
/// the merit of <see cref="StepOutcome"/>: of the exact one, R + mu ||C||_1, every solution of Eq. 6 promises a gain, and of the damped one
/// every damped solution. With the ratio rho of the two: below 1/4 eta grows by 4, above 3/4 it is halved, and a step with
/// rho below 1e-4, or to a point that is not finite, is taken back.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardGaussNewton<T> : HardMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double LeastGain = 1e-4;
    private const double SmallestEta = 1e-12;
    private const double LargestEta = 1e24;

    private readonly bool _adapts;
    private readonly double _firstEta;
    private readonly GaussNewtonSystem<T> _system;
    private readonly ICurvedRisk<T> _model;
    private readonly KktKrylov<T> _krylov;
    private readonly HeldNumber<T>? _eta;

    /// <summary>Hard-GN or Hard-LM on a risk and a constraint.</summary>
    /// <param name="risk">R, an <see cref="ICurvedRisk{T}"/>; the method disposes of it.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">eta.</param>
    /// <exception cref="ArgumentException">The risk has no Gauss-Newton product, or eta adapts and has a schedule as well.</exception>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public HardGaussNewton(Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, HardGaussNewtonOptions options)
        : base(options.Adapts ? "hard-lm" : "hard-gn", Curved(risk, options), constraint, parameters, options with { Rejects = options.Rejects || options.Adapts })
    {
        _adapts = options.Adapts;
        _firstEta = options.Eta;
        _system = Memory.Own(new GaussNewtonSystem<T>(Device, constraint, risk, options.Eta));
        _model = GaussNewtonSystem<T>.Curved(risk);
        _krylov = Memory.Own(new KktKrylov<T>(Device, _system, options.Krylov, IsDamped));
        _system.CurvatureOnDevice = (Scalars.On(StepScalar.Curvature), Scalars.On(StepScalar.Gradient));
        State = base.State;
        if (!_adapts) return;
        _eta = new HeldNumber<T>(Memory, options.Eta);
        State = [.. base.State, ("eta", _eta.Vector)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override KktSystem<T> System => _system;

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        _system.Eta = _eta?.Value ?? (_firstEta / RateFactor(iteration));
        _krylov.Draw(iteration);
    }

    /// <inheritdoc/>
    protected override void Restored()
    {
        base.Restored();
        _eta?.Forget();
    }

    /// <inheritdoc/>
    protected override void FormSystem()
    {
        _krylov.Probe(System.Step(Solution), Scalars.Probes);
        _model.Curvature(Gradient, Scalars.On(StepScalar.Curvature));
        base.FormSystem();
    }

    /// <inheritdoc/>
    protected override bool BeginSolve(CancellationToken cancellation)
    {
        _krylov.Delta = Delta;
        return _krylov.TryBegin(Scalars.Probes, RightHandSide, Solution, cancellation);
    }

    /// <inheritdoc/>
    protected override void AwaitSolve() => _krylov.Await();

    /// <inheritdoc/>
    protected override KktReport Solve(Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        _system.Curvature = TraceWeights.Ratio(Scalars[StepScalar.Curvature], Scalars[StepScalar.Gradient]);
        return _krylov.Solve(Scalars.ProbeResults, RightHandSide, Solution, cancellation);
    }

    /// <inheritdoc/>
    protected override void PromiseRisk()
    {
        if (_adapts) _model.Promise(System.Step(Solution), Scalars.On(StepScalar.Promise));
    }

    /// <inheritdoc/>
    protected override StepReport Judge(StepReport report, StepOutcome outcome)
    {
        if (!_adapts) return base.Judge(report, outcome);
        var gain = Gain(outcome.MeritBefore - outcome.MeritAfter, outcome.PromisedGain, outcome.MeritBefore);
        Adapt(gain);
        return report with { Eta = _system.Eta, GainRatio = gain, Accepted = gain >= LeastGain };
    }

    /// <summary>The risk, after a look at what Hard-GN and Hard-LM ask beside <see cref="HardMethod{T}"/>.</summary>
    private static Risk<T> Curved(Risk<T> risk, HardGaussNewtonOptions options)
    {
        _ = GaussNewtonSystem<T>.Curved(risk);
        if (options.Adapts && options.Schedule != RateSchedule.Constant)
        {
            throw new ArgumentException($"hard-lm finds its eta by itself and takes no schedule, got {options.Schedule}", nameof(options));
        }
        return options.Eta > 0 && options.Adapts && T.CreateTruncating(options.Eta) == T.Zero
            ? throw new ArgumentOutOfRangeException(nameof(options), options.Eta, $"eta {options.Eta} is too small: it must be above 0 in {risk.Device.Precision}")
            : risk;
    }

    /// <summary>Actual by promised; where both are rounding of the merit, at a solution, the step is as good as any.</summary>
    private static double Gain(double actual, double promised, double merit)
    {
        var rounding = Rounding(merit);
        if (Math.Abs(actual) <= rounding && Math.Abs(promised) <= rounding) return 1;
        return promised > 0 ? actual / promised : double.NegativeInfinity;
    }

    private void Adapt(double gain)
    {
        var factor = gain > 0.75 ? 0.5 : gain >= 0.25 ? 1 : 4;
        _eta!.Value = Math.Clamp(_system.Eta * factor, SmallestEta, LargestEta);
    }
}
