namespace PoseEngine.Experiments.Evaluations;

/// <summary>A check that a sound model on sound data passes; a failure asks for a look, it is no error of the program.</summary>
/// <param name="Name">Short, for JSON.</param>
/// <param name="Text">What was compared, with both figures.</param>
internal sealed record SanityGate(string Name, bool Passed, string Text)
{
    /// <summary>What true targets may violate constraints by, as a share of the largest target: float32 coordinates of real data sets are
    /// exact to some micrometres, so that a thousandth tells of mixed spaces or joints.</summary>
    private const double TruthShare = 1e-3;

    /// <summary>The error has to be below half of the mean target's, or the model has seen little of its inputs.</summary>
    public static SanityGate AgainstMean(double error, double mean, bool isPose, string of = "error") => isPose
        ? new("meanPose", error < .5 * mean, Invariant($"{of} {error:0.0} mm, wanted below half of the mean pose's {mean:0.0} mm"))
        : new("meanPose", error < .5 * mean, Invariant($"{of} {error:G4}, wanted below half of the mean target's {mean:G4}"));

    /// <summary>Aligning must not make the error larger.</summary>
    public static SanityGate Aligned(double aligned, double error)
        => new("aligned", aligned <= error, Invariant($"PA-MPJPE {aligned:0.0} mm, wanted at most the error {error:0.0} mm"));

    /// <summary>The true targets have to meet the constraints.</summary>
    public static SanityGate Truth(Measured measured)
    {
        var truth = measured.With(measured.Targets);
        var largest = truth.Violations.Aggregate(0.0, Math.Max);
        if (measured.Problem.IsPose) return new("truth", largest <= 1, Invariant($"largest |C| of the true poses {largest:0.0000} mm, wanted at most 1 mm"));
        var limit = TruthShare * measured.Targets.Aggregate(0.0, (most, y) => Math.Max(most, Math.Abs(y)));
        return new("truth", largest <= limit, Invariant($"largest |C| of the true targets {largest:0.0e+0}, wanted at most {limit:0.0e+0}"));
    }

    /// <summary>The error on mirrored images has to be within a tenth of that on the images themselves.</summary>
    public static SanityGate Mirror(double error, double mirrored, int samples)
        => new("mirror", Math.Abs(mirrored - error) <= .1 * error, Invariant($"error on {samples} mirrored images {mirrored:0.0} mm, wanted within 10 % of {error:0.0} mm on the same as they are"));

    /// <summary>Exchanging left and right of the predictions has to make them worse, or labels are mixed up.</summary>
    public static SanityGate Exchange(double error, double exchanged)
        => new("leftRight", exchanged > error, Invariant($"error with left and right exchanged {exchanged:0.0} mm, wanted above {error:0.0} mm"));

    /// <summary>Predictions with left and right exchanged.</summary>
    public static double[] Exchanged(ReadOnlySpan<double> predictions)
    {
        const int values = 3 * Skeleton.JointCount;
        var exchanged = new double[predictions.Length];
        for (var at = 0; at < predictions.Length; at += values)
        {
            for (var j = 0; j < Skeleton.JointCount; j++) predictions.Slice(at + (3 * Skeleton.Mirror[j]), 3).CopyTo(exchanged.AsSpan(at + (3 * j)));
        }
        return exchanged;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
