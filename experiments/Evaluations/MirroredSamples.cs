using PoseEngine.Experiments.Data;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Experiments.Evaluations;

/// <summary>
/// The samples of a source as a mirror shows them: images with left and right exchanged, and the poses of the mirrored
/// people, whose left arm is the right one of the original.
/// </summary>
/// <param name="original">Samples of 17 joints with targets in camera space.</param>
internal sealed class MirroredSamples(ISampleSource original) : ISampleSource
{
    private const int Channels = 3;

    /// <inheritdoc/>
    public int Count => original.Count;

    /// <inheritdoc/>
    public Shape Image => original.Image;

    /// <inheritdoc/>
    public int Outputs => original.Outputs;

    /// <inheritdoc/>
    public void Gather(ReadOnlySpan<int> indices, Span<byte> images, Span<float> targets)
    {
        original.Gather(indices, images, targets);
        var row = Image[1] * Channels;
        for (var at = 0; at < indices.Length * Image.Count; at += row) MirrorRow(images.Slice(at, row));
        for (var i = 0; i < indices.Length; i++) MirrorPose(original.Target(indices[i]), targets.Slice(i * Outputs, Outputs));
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Target(int index)
    {
        var mirrored = new float[Outputs];
        MirrorPose(original.Target(index), mirrored);
        return mirrored;
    }

    private static void MirrorRow(Span<byte> row)
    {
        for (int left = 0, right = row.Length - Channels; left < right; left += Channels, right -= Channels)
        {
            for (var c = 0; c < Channels; c++) (row[left + c], row[right + c]) = (row[right + c], row[left + c]);
        }
    }

    private static void MirrorPose(ReadOnlySpan<float> pose, Span<float> mirrored)
    {
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            var from = 3 * Skeleton.Mirror[j];
            (mirrored[3 * j], mirrored[(3 * j) + 1], mirrored[(3 * j) + 2]) = (-pose[from], pose[from + 1], pose[from + 2]);
        }
    }
}
