using System.Numerics;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>Runs a network over a whole set of samples in batches of a fixed size and measures it.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Evaluator<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ISampleSource _source;
    private readonly double _unitMm;
    private readonly Linearization<T> _linearization;
    private readonly BatchLoader<T> _loader;
    private readonly float[] _targets;

    /// <summary>An evaluator over all samples of a source.</summary>
    /// <param name="network">phi.</param>
    /// <param name="source">Samples with targets in millimetres.</param>
    /// <param name="unitMm">Millimetres of one unit of the network's outputs.</param>
    /// <param name="batch">Samples of one forward pass.</param>
    public Evaluator(Network<T> network, ISampleSource source, double unitMm, int batch = 128)
    {
        (_source, _unitMm) = (source, unitMm);
        batch = Math.Min(batch, source.Count);
        _linearization = network.CreateLinearization(batch);
        _loader = new BatchLoader<T>(network.Device, source, batch, unitMm, ResidentImages<T>.Create(network.Device, source));
        _targets = new float[source.Count * source.Outputs];
        for (var i = 0; i < source.Count; i++) source.Target(i).CopyTo(_targets.AsSpan(i * source.Outputs));
    }

    /// <summary>Measures the network with parameters w.</summary>
    public Evaluation Evaluate(
        Tensor<T> w, CancellationToken cancellation = default, IProgress<(long Done, long Total)>? progress = null)
        => Evaluation.Of(Predict(w, cancellation, progress), _targets);

    /// <summary>The predictions for all samples, N x outputs, in millimetres.</summary>
    public double[] Predict(
        Tensor<T> w, CancellationToken cancellation = default, IProgress<(long Done, long Total)>? progress = null)
    {
        var batch = _linearization.Batch;
        var outputs = _source.Outputs;
        var predictions = new double[_source.Count * outputs];
        var host = new T[batch * outputs];
        var indices = new int[batch];
        for (var first = 0; first < _source.Count; first += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            // The last batch is filled up with its last sample, whose extra predictions are dropped.
            for (var i = 0; i < batch; i++) indices[i] = Math.Min(first + i, _source.Count - 1);
            _linearization.MoveTo(w, _loader.Load(indices).Inputs);
            _linearization.Output.CopyTo(host);
            var count = Math.Min(batch, _source.Count - first) * outputs;
            for (var i = 0; i < count; i++) predictions[(first * outputs) + i] = double.CreateTruncating(host[i]) * _unitMm;
            progress?.Report((Math.Min(first + batch, _source.Count), _source.Count));
        }
        return predictions;
    }

    /// <summary>The error of always predicting the given pose, N samples, in millimetres.</summary>
    public double ErrorOfConstant(ReadOnlySpan<double> pose)
    {
        var predictions = new double[_targets.Length];
        for (var i = 0; i < _source.Count; i++) pose.CopyTo(predictions.AsSpan(i * _source.Outputs));
        return Evaluation.Of(predictions, _targets).ErrorMm;
    }
}
