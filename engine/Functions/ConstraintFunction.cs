using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// C(w) over the samples of an active set: a constraint on the outputs behind a linearization. Rows are sample-major.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ConstraintFunction<T> : DifferentiableFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _outputs;

    /// <summary>A constraint of a linearization's outputs; <see cref="Update"/> gives it a value.</summary>
    public ConstraintFunction(Linearization<T> linearization, IOutputConstraint<T> constraint)
    {
        Linearization = linearization;
        Constraint = constraint;
        var device = linearization.Network.Device;
        Value = device.Zeros(linearization.Batch * constraint.RowsPerSample);
        _outputs = device.Zeros(linearization.Output.Shape);
    }

    /// <summary>Where it is taken.</summary>
    public Linearization<T> Linearization { get; }

    /// <summary>The constraint on the outputs of one sample.</summary>
    public IOutputConstraint<T> Constraint { get; }

    /// <inheritdoc/>
    public override int RowCount => Value.Count;

    /// <inheritdoc/>
    public override int ParameterCount => Linearization.ParameterCount;

    /// <inheritdoc/>
    public override Tensor<T> Value { get; }

    /// <inheritdoc/>
    public override bool CanRecord => Constraint.CanRecord;

    /// <inheritdoc/>
    public override long MemoryVersion => Linearization.MemoryVersion;

    /// <summary>Evaluates C at the linearization's point.</summary>
    public void Update() => Constraint.Evaluate(Linearization.Output, default, Value);

    /// <inheritdoc/>
    public override void Rop(Tensor<T> v, Tensor<T> result)
    {
        Linearization.Rop(v, _outputs);
        Constraint.Rop(Linearization.Output, default, _outputs, result);
    }

    /// <inheritdoc/>
    public override void Lop(Tensor<T> u, Tensor<T> result)
    {
        Constraint.Lop(Linearization.Output, default, u, _outputs);
        Linearization.Lop(_outputs, result);
    }
}
