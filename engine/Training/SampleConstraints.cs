using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>C of chosen samples of a source at any w, by forward passes alone.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class SampleConstraints<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly IOutputConstraint<T> _constraint;
    private readonly ForwardPasses<T> _passes;
    private readonly Tensor<T> _rows;
    private readonly T[] _host;

    /// <summary>Memory for passes over a source's samples.</summary>
    /// <param name="network">phi.</param>
    /// <param name="constraint">C_j.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="batch">Samples of one forward pass at the most.</param>
    public SampleConstraints(Network<T> network, IOutputConstraint<T> constraint, ISampleSource source, int batch = 128)
    {
        _constraint = constraint;
        _memory = new Workspace<T>(network.Device);
        _passes = _memory.Own(new ForwardPasses<T>(network, source, 1, null, batch));
        _rows = _memory.Zeros(_passes.Batch * constraint.RowsPerSample);
        _host = new T[_rows.Count];
    }

    /// <summary>C of samples, [samples, J], in the network's units.</summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sample.</exception>
    public double[] Of(Tensor<T> w, ReadOnlySpan<int> samples, CancellationToken cancellation = default)
    {
        var each = _constraint.RowsPerSample;
        var values = new double[samples.Length * each];
        for (var first = 0; first < samples.Length; first += _passes.Batch)
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = _passes.Run(w, samples, first, out var count);
            _constraint.Evaluate(_passes.Output, batch.Columns, _rows);
            _rows.CopyTo(_host);
            for (var i = 0; i < count * each; i++) values[(first * each) + i] = double.CreateTruncating(_host[i]);
        }
        return values;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();
}
