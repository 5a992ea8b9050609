using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>R = ||r||^2 / 2, the mean loss of Eq. 14 over a minibatch, with G = J^T J of the residual r.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class ResidualRisk<T> : Risk<T>, ICurvedRisk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Linearization<T> _linearization;
    private readonly Tensor<T> _jv;

    /// <summary>The loss of a network on minibatches of a fixed size.</summary>
    /// <param name="network">phi.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <exception cref="ArgumentOutOfRangeException">The minibatch is empty.</exception>
    public ResidualRisk(Network<T> network, int batch)
        : this(network.CreateLinearization(batch))
        => _memory.Own(_linearization);

    /// <summary>The loss of a linearization that somebody else disposes of.</summary>
    public ResidualRisk(Linearization<T> linearization)
        : base(linearization.Network.Device, linearization.ParameterCount)
    {
        _linearization = linearization;
        _memory = new Workspace<T>(Device);
        Residual = _memory.Own(new Residual<T>(linearization));
        _jv = _memory.Zeros(Residual.RowCount);
    }

    /// <summary>r.</summary>
    public Residual<T> Residual { get; }

    /// <inheritdoc/>
    public override int Samples => _linearization.Batch;

    /// <inheritdoc/>
    public override bool CanRecord => true;

    /// <inheritdoc/>
    public override long MemoryVersion => Residual.MemoryVersion;

    /// <inheritdoc/>
    public override void MoveTo(Tensor<T> w, Batch<T> batch)
    {
        _linearization.MoveTo(w, batch.Inputs, batch.Columns);
        Residual.Update(batch.Targets);
    }

    /// <inheritdoc/>
    public override void Value(Tensor<double> doubled) => Device.Vectors.Dot(Residual.Value, Residual.Value, doubled);

    /// <inheritdoc/>
    public override void Gradient(Tensor<T> result) => Residual.Lop(Residual.Value, result);

    /// <inheritdoc/>
    public override string? FindNonFinite(Tensor<T> vector) => _linearization.Network.FindNonFinite(vector);

    /// <inheritdoc/>
    public void GaussNewton(Tensor<T> v, Tensor<T> result)
    {
        Residual.Rop(v, _jv);
        Residual.Lop(_jv, result);
    }

    /// <summary>||J v||^2.</summary>
    /// <inheritdoc/>
    public void Curvature(Tensor<T> v, Tensor<double> result)
    {
        Residual.Rop(v, _jv);
        Device.Vectors.Dot(_jv, _jv, result);
    }

    /// <summary>||r + J dw||^2.</summary>
    /// <inheritdoc/>
    public void Promise(Tensor<T> step, Tensor<double> doubled)
    {
        Residual.Rop(step, _jv);
        Device.Vectors.Axpy(1, Residual.Value, _jv);
        Device.Vectors.Dot(_jv, _jv, doubled);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }
}
