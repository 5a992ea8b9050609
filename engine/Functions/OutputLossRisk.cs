using System.Numerics;
using PoseEngine.Expressions;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Functions;

/// <summary>
/// R = sum_k f(phi(x_k; w)) / N, the mean over a minibatch of a loss f of one sample's outputs that is written as text: the
/// objective where there are no targets. G = J^T (d2f/dy2) J / N is positive semidefinite where f is convex in the outputs.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class OutputLossRisk<T> : Risk<T>, ICurvedRisk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Linearization<T> _linearization;
    private readonly ExpressionLoss<T> _loss;
    private readonly Tensor<T> _adjoint;
    private readonly Tensor<T> _jv;
    private readonly Tensor<T> _curved;

    /// <summary>(f, J v) and the weights under which their inner product is a number: one dot product instead of two.</summary>
    private readonly Tensor<T> _terms;
    private readonly Tensor<T> _weights;
    private Tensor<T> _columns;
    private long _columnChanges;

    /// <summary>A loss of a network's outputs on minibatches of a fixed size.</summary>
    /// <param name="network">phi.</param>
    /// <param name="loss">f.</param>
    /// <param name="batch">Samples of a minibatch.</param>
    /// <exception cref="ArgumentException">The network has another number of outputs than the loss.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The minibatch is empty.</exception>
    public OutputLossRisk(Network<T> network, ExpressionLoss<T> loss, int batch)
        : base(network.Device, network.ParameterCount)
    {
        Guard.Equal(network.Output.Count, loss.Variables.Outputs, "the outputs of a network under a loss");
        _loss = loss;
        _memory = new Workspace<T>(Device);
        _linearization = _memory.Own(network.CreateLinearization(batch));
        var outputs = _linearization.Output.Shape;
        (_adjoint, _jv, _curved) = (_memory.Zeros(outputs), _memory.Zeros(outputs), _memory.Zeros(outputs));
        _terms = _memory.Zeros(batch + outputs.Count);
        _weights = _memory.Zeros(_terms.Count);
        Device.Vectors.Fill(_weights.Slice(0, batch), T.CreateTruncating(2.0 / batch));
    }

    /// <inheritdoc/>
    public override int Samples => _linearization.Batch;

    /// <inheritdoc/>
    public override bool CanRecord => true;

    /// <inheritdoc/>
    public override long MemoryVersion => _linearization.MemoryVersion + _columnChanges;

    private Tensor<T> Losses => _terms.Slice(0, Samples);

    /// <inheritdoc/>
    public override void MoveTo(Tensor<T> w, Batch<T> batch)
    {
        if (!batch.Columns.IsSameMemory(_columns)) _columnChanges++;
        _columns = batch.Columns;
        _linearization.MoveTo(w, batch.Inputs, batch.Columns);
        _loss.Evaluate(_linearization.Output, _columns, Losses);
        _loss.Gradient(_linearization.Output, _columns, _adjoint);
        Device.Vectors.Scale(1.0 / Samples, _adjoint, _adjoint);
    }

    /// <inheritdoc/>
    public override void Value(Tensor<double> doubled) => Device.Vectors.Dot(_weights.Slice(0, Samples), Losses, doubled);

    /// <inheritdoc/>
    public override void Gradient(Tensor<T> result) => _linearization.Lop(_adjoint, result);

    /// <inheritdoc/>
    public override string? FindNonFinite(Tensor<T> vector) => _linearization.Network.FindNonFinite(vector);

    /// <inheritdoc/>
    public void GaussNewton(Tensor<T> v, Tensor<T> result)
    {
        Curve(v, _jv);
        _linearization.Lop(_curved, result);
    }

    /// <inheritdoc/>
    public void Curvature(Tensor<T> v, Tensor<double> result)
    {
        Curve(v, _jv);
        Device.Vectors.Dot(_jv, _curved, result);
    }

    /// <inheritdoc/>
    public void Promise(Tensor<T> step, Tensor<double> doubled)
    {
        var jv = _terms.Slice(Samples, _jv.Shape);
        Curve(step, jv);
        Device.Vectors.Combine(2, _adjoint, 1, _curved, _weights.Slice(Samples, _jv.Shape));
        Device.Vectors.Dot(_weights, _terms, doubled);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>J v, and (d2f/dy2) J v / N.</summary>
    private void Curve(Tensor<T> v, Tensor<T> jv)
    {
        _linearization.Rop(v, jv);
        _loss.Curvature(_linearization.Output, _columns, jv, _curved);
        Device.Vectors.Scale(1.0 / Samples, _curved, _curved);
    }
}
