namespace PoseEngine.Experiments.Evaluations;

/// <summary>A model measured on some samples, with the mean training pose beside it.</summary>
public sealed record SubsetEvaluation
{
    /// <summary>"validation", "train" or "all".</summary>
    public required string Name { get; init; }

    /// <summary>The samples there are; fewer may have been measured.</summary>
    public required int Available { get; init; }

    /// <summary>The samples.</summary>
    public required PackSource Source { get; init; }

    /// <summary>N x 51, millimetres.</summary>
    public required double[] Predictions { get; init; }

    /// <summary>The metrics of the paper, per joint and per constraint.</summary>
    public required Evaluation Paper { get; init; }

    /// <summary>The errors of each sample.</summary>
    public required PoseErrors Errors { get; init; }

    /// <summary>Their means.</summary>
    public required PoseMetrics Metrics { get; init; }

    /// <summary>The errors of each sample for the mean training pose.</summary>
    public required PoseErrors MeanPoseErrors { get; init; }

    /// <summary>Their means.</summary>
    public required PoseMetrics MeanPose { get; init; }

    /// <summary>The breakdown by subject, which for clips is the clip.</summary>
    public IReadOnlyList<MetricGroup> BySubject => By(entry => entry.Subject);

    /// <summary>The breakdown by camera, ascending.</summary>
    public IReadOnlyList<MetricGroup> ByCamera
        => [.. By(entry => entry.Camera.ToString(System.Globalization.CultureInfo.InvariantCulture)).OrderBy(g => g.Name.Length).ThenBy(g => g.Name, StringComparer.Ordinal)];

    /// <summary>The breakdown by the kind of source, such as "walker" or "bvh".</summary>
    public IReadOnlyList<MetricGroup> BySource => By(entry => entry.Source.Split(':')[0]);

    /// <summary>All breakdowns.</summary>
    internal IReadOnlyList<(string Kind, IReadOnlyList<MetricGroup> Groups)> Breakdowns => [("subject", BySubject), ("camera", ByCamera), ("source", BySource)];

    /// <summary>Measures predictions.</summary>
    /// <param name="name">What the samples are called.</param>
    /// <param name="available">How many there are.</param>
    /// <param name="source">Those that were measured.</param>
    /// <param name="predictions">N x 51, millimetres.</param>
    /// <param name="meanPose">The mean training pose, millimetres.</param>
    public static SubsetEvaluation Of(string name, int available, PackSource source, double[] predictions, double[] meanPose)
    {
        var targets = TargetsOf(source);
        var errors = PoseErrors.Of(predictions, targets);
        var constant = PoseErrors.OfConstant(meanPose, targets);
        return new SubsetEvaluation
        {
            Name = name,
            Available = available,
            Source = source,
            Predictions = predictions,
            Paper = Evaluation.Of(predictions, targets),
            Errors = errors,
            Metrics = PoseMetrics.Of(errors),
            MeanPoseErrors = constant,
            MeanPose = PoseMetrics.Of(constant),
        };
    }

    /// <summary>The true poses of a source, N x 51.</summary>
    internal static double[] TargetsOf(PackSource source)
    {
        var targets = new double[source.Count * source.Outputs];
        for (var i = 0; i < source.Count; i++) source.CopyTarget(i, targets.AsSpan(i * source.Outputs, source.Outputs));
        return targets;
    }

    private IReadOnlyList<MetricGroup> By(Func<PackEntry, string> key) => MetricGroup.By(Errors, MeanPoseErrors, k => key(Source.Entry(k)));
}

/// <summary>All that <c>poseengine evaluate</c> finds out.</summary>
/// <param name="Model">The path of the model file.</param>
/// <param name="Data">The folder of the pack.</param>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="Precision">"float32" or "float64".</param>
/// <param name="Main">The samples that were asked for.</param>
/// <param name="Train">The training half beside them; null where it is the main one or of another pack.</param>
/// <param name="Gates">The checks.</param>
public sealed record ModelEvaluation(
    string Model, string Data, string Device, string Precision, SubsetEvaluation Main, SubsetEvaluation? Train, IReadOnlyList<SanityGate> Gates)
{
    /// <summary>The main samples, and the training half where it was measured.</summary>
    internal IReadOnlyList<SubsetEvaluation> Subsets => Train is null ? [Main] : [Main, Train];
}
