using System.Numerics;
using PoseEngine.Constraints;
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
    public KrylovOptions Krylov { get; init; } = new();
}

/// <summary>
/// Hard-SGD: the projected gradient step of Eq. 5 on an active set, its KKT system solved by its Gram matrix where the rows
/// are few, else by MINRES-QLP. The answer is the same.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class HardSgd<T> : HardMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly KrylovOptions _options;
    private readonly GramSolver<T>? _gram;
    private readonly ProjectedMinresQlp<T>? _projected;
    private readonly KktKrylov<T>? _krylov;

    /// <summary>Hard-SGD on a network.</summary>
    /// <param name="network">phi.</param>
    /// <param name="parameters">w, updated in place.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <param name="options">Constraint, active set, eta and solver.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// eta or the number of active samples is not above 0, or a Gram matrix is wanted for too many rows.
    /// </exception>
    public HardSgd(Network<T> network, Tensor<T> parameters, int batch, HardSgdOptions<T> options)
        : base("hard-sgd", network, parameters, batch, options.Constraint, options.ActiveSamples)
    {
        var (constraint, eta) = (Active.Function, options.Eta);
        var system = new ProjectedGradientSystem<T>(Device, constraint, eta);
        (System, _options) = (system, options.Krylov);
        switch (options.Solver.For(constraint.RowCount))
        {
            case KktSolver.Gram: _gram = new GramSolver<T>(Device, constraint, eta); break;
            case KktSolver.ProjectedMinresQlp: _projected = new ProjectedMinresQlp<T>(Device, constraint, system, eta); break;
            default: _krylov = new KktKrylov<T>(Device, system, options.Krylov); break;
        }
    }

    /// <inheritdoc/>
    protected override KktSystem<T> System { get; }

    /// <inheritdoc/>
    protected override void Prepare(long iteration) => _krylov?.Draw(iteration);

    /// <inheritdoc/>
    protected override void FormSystem()
    {
        _krylov?.Probe(System.Step(Solution), Scalars.Probes);
        base.FormSystem();
    }

    /// <inheritdoc/>
    protected override KktReport Solve(Batch<T> batch, Batch<T> activeSet)
        => _gram?.Solve(RightHandSide, Solution)
            ?? _projected?.Solve(RightHandSide, Solution, _options)
            ?? _krylov!.Solve(Scalars.ProbeResults, RightHandSide, Solution);
}
