namespace PoseEngine.Experiments.Evaluations;

/// <summary>The samples of a source as a mirror shows them: images with left and right exchanged, and the poses of the mirrored people,
/// whose left arm is the right one of the original.</summary>
/// <param name="original">Samples of 17 joints with targets in camera space.</param>
internal sealed class MirroredSamples(IImageSource original) : IImageSource
{
    private const int Channels = 3;

    public int Count => original.Count;

    public Shape Image => original.Image;

    public int Outputs => original.Outputs;

    public void CopyImage(int index, Span<byte> image)
    {
        original.CopyImage(index, image);
        var row = Image[1] * Channels;
        for (var at = 0; at < image.Length; at += row) MirrorRow(image.Slice(at, row));
    }

    public void CopyTarget(int index, Span<double> target)
    {
        var pose = new double[Outputs];
        original.CopyTarget(index, pose);
        MirrorPose(pose, target);
    }

    private static void MirrorRow(Span<byte> row)
    {
        for (int left = 0, right = row.Length - Channels; left < right; left += Channels, right -= Channels)
        {
            for (var c = 0; c < Channels; c++) (row[left + c], row[right + c]) = (row[right + c], row[left + c]);
        }
    }

    private static void MirrorPose(ReadOnlySpan<double> pose, Span<double> mirrored)
    {
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            var from = 3 * Skeleton.Mirror[j];
            (mirrored[3 * j], mirrored[(3 * j) + 1], mirrored[(3 * j) + 2]) = (-pose[from], pose[from + 1], pose[from + 2]);
        }
    }
}
