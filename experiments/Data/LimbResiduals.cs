namespace PoseEngine.Experiments.Data;

/// <summary>Eq. 15 of given poses in float64: the constraints that training uses, wherever poses are measured.</summary>
public static class LimbResiduals
{
    private const int Values = 3 * Skeleton.JointCount;
    private const int Chunk = 1024;

    /// <summary>C with its sign, the left minus the right length, six values a pose.</summary>
    public static double[] Of<T>(ReadOnlySpan<T> poses) where T : unmanaged, INumber<T>
    {
        using var device = new CpuDevice<double>(1);
        var constraint = new LimbSymmetry<double>(device);
        var rows = constraint.Rows.Count;
        var residuals = new double[poses.Length / Values * rows];
        Span<double> values = new double[Math.Min(Chunk * Values, poses.Length)];
        var (y, c) = (device.Zeros(values.Length), device.Zeros(values.Length / Values * rows));
        for (var first = 0; first < poses.Length; first += values.Length)
        {
            var count = Math.Min(values.Length, poses.Length - first);
            for (var i = 0; i < count; i++) values[i] = double.CreateTruncating(poses[first + i]);
            var (own, result) = (y.Slice(0, count), c.Slice(0, count / Values * rows));
            own.CopyFrom(values[..count]);
            constraint.Evaluate(own, default, result);
            result.CopyTo(residuals.AsSpan(first / Values * rows, result.Count));
        }
        return residuals;
    }

    /// <summary>|C|, an array of N values for each of the six constraints.</summary>
    public static double[][] Violations<T>(ReadOnlySpan<T> poses) where T : unmanaged, INumber<T>
    {
        var residuals = Of(poses);
        var rows = LimbSymmetry.PaperNames.Count;
        return [.. Enumerable.Range(0, rows).Select(j => Enumerable.Range(0, residuals.Length / rows).Select(k => Math.Abs(residuals[(k * rows) + j])).ToArray())];
    }
}
