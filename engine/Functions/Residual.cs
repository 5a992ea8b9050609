using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// The residual of the loss of Eq. 14 over a batch: r = sqrt(2 / (d N)) (yhat - y) with d outputs a sample, so that
/// ||r||^2 / 2 is the mean loss over the batch and J^T r its gradient.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Residual<T> : DifferentiableFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Linearization<T> _linearization;
    private readonly Tensor<T> _outputs;
    private readonly double _scale;

    /// <summary>The residual of a linearization's outputs; <see cref="Update"/> gives it a value.</summary>
    public Residual(Linearization<T> linearization)
    {
        _linearization = linearization;
        _scale = Math.Sqrt(2.0 / linearization.Output.Count);
        _memory = new Workspace<T>(linearization.Network.Device);
        Value = _memory.Zeros(linearization.Output.Count);
        _outputs = _memory.Zeros(linearization.Output.Shape);
    }

    /// <inheritdoc/>
    public override int RowCount => Value.Count;

    /// <inheritdoc/>
    public override int ParameterCount => _linearization.ParameterCount;

    /// <inheritdoc/>
    public override Tensor<T> Value { get; }

    /// <inheritdoc/>
    public override bool CanRecord => true;

    /// <inheritdoc/>
    public override long MemoryVersion => _linearization.MemoryVersion;

    /// <summary>R = ||r||^2 / 2, the mean loss of Eq. 14.</summary>
    public double Loss => _linearization.Network.Device.Vectors.Dot(Value, Value) / 2;

    /// <summary>Evaluates r at the linearization's point.</summary>
    /// <param name="targets">y [N, outputs].</param>
    public void Update(Tensor<T> targets)
        => _linearization.Network.Device.Vectors.Combine(_scale, _linearization.Output, -_scale, targets, Value);

    /// <inheritdoc/>
    public override void Rop(Tensor<T> v, Tensor<T> result)
    {
        _linearization.Rop(v, result.Reshape(_outputs.Shape));
        _linearization.Network.Device.Vectors.Scale(_scale, result, result);
    }

    /// <inheritdoc/>
    public override void Lop(Tensor<T> u, Tensor<T> result)
    {
        _linearization.Network.Device.Vectors.Scale(_scale, u, _outputs);
        _linearization.Lop(_outputs, result);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }
}
