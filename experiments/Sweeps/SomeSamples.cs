namespace PoseEngine.Experiments.Sweeps;

/// <summary>At most a number of samples of a source, evenly spaced.</summary>
/// <param name="all">The source.</param>
/// <param name="most">Samples at the most.</param>
internal sealed class SomeSamples(IImageSource all, int most) : IImageSource
{
    /// <inheritdoc/>
    public int Count { get; } = Math.Min(most, all.Count);

    /// <inheritdoc/>
    public Shape Image => all.Image;

    /// <inheritdoc/>
    public int Outputs => all.Outputs;

    /// <inheritdoc/>
    public void CopyImage(int index, Span<byte> image) => all.CopyImage(Place(index), image);

    /// <inheritdoc/>
    public void CopyTarget(int index, Span<double> target) => all.CopyTarget(Place(index), target);

    private int Place(int index) => (int)((long)index * all.Count / Count);
}
