namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The unit of a file's coordinates, seen from the length of the thighs.</summary>
/// <param name="Millimetres">The millimetres of one unit.</param>
internal readonly record struct PoseUnit(string Name, double Millimetres)
{
    // Grown-up people; 443 mm in the data set.
    private const double ShortestThigh = 250;
    private const double LongestThigh = 700;

    private static readonly PoseUnit[] Known = [new("millimetres", 1), new("metres", 1000)];

    /// <summary>The unit in which the median thigh is one of a grown-up.</summary>
    /// <param name="joints">17 points a pose.</param>
    /// <param name="file">For messages.</param>
    public static PoseUnit Detect(ReadOnlySpan<Vec3> joints, string file)
    {
        var thighs = new double[2 * joints.Length / Skeleton.JointCount];
        for (var i = 0; i < thighs.Length; i++)
        {
            var pose = joints.Slice(i / 2 * Skeleton.JointCount, Skeleton.JointCount);
            var (hip, knee) = i % 2 == 0 ? (Joint.RightHip, Joint.RightKnee) : (Joint.LeftHip, Joint.LeftKnee);
            thighs[i] = (pose[(int)knee] - pose[(int)hip]).Length;
        }

        var median = Statistics.Quantile(thighs, .5);
        foreach (var unit in Known)
            if (median * unit.Millimetres is >= ShortestThigh and <= LongestThigh) return unit;

        throw new UserErrorException(
            FormattableString.Invariant($"{file}: the median thigh is {median:0.####} long, {ShortestThigh} to {LongestThigh} would be millimetres and a thousandth of it metres: ")
            + "these are no poses of Human3.6M, or their joints are in another order");
    }
}
