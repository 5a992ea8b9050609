using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of Hard-SGD.</summary>
/// <param name="Eta">The weight of the identity in Eq. 5; the step without constraints is -g / eta.</param>
public sealed record HardSgdOptions(double Eta) : HardOptions(Eta)
{
    /// <summary>How the KKT system is solved.</summary>
    public KktSolver Solver { get; init; } = KktSolver.Auto;
}

/// <summary>
/// Hard-SGD: the projected gradient step of Eq. 5 on an active set, its KKT system solved by its Gram matrix where the rows
/// are few, else by LSQR. The answer is the same, damped or not.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardSgd<T> : HardMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly KktKrylov<T>? _krylov;
    private readonly GramSolver<T>? _gram;
    private readonly Func<CancellationToken, KktReport> _solve;
    private double _factor;
    private bool _begun;

    /// <summary>Hard-SGD on a risk and a constraint.</summary>
    /// <param name="risk">R; the method disposes of it.</param>
    /// <param name="constraint">C; the method disposes of it.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="options">eta and solver.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or a Gram matrix is wanted for too many rows.</exception>
    /// <exception cref="NotSupportedException">A Gram matrix is wanted of a constraint that has none.</exception>
    public HardSgd(Risk<T> risk, ConstraintFunction<T> constraint, Tensor<T> parameters, HardSgdOptions options)
        : base("hard-sgd", risk, constraint, parameters, options)
    {
        var system = Memory.Own(new ProjectedGradientSystem<T>(Device, constraint, options.Eta));
        System = system;
        if (IsDamped) system.AllowDamping();
        switch (options.Solver.For(Device, constraint))
        {
            case KktSolver.Gram:
                _gram = Memory.Own(new GramSolver<T>(Device, constraint, options.Eta, Scalars.DualNumbers));
                _solve = cancellation => _gram.Solve(RightHandSide, Solution, options.Krylov.Verify, _begun ? Scalars.DualResults : [], cancellation);
                break;
            case KktSolver.Lsqr:
                var lsqr = Memory.Own(new LsqrSolver<T>(Device, system, IsDamped));
                _solve = cancellation =>
                {
                    lsqr.Delta = Delta;
                    return lsqr.Solve(RightHandSide, Solution, options.Krylov, cancellation);
                };
                break;
            case KktSolver.ProjectedMinresQlp:
                var projected = Memory.Own(new ProjectedMinresQlp<T>(Device, constraint, system, options.Eta));
                _solve = cancellation =>
                {
                    projected.Delta = Delta;
                    return projected.Solve(RightHandSide, Solution, options.Krylov, cancellation);
                };
                break;
            case KktSolver.PreconditionedMinresQlp:
                var preconditioned = Memory.Own(new PreconditionedMinresQlp<T>(Device, constraint, system));
                _solve = cancellation =>
                {
                    preconditioned.Delta = Delta;
                    return preconditioned.Solve(RightHandSide, Solution, options.Krylov, cancellation);
                };
                break;
            default:
                _krylov = Memory.Own(new KktKrylov<T>(Device, system, options.Krylov, IsDamped));
                _solve = cancellation => _krylov.Solve(Scalars.ProbeResults, RightHandSide, Solution, cancellation);
                break;
        }
    }

    /// <inheritdoc/>
    protected override KktSystem<T> System { get; }

    /// <inheritdoc/>
    protected override void Prepare(long iteration)
    {
        _factor = RateFactor(iteration);
        _krylov?.Draw(iteration);
    }

    /// <inheritdoc/>
    protected override void FormSystem()
    {
        _krylov?.Probe(System.Step(Solution), Scalars.Probes);
        base.FormSystem();
    }

    /// <summary>
    /// With a rate's factor f: f g in place of g gives the step for eta / f, and f times its multipliers; of damping, which is
    /// relative, the f-th part. The system stays what it is, and so do its recordings.
    /// </summary>
    /// <inheritdoc/>
    protected override bool BeginSolve(CancellationToken cancellation)
    {
        var gradient = System.Step(RightHandSide);
        if (_factor != 1) Device.Vectors.Scale(_factor, gradient, gradient);
        _begun = TryBegin(cancellation);
        if (_begun) ScaleMultipliers();
        return _begun;
    }

    /// <inheritdoc/>
    protected override void AwaitSolve() => _krylov?.Await();

    /// <inheritdoc/>
    protected override KktReport Solve(Batch<T> batch, Batch<T> activeSet, CancellationToken cancellation)
    {
        var report = _solve(cancellation);
        HasStep = _begun && _gram?.TookAhead != false;
        if (!HasStep) ScaleMultipliers();
        _begun = false;
        return report with { Damping = report.Damping * _factor };
    }

    private bool TryBegin(CancellationToken cancellation)
    {
        if (_krylov is not null)
        {
            _krylov.Delta = Delta;
            return _krylov.TryBegin(Scalars.Probes, RightHandSide, Solution, cancellation);
        }
        if (_gram is null) return false;
        _gram.Delta = Delta;
        if (!_gram.CanBegin) return false;
        _gram.Begin(RightHandSide, Solution);
        return true;
    }

    private void ScaleMultipliers()
    {
        var multipliers = System.Multipliers(Solution);
        if (_factor != 1) Device.Vectors.Scale(1 / _factor, multipliers, multipliers);
    }
}
