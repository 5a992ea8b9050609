using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Forward passes over many samples in batches of a fixed size.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class ForwardPasses<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly Linearization<T> _linearization;
    private readonly BatchLoader<T> _loader;
    private readonly int[] _indices;

    public ForwardPasses(Network<T> network, ISampleSource source, double unit, ResidentImages<T>? resident, int batch)
    {
        _indices = new int[Math.Clamp(source.Count, 1, batch)];
        _memory = new Workspace<T>(network.Device);
        _linearization = _memory.Own(network.CreateLinearization(_indices.Length));
        _loader = _memory.Own(new BatchLoader<T>(network.Device, source, _indices.Length, unit, resident));
    }

    /// <summary>Samples of one pass.</summary>
    public int Batch => _indices.Length;

    /// <summary>phi of the last pass [batch, outputs].</summary>
    public Tensor<T> Output => _linearization.Output;

    /// <summary>
    /// Runs one pass, filled up with the last sample, whose extra outputs mean nothing.
    /// </summary>
    /// <param name="w">The parameters [N_P].</param>
    /// <param name="samples">All samples.</param>
    /// <param name="first">Where among them the pass begins.</param>
    /// <param name="count">How many of them it takes.</param>
    public Batch<T> Run(Tensor<T> w, ReadOnlySpan<int> samples, int first, out int count)
    {
        for (var i = 0; i < _indices.Length; i++) _indices[i] = samples[Math.Min(first + i, samples.Length - 1)];
        count = Math.Min(_indices.Length, samples.Length - first);
        var batch = _loader.Load(_indices);
        _linearization.MoveTo(w, batch.Inputs, batch.Columns);
        return batch;
    }

    public void Dispose() => _memory.Dispose();
}
