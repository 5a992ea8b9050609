namespace PoseEngine.Experiments.Runs;

/// <summary>The metrics of section 5 of the paper over a validation set; all lengths in millimetres.</summary>
public sealed record Evaluation
{
    /// <summary>The number of samples.</summary>
    public required int Samples { get; init; }

    /// <summary>Mean distance between predicted and true joints over all 17 joints: the paper's prediction error.</summary>
    public required double Error { get; init; }

    /// <summary>The same over the 16 joints beside the pelvis, which is the origin of every target.</summary>
    public required double ErrorWithoutPelvis { get; init; }

    /// <summary>Median of |C_jk| over all constraints and samples.</summary>
    public required double MedianViolation { get; init; }

    /// <summary>The 95th percentile of |C_jk| over all constraints and samples.</summary>
    public required double P95Violation { get; init; }

    /// <summary>Median of |C_jk| over the samples for each of the six constraints.</summary>
    public required double[] PerConstraintMedian { get; init; }

    /// <summary>The 95th percentile of |C_jk| over the samples for each constraint.</summary>
    public required double[] PerConstraintP95 { get; init; }

    /// <summary>The largest |C_jk| over the samples for each constraint.</summary>
    public required double[] PerConstraintMax { get; init; }

    /// <summary>Mean error of each of the 17 joints.</summary>
    public required double[] PerJointError { get; init; }

    /// <summary>All |C_jk|.</summary>
    public required double[] Violations { get; init; }

    /// <summary>The share of constraints met against the threshold (Fig. 2(b)).</summary>
    public IReadOnlyList<SharePoint> ShareCurve() => SharePoint.Curve(Violations, SharePoint.Millimetres);

    /// <summary>Computes the metrics.</summary>
    /// <param name="predictions">N x 51, millimetres.</param>
    /// <param name="targets">N x 51, millimetres.</param>
    public static Evaluation Of(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets)
    {
        const int joints = Data.Skeleton.JointCount;
        var samples = predictions.Length / (3 * joints);
        var perJoint = new double[joints];
        for (var place = 0; place < samples * joints; place++)
        {
            perJoint[place % joints] += Distance(predictions, targets, 3 * place) / samples;
        }
        var violations = Data.LimbResiduals.Violations(predictions);
        double[] all = [.. violations.SelectMany(v => v)];
        return new Evaluation
        {
            Samples = samples,
            Error = perJoint.Average(),
            ErrorWithoutPelvis = perJoint.Skip(1).Average(),
            PerJointError = perJoint,
            MedianViolation = Statistics.QuantileOrNaN(all, 0.5),
            P95Violation = Statistics.QuantileOrNaN(all, 0.95),
            PerConstraintMedian = [.. violations.Select(v => Statistics.QuantileOrNaN(v, 0.5))],
            PerConstraintP95 = [.. violations.Select(v => Statistics.QuantileOrNaN(v, 0.95))],
            PerConstraintMax = [.. violations.Select(v => v.Max())],
            Violations = all,
        };
    }

    private static double Distance(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, int at)
    {
        var (x, y, z) = (predictions[at] - targets[at], predictions[at + 1] - targets[at + 1], predictions[at + 2] - targets[at + 2]);
        return Math.Sqrt((x * x) + (y * y) + (z * z));
    }
}
