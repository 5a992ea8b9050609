using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Settings of Hard-SGD.</summary>
/// <param name="Constraint">C_j.</param>
/// <param name="ActiveSamples">Samples of an active set.</param>
/// <param name="Eta">The weight of the identity in Eq. 5; the step without constraints is -g / eta.</param>
public sealed record HardSgdOptions<T>(IOutputConstraint<T> Constraint, int ActiveSamples, double Eta)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How the KKT system is solved.</summary>
    public KktSolver Solver { get; init; } = KktSolver.Auto;

    /// <summary>When a Krylov solve ends.</summary>
    public MinresQlpOptions Krylov { get; init; } = new();
}

/// <summary>
/// Hard-SGD: the projected gradient step of Eq. 5 on an active set, its KKT system solved by its Gram matrix where the rows
/// are few, else by MINRES-QLP. Either way the solution is the one of minimum length where constraints are dependent, and
/// of least squares where they contradict.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardSgd<T> : TrainingMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Seeds the trace probes; they scale the preconditioner and nothing else.</summary>
    private const ulong ProbeSeed = 0x5EED;

    private readonly HardSgdOptions<T> _options;
    private readonly ConstraintEvaluation<T> _active;
    private readonly ProjectedGradientSystem<T> _system;
    private readonly GramSolver<T>? _gram;
    private readonly ProjectedMinresQlp<T>? _projected;
    private readonly MinresQlp<T>? _krylov;
    private readonly Tensor<T> _rightHandSide;
    private readonly Tensor<T> _solution;
    private readonly Tensor<T> _multipliers;
    private readonly Tensor<T> _signs;
    private readonly StepPiece<T> _differentiate;
    private readonly IRecording _measure;
    private readonly IRecording _move;

    /// <summary>Hard-SGD on a network.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="options">Constraint, active set, eta and solver.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// eta or the number of active samples is not above 0, or a Gram matrix is wanted for too many rows.
    /// </exception>
    public HardSgd(Network<T> network, Tensor<T> parameters, int batch, HardSgdOptions<T> options)
        : base(network, parameters, batch)
    {
        Guard.Positive(options.ActiveSamples, "the active set");
        _options = options;
        _active = new ConstraintEvaluation<T>(network, options.Constraint, options.ActiveSamples);
        _system = new ProjectedGradientSystem<T>(Device, _active.Function, options.Eta);
        var solver = options.Solver.For(_active.Function.RowCount);
        if (solver == KktSolver.Gram) _gram = new GramSolver<T>(Device, _active.Function, options.Eta);
        else if (solver == KktSolver.ProjectedMinresQlp) _projected = new ProjectedMinresQlp<T>(Device, _active.Function, _system, options.Eta);
        else _krylov = new MinresQlp<T>(Device, _system.Size);
        _rightHandSide = Device.Zeros(_system.Size);
        _solution = Device.Zeros(_system.Size);
        _multipliers = Device.Zeros(_active.Function.RowCount);
        _signs = Device.Zeros(ProjectedGradientSystem<T>.TraceProbes * _active.Function.RowCount);
        _differentiate = new StepPiece<T>(Device, "hard-sgd.differentiate", _system.CanRecord, Differentiate);
        _measure = Device.Record("hard-sgd.measure", Measure);
        _move = Device.Record("hard-sgd.move", Move);
        State = [("multipliers", _multipliers)];
    }

    /// <inheritdoc/>
    public override string Name => "hard-sgd";

    /// <inheritdoc/>
    public override int ActiveSamples => _options.ActiveSamples;

    /// <summary>The multipliers Lambda of the last step; a checkpoint keeps them for inspection.</summary>
    public override IReadOnlyList<(string Name, Tensor<T> Vector)> State { get; }

    /// <inheritdoc/>
    protected override StepReport StepAt(long iteration, Batch<T> batch, Batch<T> activeSet)
    {
        if (_krylov is not null) _system.DrawSigns(new RandomGenerator(ProbeSeed, (ulong)iteration), _signs);
        _differentiate.Run(batch, activeSet);
        Scalars.Read();
        var loss = FiniteLoss(iteration);
        var gradientNorm = FiniteNorm(iteration, StepScalar.Gradient, Gradient, "the gradient");
        var violation = _active.Medians(iteration);
        var solve = Solve(iteration);
        _measure.Run();
        Scalars.Read();
        var step = _system.Step(_solution);
        var stepNorm = FiniteNorm(iteration, StepScalar.Step, step, $"the hard step (solver: {solve.Explanation})");
        _move.Run();
        return new StepReport
        {
            Iteration = iteration,
            Loss = loss,
            ActiveViolation = violation,
            GradientNorm = gradientNorm,
            StepNorm = stepNorm,
            MultiplierNorm = Math.Sqrt(Scalars[StepScalar.Multipliers]),
            Solve = solve,
            SolveSeconds = solve.Elapsed.TotalSeconds,
            Seconds = 0,
        };
    }

    /// <summary>Everything that the system of Eq. 5 is made of, at w.</summary>
    private void Differentiate(Batch<T> batch, Batch<T> activeSet)
    {
        DifferentiateLoss(batch);
        Device.Vectors.Dot(Gradient, Gradient, Scalars.On(StepScalar.Gradient));
        _active.MoveTo(Parameters, activeSet);
        if (_krylov is not null)
        {
            // The solution is overwritten later, so its memory serves the trace probes.
            _system.Probe(_signs, _system.Step(_solution), Scalars.On(StepScalar.Probe, ProjectedGradientSystem<T>.TraceProbes));
        }
        _system.RightHandSide(Gradient, _rightHandSide);
    }

    private SolveReport Solve(long iteration)
    {
        var report = _gram?.Solve(_rightHandSide, _solution)
            ?? _projected?.Solve(_rightHandSide, _solution, _options.Krylov)
            ?? SolveByKrylov(_krylov!);
        return report.Exit == SolveExit.NotFinite
            ? throw new NonFiniteStepException(iteration, $"the hard step ({report.Explanation})")
            : report;
    }

    private SolveReport SolveByKrylov(MinresQlp<T> solver)
    {
        var scale = _system.MultiplierScale(Scalars.Values(StepScalar.Probe, ProjectedGradientSystem<T>.TraceProbes));
        var preconditioner = Preconditioner<T>.TwoBlocks(Network.ParameterCount, _options.Eta, scale);
        return solver.Solve(_system, _rightHandSide, _solution, preconditioner, _options.Krylov);
    }

    private void Measure()
    {
        var (step, multipliers) = (_system.Step(_solution), _system.Multipliers(_solution));
        Device.Vectors.Dot(step, step, Scalars.On(StepScalar.Step));
        Device.Vectors.Dot(multipliers, multipliers, Scalars.On(StepScalar.Multipliers));
    }

    private void Move()
    {
        Device.Vectors.Copy(_system.Multipliers(_solution), _multipliers);
        Device.Vectors.Axpy(1, _system.Step(_solution), Parameters);
    }
}
