using PoseEngine.Experiments.Data;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Runs;

/// <summary>Some samples of a pack, as training takes them; poses are in millimetres.</summary>
public sealed class PackSource(Pack pack, int[] indices) : ISampleSource
{
    /// <inheritdoc/>
    public int Count => indices.Length;

    /// <inheritdoc/>
    public Shape Image { get; } = new(CropGeometry.Pixels, CropGeometry.Pixels, 3);

    /// <inheritdoc/>
    public int Outputs => 3 * Skeleton.JointCount;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> samples, Span<byte> images, Span<float> targets)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            pack.Image(indices[samples[i]]).CopyTo(images[(i * Image.Count)..]);
            pack.Pose(indices[samples[i]]).CopyTo(targets[(i * Outputs)..]);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Target(int index) => pack.Pose(indices[index]);

    /// <summary>Where a sample comes from.</summary>
    public PackEntry Entry(int sample) => pack.Entry(indices[sample]);

    /// <summary>At most so many of the samples, evenly spaced.</summary>
    public PackSource Some(int most)
        => most >= Count ? this : new PackSource(pack, [.. Enumerable.Range(0, most).Select(i => indices[(int)((long)i * Count / most)])]);

    /// <summary>Which part of the view the image of a sample shows.</summary>
    public CropGeometry Crop(int sample) => pack.Crop(indices[sample]);
}
