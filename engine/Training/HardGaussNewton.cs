using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of Hard-GN and Hard-LM.</summary>
/// <param name="Constraint">C_j.</param>
/// <param name="ActiveSamples">Samples of an active set.</param>
/// <param name="Eta">The weight of the identity in Eq. 6; with <paramref name="Adapts"/> the first one.</param>
/// <param name="Adapts">Levenberg-Marquardt: eta follows the gain, and steps without gain are taken back.</param>
public sealed record HardGaussNewtonOptions<T>(IOutputConstraint<T> Constraint, int ActiveSamples, double Eta, bool Adapts)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>When a Krylov solve ends.</summary>
    public KrylovOptions Krylov { get; init; } = new();
}

/// <summary>
/// Hard-GN and Hard-LM: the step of Eq. 6 on a minibatch and an active set, by MINRES-QLP with Algorithm 2.
/// </summary>
/// <remarks>
/// Levenberg-Marquardt compares what a step did with what the linearization promised, both on the samples of the step, in
/// the exact merit R + mu ||C||_1 with mu = 2 max |Lambda| (the L1 penalty function of Fletcher 1987; above max |Lambda| every solution of
/// Eq. 6 promises a gain). With the ratio rho of the two: below 1/4 eta grows by 4, above 3/4 it is halved, and a step with
/// rho below 1e-4, or to a point that is not finite, is taken back.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardGaussNewton<T> : HardMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double LeastGain = 1e-4;
    private const double Roundings = 10;
    private const double SmallestEta = 1e-12;
    private const double LargestEta = 1e24;

    private readonly bool _adapts;
    private readonly GaussNewtonSystem<T> _system;
    private readonly KktKrylov<T> _krylov;
    private readonly StepPiece<T>? _promise;
    private readonly StepPiece<T>? _try;
    private readonly Tensor<T> _eta;
    private readonly Tensor<T> _before;
    private readonly Tensor<T> _residuals;
    private readonly Tensor<T> _rows;
    private readonly T[] _hostEta = new T[1];
    private readonly T[] _hostRows;

    /// <summary>Hard-GN or Hard-LM on a network.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="options">Constraint, active set and eta.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta or the number of active samples is not above 0.</exception>
    public HardGaussNewton(Network<T> network, Tensor<T> parameters, int batch, HardGaussNewtonOptions<T> options)
        : base(options.Adapts ? "hard-lm" : "hard-gn", network, parameters, batch, options.Constraint, options.ActiveSamples)
    {
        _adapts = options.Adapts;
        _system = new GaussNewtonSystem<T>(Device, Active.Function, Residual, options.Eta);
        _krylov = new KktKrylov<T>(Device, _system, options.Krylov);
        _residuals = Device.Zeros(Residual.RowCount);
        _hostRows = new T[Active.Function.RowCount];
        State = base.State;
        if (!_adapts) return;
        if (!(T.CreateTruncating(options.Eta) > T.Zero)) throw new ArgumentOutOfRangeException(nameof(options), options.Eta, $"eta {options.Eta} is too small: it must be above 0 in {Device.Precision}");
        _eta = Device.From([T.CreateTruncating(options.Eta)]);
        _before = Device.Zeros(network.ParameterCount);
        _rows = Device.Zeros(Active.Function.RowCount);
        _promise = new StepPiece<T>(Device, $"{Name}.promise", Active.Function.CanRecord, (_, _) => Promise());
        _try = new StepPiece<T>(Device, $"{Name}.try", Active.Function.CanRecord, Try);
        State = [.. base.State, ("eta", _eta)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override KktSystem<T> System => _system;

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        if (_adapts)
        {
            _eta.CopyTo(_hostEta);
            _system.Eta = double.CreateChecked(_hostEta[0]);
        }
        _krylov.Draw(iteration);
    }

    /// <inheritdoc/>
    protected override void FormSystem()
    {
        _krylov.Probe(System.Step(Solution), Scalars.Probes);
        Residual.Rop(Gradient, _residuals);
        Device.Vectors.Dot(_residuals, _residuals, Scalars.On(StepScalar.Curvature));
        base.FormSystem();
    }

    /// <inheritdoc/>
    protected override KktReport Solve(Batch<T> batch, Batch<T> activeSet)
    {
        var curvature = Scalars[StepScalar.Curvature] / Scalars[StepScalar.Gradient];
        _system.Curvature = double.IsFinite(curvature) ? curvature : 0;
        return _krylov.Solve(Scalars.ProbeResults, RightHandSide, Solution);
    }

    /// <inheritdoc/>
    protected override StepReport Finish(StepReport report, Batch<T> batch, Batch<T> activeSet)
    {
        if (!_adapts) return base.Finish(report, batch, activeSet);
        var mu = 2 * Device.Vectors.MaxAbs(System.Multipliers(Solution));
        var before = report.Loss + (mu * SumOfMagnitudes(Active.Function.Value));
        _promise!.Run(batch, activeSet);
        Scalars.Read();
        var promised = before - (Scalars[StepScalar.Promise] / 2) - (mu * SumOfMagnitudes(_rows));
        _try!.Run(batch, activeSet);
        Scalars.Read();
        var after = (Scalars[StepScalar.Residual] / 2) + (mu * SumOfMagnitudes(Active.Function.Value));
        var gain = Gain(before - after, promised, before);
        if (!(gain >= LeastGain)) Device.Vectors.Copy(_before, Parameters);
        Adapt(gain);
        return report with { Eta = _system.Eta, GainRatio = gain, Accepted = gain >= LeastGain };
    }

    /// <summary>Actual by promised; where both are rounding of the merit, at a solution, the step is as good as any.</summary>
    private static double Gain(double actual, double promised, double merit)
    {
        var rounding = Roundings * KrylovDefaults.For<T>().Epsilon * merit;
        if (Math.Abs(actual) <= rounding && Math.Abs(promised) <= rounding) return 1;
        return promised > 0 ? actual / promised : double.NegativeInfinity;
    }

    private void Adapt(double gain)
    {
        var factor = gain > 0.75 ? 0.5 : gain >= 0.25 ? 1 : 4;
        _hostEta[0] = T.CreateChecked(Math.Clamp(_system.Eta * factor, SmallestEta, LargestEta));
        _eta.CopyFrom(_hostEta);
    }

    /// <summary>r + J dw and C + A dw.</summary>
    private void Promise()
    {
        var step = System.Step(Solution);
        Residual.Rop(step, _residuals);
        Device.Vectors.Axpy(1, Residual.Value, _residuals);
        Device.Vectors.Dot(_residuals, _residuals, Scalars.On(StepScalar.Promise));
        Active.Function.Rop(step, _rows);
        Device.Vectors.Axpy(1, Active.Function.Value, _rows);
    }

    /// <summary>Moves w and evaluates R and C there, w from before kept.</summary>
    private void Try(Batch<T> batch, Batch<T> activeSet)
    {
        Device.Vectors.Copy(Parameters, _before);
        Device.Vectors.Axpy(1, System.Step(Solution), Parameters);
        EvaluateLoss(batch);
        Active.MoveTo(Parameters, activeSet);
    }

    private double SumOfMagnitudes(Tensor<T> rows)
    {
        rows.CopyTo(_hostRows);
        var sum = 0.0;
        foreach (var row in _hostRows) sum += Math.Abs(double.CreateTruncating(row));
        return sum;
    }
}
