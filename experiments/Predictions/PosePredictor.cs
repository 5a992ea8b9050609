namespace PoseEngine.Experiments.Predictions;

/// <summary>Runs a model on some images that are in memory, a batch of a fixed size at a time.</summary>
internal sealed class PosePredictor<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Values = 3 * Skeleton.JointCount;
    private readonly ModelFile<T> _model;
    private readonly Evaluator<T> _evaluator;
    private readonly Crops _crops;

    /// <summary>A predictor for so many images at a time.</summary>
    public PosePredictor(ModelFile<T> model, int batch)
    {
        (_model, _crops) = (model, new Crops(batch));
        _evaluator = new Evaluator<T>(model.Network, _crops, model.OutputScale, batch, keepsImages: false);
    }

    public int Batch => _crops.Count;

    /// <summary>The memory of image <paramref name="place"/> of the batch, 128 x 128 x 3 bytes, to be filled and read.</summary>
    public Span<byte> Image(int place) => _crops.Image(place);

    /// <summary>The poses of the first images of the batch, 51 values each, millimetres.</summary>
    public double[][] Predict(int count)
    {
        // Places past the last image hold what was there before; their poses are dropped.
        var all = _evaluator.Predict(_model.Parameters);
        return [.. Enumerable.Range(0, count).Select(k => all[(k * Values)..((k + 1) * Values)])];
    }

    public void Dispose() => _evaluator.Dispose();

    /// <summary>Images without true poses.</summary>
    private sealed class Crops(int count) : IImageSource
    {
        private readonly byte[] _pixels = new byte[count * WalkerImage.ByteCount];

        public int Count => count;

        Shape IImageSource.Image { get; } = new(CropGeometry.Pixels, CropGeometry.Pixels, 3);

        public int Outputs => 0;

        public Span<byte> Image(int place) => _pixels.AsSpan(place * WalkerImage.ByteCount, WalkerImage.ByteCount);

        public void CopyImage(int index, Span<byte> image) => Image(index).CopyTo(image);

        public void CopyTarget(int index, Span<double> target)
        {
        }
    }
}
