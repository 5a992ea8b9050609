namespace PoseEngine.Experiments.Evaluations;

/// <summary>The JSON of an evaluation: figures of the main subset at the top, lengths in millimetres.</summary>
internal static class EvaluationJson
{
    /// <summary>The text of the file.</summary>
    public static string Of(ModelEvaluation evaluation)
    {
        var main = evaluation.Main;
        var e = main.Paper;
        return JsonSerializer.Serialize(
            new
            {
                command = "evaluate",
                model = evaluation.Model,
                data = evaluation.Data,
                device = evaluation.Device,
                precision = evaluation.Precision,
                subset = main.Name,
                samples = e.Samples,
                errorMm = e.Error,
                errorWithoutPelvisMm = e.ErrorWithoutPelvis,
                meanPoseErrorMm = main.MeanPose.Error,
                rootAlignedMm = main.Metrics.RootAligned,
                nMpjpeMm = main.Metrics.ScaleAligned,
                paMpjpeMm = main.Metrics.Aligned,
                mpsseMm = main.Metrics.Mpsse,
                medianViolationMm = e.MedianViolation,
                p95ViolationMm = e.P95Violation,
                maxViolationMm = main.Metrics.MaxViolation,
                constraints = LimbSymmetry.PaperNames,
                perConstraintMedianMm = e.PerConstraintMedian,
                perConstraintP95Mm = e.PerConstraintP95,
                perConstraintMaxMm = e.PerConstraintMax,
                joints = Enum.GetNames<Joint>(),
                perJointErrorMm = e.PerJointError,
                perJointPaErrorMm = main.Errors.PerJointAligned,
                shareMet = e.ShareCurve(),
                meanPose = Metrics(main.MeanPose, main.MeanPoseErrors),
                bySubject = main.BySubject.Select(Group),
                byCamera = main.ByCamera.Select(Group),
                bySource = main.BySource.Select(Group),
                train = evaluation.Train is { } train ? Half(train) : null,
                gates = evaluation.Gates,
            },
            RunJson.Indented);
    }

    private static object Half(SubsetEvaluation half) => new
    {
        samples = half.Paper.Samples,
        available = half.Available,
        errorMm = half.Metrics.Error,
        errorWithoutPelvisMm = half.Metrics.ErrorWithoutPelvis,
        meanPoseErrorMm = half.MeanPose.Error,
        rootAlignedMm = half.Metrics.RootAligned,
        nMpjpeMm = half.Metrics.ScaleAligned,
        paMpjpeMm = half.Metrics.Aligned,
        mpsseMm = half.Metrics.Mpsse,
        medianViolationMm = half.Paper.MedianViolation,
        p95ViolationMm = half.Paper.P95Violation,
        maxViolationMm = half.Metrics.MaxViolation,
        perConstraintMedianMm = half.Paper.PerConstraintMedian,
        perConstraintP95Mm = half.Paper.PerConstraintP95,
        perConstraintMaxMm = half.Paper.PerConstraintMax,
        perJointErrorMm = half.Paper.PerJointError,
        shareMet = half.Paper.ShareCurve(),
        bySubject = half.BySubject.Select(Group),
        byCamera = half.ByCamera.Select(Group),
        bySource = half.BySource.Select(Group),
    };

    private static object Metrics(PoseMetrics metrics, PoseErrors errors) => new
    {
        errorMm = metrics.Error,
        errorWithoutPelvisMm = metrics.ErrorWithoutPelvis,
        rootAlignedMm = metrics.RootAligned,
        nMpjpeMm = metrics.ScaleAligned,
        paMpjpeMm = metrics.Aligned,
        mpsseMm = metrics.Mpsse,
        medianViolationMm = metrics.MedianViolation,
        perJointErrorMm = errors.PerJoint,
    };

    private static object Group(MetricGroup group) => new
    {
        name = group.Name,
        samples = group.Model.Samples,
        errorMm = group.Model.Error,
        errorWithoutPelvisMm = group.Model.ErrorWithoutPelvis,
        rootAlignedMm = group.Model.RootAligned,
        nMpjpeMm = group.Model.ScaleAligned,
        paMpjpeMm = group.Model.Aligned,
        mpsseMm = group.Model.Mpsse,
        medianViolationMm = group.Model.MedianViolation,
        p95ViolationMm = group.Model.P95Violation,
        meanPoseErrorMm = group.MeanPoseError,
    };
}
