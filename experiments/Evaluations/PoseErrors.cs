namespace PoseEngine.Experiments.Evaluations;

/// <summary>
/// What is measured on each sample: mean distances of joints in millimetres, and |C| of the six constraints. Means over any
/// choice of samples follow from it.
/// </summary>
public sealed class PoseErrors
{
    private const int Joints = Skeleton.JointCount;
    private const int Values = 3 * Joints;

    private PoseErrors(int samples, double[] violations)
    {
        Violations = violations;
        (Plain, WithoutPelvis) = (new double[samples], new double[samples]);
        (RootAligned, ScaleAligned, Aligned) = (new double[samples], new double[samples], new double[samples]);
    }

    /// <summary>The number of constraints of a sample.</summary>
    public static int Constraints => PoseEngine.Constraints.LimbSymmetry.PaperNames.Count;

    /// <summary>The number of samples.</summary>
    public int Count => Plain.Length;

    /// <summary>The paper's error of each sample: the mean distance over all 17 joints, nothing aligned.</summary>
    public double[] Plain { get; }

    /// <summary>The same over the 16 joints beside the pelvis.</summary>
    public double[] WithoutPelvis { get; }

    /// <summary>The mean distance over 17 joints after <see cref="PoseAlignment.Root"/> (MPJPE, protocol 1).</summary>
    public double[] RootAligned { get; }

    /// <summary>The mean distance over 17 joints after <see cref="PoseAlignment.RootAndScale"/> (N-MPJPE).</summary>
    public double[] ScaleAligned { get; }

    /// <summary>The mean distance over 17 joints after <see cref="PoseAlignment.Similarity"/> (PA-MPJPE, protocol 2).</summary>
    public double[] Aligned { get; }

    /// <summary>|C|, six values a sample.</summary>
    public double[] Violations { get; }

    /// <summary>The mean distance of each joint over all samples.</summary>
    public double[] PerJoint { get; } = new double[Joints];

    /// <summary>The mean distance of each joint after <see cref="PoseAlignment.Similarity"/>.</summary>
    public double[] PerJointAligned { get; } = new double[Joints];

    /// <summary>Measures N predictions of 51 values against N true poses, millimetres.</summary>
    public static PoseErrors Of(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets)
    {
        double[] violations = [.. LimbResiduals.Of(predictions).Select(Math.Abs)];
        var errors = new PoseErrors(predictions.Length / Values, violations);
        for (var k = 0; k < errors.Count; k++)
        {
            errors.Measure(k, predictions.Slice(k * Values, Values), targets.Slice(k * Values, Values));
        }
        for (var j = 0; j < Joints; j++)
        {
            errors.PerJoint[j] /= errors.Count;
            errors.PerJointAligned[j] /= errors.Count;
        }
        return errors;
    }

    /// <summary>The errors of always predicting one pose.</summary>
    public static PoseErrors OfConstant(ReadOnlySpan<double> pose, ReadOnlySpan<double> targets)
    {
        var predictions = new double[targets.Length];
        for (var at = 0; at < predictions.Length; at += Values) pose.CopyTo(predictions.AsSpan(at));
        return Of(predictions, targets);
    }

    private void Measure(int k, ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth)
    {
        Span<double> aligned = stackalloc double[Values];
        var sum = Sum(prediction, truth, PerJoint);
        Plain[k] = sum / Joints;
        WithoutPelvis[k] = (sum - Distance(prediction, truth, 0)) / (Joints - 1);
        PoseAlignment.Root(prediction, truth, aligned);
        RootAligned[k] = Sum(aligned, truth, null) / Joints;
        PoseAlignment.RootAndScale(prediction, truth, aligned);
        ScaleAligned[k] = Sum(aligned, truth, null) / Joints;
        PoseAlignment.Similarity(prediction, truth, aligned);
        Aligned[k] = Sum(aligned, truth, PerJointAligned) / Joints;
    }

    private static double Sum(ReadOnlySpan<double> pose, ReadOnlySpan<double> truth, double[]? perJoint)
    {
        var sum = 0.0;
        for (var j = 0; j < Joints; j++)
        {
            var distance = Distance(pose, truth, j);
            sum += distance;
            if (perJoint is not null) perJoint[j] += distance;
        }
        return sum;
    }

    private static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int joint)
    {
        var at = 3 * joint;
        return new Vec3(a[at] - b[at], a[at + 1] - b[at + 1], a[at + 2] - b[at + 2]).Length;
    }
}
