using MathNet.Numerics.Statistics;

namespace PoseEngine.Experiments.Data;

/// <summary>How far the poses of a pack violate one constraint of Eq. 15, mm (absolute values).</summary>
public readonly record struct ResidualStatistics(string Name, double Median, double Percentile95, double Maximum);

/// <param name="Counts">Images by kind ("subject", "trial", "camera", "source") and value.</param>
/// <param name="Joints">The coordinates of the joints, three for each, mm.</param>
/// <param name="MeanPoseError">The error of always predicting the mean pose: mean distance over images and 17 joints, mm.</param>
public sealed record PackReport(
    int Count, IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Counts,
    IReadOnlyList<RunningStatistics> Joints, IReadOnlyList<ResidualStatistics> Residuals, double MeanPoseError);

public static class PackInspector
{
    public static PackReport Inspect(Pack pack)
    {
        var joints = Measure(pack);
        return new PackReport(pack.Count, Count(pack), joints, Residuals(pack), MeanPoseError(pack, joints));
    }

    private static Dictionary<string, IReadOnlyDictionary<string, int>> Count(Pack pack)
    {
        Dictionary<string, int> By(Func<int, string> key) => Enumerable.Range(0, pack.Count).CountBy(key).ToDictionary(p => p.Key, p => p.Value);
        return new Dictionary<string, IReadOnlyDictionary<string, int>>
        {
            ["subject"] = By(pack.Subject),
            ["trial"] = By(i => pack.Trial(i).ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ["camera"] = By(i => pack.Camera(i).ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ["source"] = By(pack.Source),
        };
    }

    private static RunningStatistics[] Measure(Pack pack)
    {
        RunningStatistics[] joints = [.. Enumerable.Range(0, PackFiles.PoseValues).Select(_ => new RunningStatistics())];
        for (var i = 0; i < pack.Count; i++)
        {
            var pose = pack.Pose(i);
            for (var k = 0; k < pose.Length; k++) joints[k].Push(pose[k]);
        }
        return joints;
    }

    private static ResidualStatistics[] Residuals(Pack pack) =>
    [
        .. LimbResiduals.Violations(pack.Poses).Select((values, j) => new ResidualStatistics(
            $"C{j + 1} {LimbSymmetry.PaperNames[j]}", Statistics.QuantileOrNaN(values, .5), Statistics.QuantileOrNaN(values, .95), values.Max())),
    ];

    private static double MeanPoseError(Pack pack, RunningStatistics[] joints)
    {
        var sum = 0.0;
        for (var i = 0; i < pack.Count; i++)
        {
            var pose = pack.Pose(i);
            for (var j = 0; j < Skeleton.JointCount; j++)
            {
                var (x, y, z) = (pose[3 * j] - joints[3 * j].Mean, pose[(3 * j) + 1] - joints[(3 * j) + 1].Mean, pose[(3 * j) + 2] - joints[(3 * j) + 2].Mean);
                sum += Math.Sqrt((x * x) + (y * y) + (z * z));
            }
        }
        return sum / pack.Count / Skeleton.JointCount;
    }
}
