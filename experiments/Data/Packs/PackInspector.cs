namespace PoseEngine.Experiments.Data;

/// <summary>The spread of one coordinate of one joint over a pack, mm.</summary>
public readonly record struct CoordinateStatistics(double Mean, double Deviation, double Minimum, double Maximum);

/// <summary>How far the poses of a pack violate one constraint of Eq. 15, mm (absolute values).</summary>
public readonly record struct ResidualStatistics(string Name, double Median, double Percentile95, double Maximum);

/// <param name="Counts">Images by kind ("subject", "trial", "camera", "source") and value.</param>
/// <param name="MeanPoseError">The error of always predicting the mean pose: mean distance over images and 17 joints, mm.</param>
public sealed record PackReport(
    int Count, IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Counts,
    IReadOnlyList<CoordinateStatistics> Joints, IReadOnlyList<ResidualStatistics> Residuals, double MeanPoseError);

public static class PackInspector
{
    public static PackReport Inspect(Pack pack, CancellationToken token = default)
    {
        var joints = Measure(pack, token);
        return new PackReport(pack.Count, Count(pack), joints, Residuals(pack, token), MeanPoseError(pack, joints, token));
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

    private static CoordinateStatistics[] Measure(Pack pack, CancellationToken token)
    {
        var (sum, squares) = (new double[PackFiles.PoseValues], new double[PackFiles.PoseValues]);
        var (low, high) = (new double[PackFiles.PoseValues], new double[PackFiles.PoseValues]);
        Array.Fill(low, double.MaxValue);
        Array.Fill(high, double.MinValue);
        for (var i = 0; i < pack.Count; i++)
        {
            if (i % 4096 == 0) token.ThrowIfCancellationRequested();
            var pose = pack.Pose(i);
            for (var k = 0; k < pose.Length; k++)
            {
                sum[k] += pose[k];
                squares[k] += (double)pose[k] * pose[k];
                (low[k], high[k]) = (Math.Min(low[k], pose[k]), Math.Max(high[k], pose[k]));
            }
        }
        return [.. sum.Select((s, k) =>
        {
            var mean = s / pack.Count;
            return new CoordinateStatistics(mean, Math.Sqrt(Math.Max(0, (squares[k] / pack.Count) - (mean * mean))), low[k], high[k]);
        })];
    }

    private static ResidualStatistics[] Residuals(Pack pack, CancellationToken token)
    {
        const int chunk = 4096;
        var poses = new float[chunk * PackFiles.PoseValues];
        var violations = LimbSymmetry.PaperNames.Select(_ => new double[pack.Count]).ToArray();
        for (var first = 0; first < pack.Count; first += chunk)
        {
            token.ThrowIfCancellationRequested();
            var count = Math.Min(chunk, pack.Count - first);
            for (var i = 0; i < count; i++) pack.Pose(first + i).CopyTo(poses.AsSpan(i * PackFiles.PoseValues));
            var own = LimbResiduals.Violations<float>(poses.AsSpan(0, count * PackFiles.PoseValues));
            for (var j = 0; j < own.Length; j++) own[j].CopyTo(violations[j], first);
        }
        return [.. violations.Select((values, j) => new ResidualStatistics(
            $"C{j + 1} {LimbSymmetry.PaperNames[j]}", Statistics.QuantileOrNaN(values, .5), Statistics.QuantileOrNaN(values, .95), values.Max()))];
    }

    private static double MeanPoseError(Pack pack, CoordinateStatistics[] joints, CancellationToken token)
    {
        var sum = 0.0;
        for (var i = 0; i < pack.Count; i++)
        {
            if (i % 4096 == 0) token.ThrowIfCancellationRequested();
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
