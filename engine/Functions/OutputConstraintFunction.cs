using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// C(w) of a constraint on the outputs of a network, C_jk(w) = C_j(phi(x_k; w)) of Eq. 2. Rows that are the same within a
/// group are values less their group's mean over the active set: C = P c(phi(w)), with R-op P A v, L-op A^T P u and Gram
/// matrix P S P (<see cref="GroupCentring{T}"/>).
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class OutputConstraintFunction<T> : ConstraintFunction<T>, IGramRows
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _outputs;
    private readonly Tensor<T> _adjoint;
    private Tensor<T> _columns;
    private long _memoryChanges;

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
        Centring = GroupCentring<T>.Of(linearization.Network.Device, constraint, linearization.Batch);
        if (Centring is not null) _memory.Own(Centring);
        _outputs = _memory.Zeros(linearization.Output.Shape);
        if (linearization.Network.Device.HasBranches && CanRecord) _adjoint = _memory.Zeros(linearization.Output.Shape);
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
    public override long MemoryVersion => Linearization.MemoryVersion + _memoryChanges;

    /// <summary>P, or null where each row is on one sample.</summary>
    internal GroupCentring<T>? Centring { get; }

    /// <summary>The per-sample constants that the constraint reads, as of the last move.</summary>
    internal Tensor<T> Columns => _columns;

    /// <inheritdoc/>
    public override void MoveTo(Tensor<T> w, Batch<T> active)
    {
        Linearization.MoveTo(w, active.Inputs, active.Columns);
        Update(active.Columns, active.Groups);
    }

    /// <summary>Evaluates C at the linearization's point.</summary>
    /// <param name="columns">Per-sample constants [N, K], absent where the constraint reads none.</param>
    /// <param name="groups">Groupings of the samples, see <see cref="Batch{T}.Groups"/>, absent where no row needs one.</param>
    /// <exception cref="ArgumentException">A row is the same within groups, and there are none.</exception>
    public void Update(Tensor<T> columns = default, Tensor<int> groups = default)
    {
        var isElsewhere = Centring?.MoveTo(groups) == true;
        if (isElsewhere || !columns.IsSameMemory(_columns)) _memoryChanges++;
        _columns = columns;
        Constraint.Evaluate(Linearization.Output, _columns, Value);
        Centring?.Apply(Value);
    }

    /// <inheritdoc/>
    public override void Rop(Tensor<T> v, Tensor<T> result)
    {
        Linearization.Rop(v, _outputs);
        Constraint.Rop(Linearization.Output, _columns, _outputs, result);
        Centring?.Apply(result);
    }

    /// <inheritdoc/>
    public override void Lop(Tensor<T> u, Tensor<T> result)
    {
        Constraint.Lop(Linearization.Output, _columns, Centring?.Centred(u) ?? u, _outputs);
        Linearization.Lop(_outputs, result);
    }

    /// <summary>
    /// Both products, on a device with branches side by side through the network. The constraint's own L-op goes before: of
    /// constraints it is not known whether their products share memory.
    /// </summary>
    /// <inheritdoc/>
    public override void Products(Tensor<T> v, Tensor<T> u, Tensor<T> rop, Tensor<T> lop)
    {
        if (_adjoint.IsAbsent)
        {
            base.Products(v, u, rop, lop);
            return;
        }
        Constraint.Lop(Linearization.Output, _columns, Centring?.Centred(u) ?? u, _adjoint);
        Linearization.Network.Device.Fork("lop", () => Linearization.Lop(_adjoint, lop), () => Rop(v, rop));
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
