using System.Numerics;
using PoseEngine.Experiments.Data;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Predictions;

/// <summary>Runs a model on some images that are in memory, a batch of a fixed size at a time.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class PosePredictor<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Values = 3 * Skeleton.JointCount;
    private readonly ModelFile<T> _model;
    private readonly Layers.Linearization<T> _linearization;
    private readonly BatchLoader<T> _loader;
    private readonly Crops _crops;
    private readonly int[] _places;
    private readonly T[] _outputs;

    /// <summary>A predictor for so many images at a time.</summary>
    public PosePredictor(ModelFile<T> model, int batch)
    {
        _model = model;
        _crops = new Crops(batch);
        _places = [.. Enumerable.Range(0, batch)];
        _outputs = new T[batch * Values];
        _linearization = model.Network.CreateLinearization(batch);
        _loader = new BatchLoader<T>(model.Network.Device, _crops, batch, model.OutputScaleMm);
    }

    /// <summary>The images of a batch.</summary>
    public int Batch => _places.Length;

    /// <summary>The memory of image <paramref name="place"/> of the batch, 128 x 128 x 3 bytes, to be filled and read.</summary>
    public Span<byte> Image(int place) => _crops.Image(place);

    /// <summary>The poses of the first images of the batch, 51 values each, millimetres.</summary>
    public double[][] Predict(int count)
    {
        // Places past the last image hold what was there before; their poses are dropped.
        _linearization.MoveTo(_model.Parameters, _loader.Load(_places).Inputs);
        _linearization.Output.CopyTo(_outputs);
        var poses = new double[count][];
        for (var k = 0; k < count; k++)
        {
            poses[k] = new double[Values];
            for (var i = 0; i < Values; i++) poses[k][i] = double.CreateTruncating(_outputs[(k * Values) + i]) * _model.OutputScaleMm;
        }
        return poses;
    }

    /// <inheritdoc/>
    public void Dispose() => _loader.Dispose();

    /// <summary>Images without true poses.</summary>
    private sealed class Crops(int count) : ISampleSource
    {
        private readonly byte[] _pixels = new byte[count * WalkerImage.ByteCount];

        public int Count => count;

        Shape ISampleSource.Image { get; } = new(CropGeometry.Pixels, CropGeometry.Pixels, 3);

        public int Outputs => Values;

        public Span<byte> Image(int place) => _pixels.AsSpan(place * WalkerImage.ByteCount, WalkerImage.ByteCount);

        public void Gather(ReadOnlySpan<int> indices, Span<byte> images, Span<float> targets)
        {
            for (var i = 0; i < indices.Length; i++) Image(indices[i]).CopyTo(images[(i * WalkerImage.ByteCount)..]);
            targets[..(indices.Length * Values)].Clear();
        }

        public ReadOnlySpan<float> Target(int index) => new float[Values];
    }
}
