namespace PoseEngine.Experiments.Evaluations;

/// <summary>The metrics of a choice of samples, all in millimetres.</summary>
public sealed record PoseMetrics
{
    /// <summary>The number of samples.</summary>
    public required int Samples { get; init; }

    /// <summary>The paper's error: the mean distance over all 17 joints, nothing aligned.</summary>
    public required double Error { get; init; }

    /// <summary>The same over the 16 joints beside the pelvis.</summary>
    public required double ErrorWithoutPelvis { get; init; }

    /// <summary>MPJPE with the pelvis moved onto the true one (protocol 1).</summary>
    public required double RootAligned { get; init; }

    /// <summary>N-MPJPE: as protocol 1, with the best scale.</summary>
    public required double ScaleAligned { get; init; }

    /// <summary>PA-MPJPE: after the best similarity of each sample (protocol 2).</summary>
    public required double Aligned { get; init; }

    /// <summary>
    /// MPSSE, the mean difference between a left and a right segment's length: the six pairs of segments of the 17 joints are
    /// those of Eq. 15, so it is the mean of |C|.
    /// </summary>
    public required double Mpsse { get; init; }

    /// <summary>Median of |C| over constraints and samples.</summary>
    public required double MedianViolation { get; init; }

    /// <summary>The 95th percentile of |C|.</summary>
    public required double P95Violation { get; init; }

    /// <summary>The largest |C|.</summary>
    public required double MaxViolation { get; init; }

    /// <summary>The metrics of all samples.</summary>
    public static PoseMetrics Of(PoseErrors errors) => Of(errors, Enumerable.Range(0, errors.Count));

    /// <summary>The metrics of some samples.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static PoseMetrics Of(PoseErrors errors, IEnumerable<int> samples)
    {
        int[] chosen = [.. samples];
        var width = PoseErrors.Constraints;
        double[] violations = [.. chosen.SelectMany(k => errors.Violations.Skip(k * width).Take(width))];
        return new PoseMetrics
        {
            Samples = chosen.Length,
            Error = Mean(errors.Plain),
            ErrorWithoutPelvis = Mean(errors.WithoutPelvis),
            RootAligned = Mean(errors.RootAligned),
            ScaleAligned = Mean(errors.ScaleAligned),
            Aligned = Mean(errors.Aligned),
            Mpsse = violations.Average(),
            MedianViolation = Statistics.QuantileOrNaN(violations, .5),
            P95Violation = Statistics.QuantileOrNaN(violations, .95),
            MaxViolation = violations.Max(),
        };

        double Mean(double[] values) => chosen.Average(k => values[k]);
    }
}

/// <summary>One part of a breakdown.</summary>
/// <param name="Name">The subject, camera or source.</param>
/// <param name="Model">The model on its samples.</param>
/// <param name="MeanPoseError">The error of the mean training pose on them.</param>
public sealed record MetricGroup(string Name, PoseMetrics Model, double MeanPoseError)
{
    /// <summary>The metrics of the samples of each key, in the order of the keys' first samples.</summary>
    public static IReadOnlyList<MetricGroup> By(PoseErrors model, PoseErrors meanPose, Func<int, string> key)
        => [.. Enumerable.Range(0, model.Count).GroupBy(key)
            .Select(group => new MetricGroup(group.Key, PoseMetrics.Of(model, group), group.Average(k => meanPose.Plain[k])))];
}
