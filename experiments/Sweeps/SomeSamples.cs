using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>At most a number of samples of a source, evenly spaced.</summary>
/// <param name="all">The source.</param>
/// <param name="most">Samples at the most.</param>
internal sealed class SomeSamples(ISampleSource all, int most) : ISampleSource
{
    /// <inheritdoc/>
    public int Count { get; } = Math.Min(most, all.Count);

    /// <inheritdoc/>
    public Shape Image => all.Image;

    /// <inheritdoc/>
    public int Outputs => all.Outputs;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, Span<byte> images, Span<float> targets)
    {
        var places = new int[indices.Length];
        for (var i = 0; i < places.Length; i++) places[i] = Place(indices[i]);
        all.Gather(places, images, targets);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Target(int index) => all.Target(Place(index));

    private int Place(int index) => (int)((long)index * all.Count / Count);
}
