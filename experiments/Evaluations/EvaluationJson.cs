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
                errorMm = e.ErrorMm,
                errorWithoutPelvisMm = e.ErrorWithoutPelvisMm,
                meanPoseErrorMm = main.MeanPose.ErrorMm,
                rootAlignedMm = main.Metrics.RootAlignedMm,
                nMpjpeMm = main.Metrics.ScaleAlignedMm,
                paMpjpeMm = main.Metrics.AlignedMm,
                mpsseMm = main.Metrics.MpsseMm,
                medianViolationMm = e.MedianViolationMm,
                p95ViolationMm = e.P95ViolationMm,
                maxViolationMm = main.Metrics.MaxViolationMm,
                constraints = LimbSymmetry.PaperNames,
                perConstraintMedianMm = e.PerConstraintMedianMm,
                perConstraintP95Mm = e.PerConstraintP95Mm,
                perConstraintMaxMm = e.PerConstraintMaxMm,
                joints = Enum.GetNames<Joint>(),
                perJointErrorMm = e.PerJointErrorMm,
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
        errorMm = half.Metrics.ErrorMm,
        errorWithoutPelvisMm = half.Metrics.ErrorWithoutPelvisMm,
        meanPoseErrorMm = half.MeanPose.ErrorMm,
        rootAlignedMm = half.Metrics.RootAlignedMm,
        nMpjpeMm = half.Metrics.ScaleAlignedMm,
        paMpjpeMm = half.Metrics.AlignedMm,
        mpsseMm = half.Metrics.MpsseMm,
        medianViolationMm = half.Paper.MedianViolationMm,
        p95ViolationMm = half.Paper.P95ViolationMm,
        maxViolationMm = half.Metrics.MaxViolationMm,
        perConstraintMedianMm = half.Paper.PerConstraintMedianMm,
        perConstraintP95Mm = half.Paper.PerConstraintP95Mm,
        perConstraintMaxMm = half.Paper.PerConstraintMaxMm,
        perJointErrorMm = half.Paper.PerJointErrorMm,
        shareMet = half.Paper.ShareCurve(),
        bySubject = half.BySubject.Select(Group),
        byCamera = half.ByCamera.Select(Group),
        bySource = half.BySource.Select(Group),
    };

    private static object Metrics(PoseMetrics metrics, PoseErrors errors) => new
    {
        errorMm = metrics.ErrorMm,
        errorWithoutPelvisMm = metrics.ErrorWithoutPelvisMm,
        rootAlignedMm = metrics.RootAlignedMm,
        nMpjpeMm = metrics.ScaleAlignedMm,
        paMpjpeMm = metrics.AlignedMm,
        mpsseMm = metrics.MpsseMm,
        medianViolationMm = metrics.MedianViolationMm,
        perJointErrorMm = errors.PerJoint,
    };

    private static object Group(MetricGroup group) => new
    {
        name = group.Name,
        samples = group.Model.Samples,
        errorMm = group.Model.ErrorMm,
        errorWithoutPelvisMm = group.Model.ErrorWithoutPelvisMm,
        rootAlignedMm = group.Model.RootAlignedMm,
        nMpjpeMm = group.Model.ScaleAlignedMm,
        paMpjpeMm = group.Model.AlignedMm,
        mpsseMm = group.Model.MpsseMm,
        medianViolationMm = group.Model.MedianViolationMm,
        p95ViolationMm = group.Model.P95ViolationMm,
        meanPoseErrorMm = group.MeanPoseErrorMm,
    };
}
