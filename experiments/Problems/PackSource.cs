namespace PoseEngine.Experiments.Problems;

/// <summary>Some samples of a pack, as training takes them; poses are in millimetres.</summary>
public sealed class PackSource(Pack pack, int[] indices) : IImageSource
{
    public int Count => indices.Length;
    public Shape Image { get; } = new(CropGeometry.Pixels, CropGeometry.Pixels, 3);
    public int Outputs => 3 * Skeleton.JointCount;

    public int Groupings => pack.Groupings.Count;

    public int GroupOf(int index, int grouping) => pack.Groupings[grouping][indices[index]];

    public void CopyImage(int index, Span<byte> image) => pack.Image(indices[index]).CopyTo(image);

    public void CopyTarget(int index, Span<double> target)
    {
        var pose = Target(index);
        for (var i = 0; i < pose.Length; i++) target[i] = pose[i];
    }

    /// <summary>The pose of a sample, 51 values.</summary>
    public ReadOnlySpan<float> Target(int index) => pack.Pose(indices[index]);

    /// <summary>The poses of all samples, one after the other.</summary>
    public double[] Targets() => [.. Enumerable.Range(0, Count).SelectMany(i => Target(i).ToArray()).Select(x => (double)x)];

    /// <summary>The number of a sample in its pack, from 0.</summary>
    public int Place(int sample) => indices[sample];

    public PackEntry Entry(int sample) => pack.Entry(indices[sample]);

    /// <summary>At most so many of the samples, evenly spaced.</summary>
    public PackSource Some(int most)
        => most >= Count ? this : new PackSource(pack, [.. Enumerable.Range(0, most).Select(i => indices[(int)((long)i * Count / most)])]);

    /// <summary>Which part of the view the image of a sample shows.</summary>
    public CropGeometry Crop(int sample) => pack.Crop(indices[sample]);
}
