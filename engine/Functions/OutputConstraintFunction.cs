using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>C(w) of a constraint on the outputs of a network, C_jk(w) = C_j(phi(x_k; w)) of Eq. 2.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class OutputConstraintFunction<T> : ConstraintFunction<T>, IGramRows
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _outputs;
    private Tensor<T> _columns;
    private long _columnChanges;

    /// <summary>A constraint on a network's outputs for active sets of a fixed size.</summary>
    /// <param name="network">phi.</param>
    /// <param name="constraint">C_j; it is not disposed of, since several functions may share it.</param>
    /// <param name="samples">Samples of an active set.</param>
    /// <exception cref="ArgumentOutOfRangeException">The active set is empty.</exception>
    public OutputConstraintFunction(Network<T> network, IOutputConstraint<T> constraint, int samples)
        : this(network.CreateLinearization(samples), constraint)
        => _memory.Own(Linearization);

    /// <summary>A constraint on the outputs of a linearization that somebody else moves; <see cref="Update"/> gives it a value.</summary>
    public OutputConstraintFunction(Linearization<T> linearization, IOutputConstraint<T> constraint)
    {
        (Linearization, Constraint) = (linearization, constraint);
        _memory = new Workspace<T>(linearization.Network.Device);
        Value = _memory.Zeros(linearization.Batch * constraint.RowsPerSample);
        _outputs = _memory.Zeros(linearization.Output.Shape);
    }

    /// <summary>Where it is taken.</summary>
    public Linearization<T> Linearization { get; }

    /// <summary>The constraint on the outputs of one sample.</summary>
    public IOutputConstraint<T> Constraint { get; }

    /// <inheritdoc/>
    public override int Samples => Linearization.Batch;

    /// <inheritdoc/>
    public override int RowCount => Value.Count;

    /// <inheritdoc/>
    public override int ParameterCount => Linearization.ParameterCount;

    /// <inheritdoc/>
    public override Tensor<T> Value { get; }

    /// <inheritdoc/>
    public override bool CanRecord => Constraint.CanRecord;

    /// <inheritdoc/>
    public override long MemoryVersion => Linearization.MemoryVersion + _columnChanges;

    /// <summary>The per-sample constants that the constraint reads, as of the last move.</summary>
    internal Tensor<T> Columns => _columns;

    /// <inheritdoc/>
    public override void MoveTo(Tensor<T> w, Batch<T> active)
    {
        Linearization.MoveTo(w, active.Inputs);
        Update(active.Columns);
    }

    /// <summary>Evaluates C at the linearization's point.</summary>
    /// <param name="columns">Per-sample constants [N, K], absent where the constraint reads none.</param>
    public void Update(Tensor<T> columns = default)
    {
        if (!columns.IsSameMemory(_columns)) _columnChanges++;
        _columns = columns;
        Constraint.Evaluate(Linearization.Output, _columns, Value);
    }

    /// <inheritdoc/>
    public override void Rop(Tensor<T> v, Tensor<T> result)
    {
        Linearization.Rop(v, _outputs);
        Constraint.Rop(Linearization.Output, _columns, _outputs, result);
    }

    /// <inheritdoc/>
    public override void Lop(Tensor<T> u, Tensor<T> result)
    {
        Constraint.Lop(Linearization.Output, _columns, u, _outputs);
        Linearization.Lop(_outputs, result);
    }

    /// <inheritdoc/>
    public GramMatrix CreateGram() => new ConstraintGram<T>(this);

    /// <inheritdoc/>
    public GramTrace CreateTrace() => new ConstraintTrace<T>(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }
}
