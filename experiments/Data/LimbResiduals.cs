namespace PoseEngine.Experiments.Data;

/// <summary>Eq. 15 of given poses in float64: the constraints that training uses, wherever poses are measured.</summary>
public static class LimbResiduals
{
    private const int Values = 3 * Skeleton.JointCount;

    /// <summary>C with its sign, the left minus the right length, six values a pose.</summary>
    public static double[] Of<T>(ReadOnlySpan<T> poses) where T : unmanaged, INumber<T>
    {
        using var device = new CpuDevice<double>(1);
        var constraint = new LimbSymmetry<double>(device);
        var residuals = device.Zeros(poses.Length / Values * constraint.Rows.Count);
        constraint.Evaluate(device.From(Array.ConvertAll(poses.ToArray(), double.CreateTruncating)), default, residuals);
        return residuals.ToArray();
    }

    /// <summary>|C|, an array of N values for each of the six constraints.</summary>
    public static double[][] Violations<T>(ReadOnlySpan<T> poses) where T : unmanaged, INumber<T>
    {
        var residuals = Of(poses);
        var rows = LimbSymmetry.PaperNames.Count;
        return [.. Enumerable.Range(0, rows).Select(j => Enumerable.Range(0, residuals.Length / rows).Select(k => Math.Abs(residuals[(k * rows) + j])).ToArray())];
    }
}
