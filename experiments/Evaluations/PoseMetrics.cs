namespace PoseEngine.Experiments.Evaluations;

/// <summary>The metrics of a choice of samples, all in millimetres.</summary>
public sealed record PoseMetrics
{
    /// <summary>The number of samples.</summary>
    public required int Samples { get; init; }

    /// <summary>The paper's error: the mean distance over all 17 joints, nothing aligned.</summary>
    public required double ErrorMm { get; init; }

    /// <summary>The same over the 16 joints beside the pelvis.</summary>
    public required double ErrorWithoutPelvisMm { get; init; }

    /// <summary>MPJPE with the pelvis moved onto the true one (protocol 1).</summary>
    public required double RootAlignedMm { get; init; }

    /// <summary>N-MPJPE: as protocol 1, with the best scale.</summary>
    public required double ScaleAlignedMm { get; init; }

    /// <summary>PA-MPJPE: after the best similarity of each sample (protocol 2).</summary>
    public required double AlignedMm { get; init; }

    /// <summary>
    /// MPSSE, the mean difference between a left and a right segment's length: the six pairs of segments of the 17 joints are
    /// those of Eq. 15, so it is the mean of |C|.
    /// </summary>
    public required double MpsseMm { get; init; }

    /// <summary>Median of |C| over constraints and samples.</summary>
    public required double MedianViolationMm { get; init; }

    /// <summary>The 95th percentile of |C|.</summary>
    public required double P95ViolationMm { get; init; }

    /// <summary>The largest |C|.</summary>
    public required double MaxViolationMm { get; init; }

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
            ErrorMm = Mean(errors.Plain),
            ErrorWithoutPelvisMm = Mean(errors.WithoutPelvis),
            RootAlignedMm = Mean(errors.RootAligned),
            ScaleAlignedMm = Mean(errors.ScaleAligned),
            AlignedMm = Mean(errors.Aligned),
            MpsseMm = violations.Average(),
            MedianViolationMm = Statistics.QuantileOrNaN(violations, .5),
            P95ViolationMm = Statistics.QuantileOrNaN(violations, .95),
            MaxViolationMm = violations.Max(),
        };

        double Mean(double[] values) => chosen.Average(k => values[k]);
    }
}

/// <summary>One part of a breakdown.</summary>
/// <param name="Name">The subject, camera or source.</param>
/// <param name="Model">The model on its samples.</param>
/// <param name="MeanPoseErrorMm">The error of the mean training pose on them.</param>
public sealed record MetricGroup(string Name, PoseMetrics Model, double MeanPoseErrorMm)
{
    /// <summary>The metrics of the samples of each key, in the order of the keys' first samples.</summary>
    public static IReadOnlyList<MetricGroup> By(PoseErrors model, PoseErrors meanPose, Func<int, string> key)
        => [.. Enumerable.Range(0, model.Count).GroupBy(key)
            .Select(group => new MetricGroup(group.Key, PoseMetrics.Of(model, group), group.Average(k => meanPose.Plain[k])))];
}
