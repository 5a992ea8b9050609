namespace PoseEngine.Experiments.Evaluations;

/// <summary>A check that a sound model on sound data passes; a failure asks for a look, it is no error of the program.</summary>
/// <param name="Name">Short, for JSON.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Text">What was compared, with both figures.</param>
public sealed record SanityGate(string Name, bool Passed, string Text)
{
    // Float32 coordinates of real data sets are exact to some micrometres; a millimetre tells of mixed spaces or joints.
    private const double TruthLimitMm = 1;

    /// <summary>The error has to be below half of the mean pose's, or the model has seen little of the images.</summary>
    public static SanityGate AgainstMeanPose(double errorMm, double meanPoseMm)
        => new("meanPose", errorMm < .5 * meanPoseMm, Invariant($"error {errorMm:0.0} mm, wanted below half of the mean pose's {meanPoseMm:0.0} mm"));

    /// <summary>Aligning must not make the error larger.</summary>
    public static SanityGate Aligned(PoseMetrics metrics)
        => new("aligned", metrics.Aligned <= metrics.Error, Invariant($"PA-MPJPE {metrics.Aligned:0.0} mm, wanted at most the error {metrics.Error:0.0} mm"));

    /// <summary>The true poses have to meet the constraints.</summary>
    public static SanityGate Truth(ReadOnlySpan<double> targets)
    {
        var largest = LimbResiduals.Of(targets).Select(Math.Abs).Aggregate(0.0, Math.Max);
        return new("truth", largest <= TruthLimitMm, Invariant($"largest |C| of the true poses {largest:0.0000} mm, wanted at most {TruthLimitMm} mm"));
    }

    /// <summary>The error on mirrored images has to be within a tenth of that on the images themselves.</summary>
    public static SanityGate Mirror(double errorMm, double mirroredMm, int samples)
        => new("mirror", Math.Abs(mirroredMm - errorMm) <= .1 * errorMm, Invariant($"error on {samples} mirrored images {mirroredMm:0.0} mm, wanted within 10 % of {errorMm:0.0} mm on the same as they are"));

    /// <summary>Exchanging left and right of the predictions has to make them worse, or labels are mixed up.</summary>
    public static SanityGate Exchange(double errorMm, double exchangedMm)
        => new("leftRight", exchangedMm > errorMm, Invariant($"error with left and right exchanged {exchangedMm:0.0} mm, wanted above {errorMm:0.0} mm"));

    /// <summary>Predictions with left and right exchanged.</summary>
    public static double[] Exchanged(ReadOnlySpan<double> predictions)
    {
        const int values = 3 * Skeleton.JointCount;
        var exchanged = new double[predictions.Length];
        for (var at = 0; at < predictions.Length; at += values)
        {
            for (var j = 0; j < Skeleton.JointCount; j++)
            {
                predictions.Slice(at + (3 * Skeleton.Mirror[j]), 3).CopyTo(exchanged.AsSpan(at + (3 * j)));
            }
        }
        return exchanged;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
