namespace PoseEngine.Experiments.Predictions;

/// <summary>What a model says of one picture.</summary>
/// <param name="File">The path of the picture.</param>
/// <param name="Box">The square that was cut out.</param>
/// <param name="Pose">51 values, mm: camera space (x right, y down, z forward) minus the true pelvis.</param>
internal sealed record PosePrediction(string File, int Width, int Height, PixelBox Box, double[] Pose)
{
    /// <summary>The nearest pose at which the model's constraints hold, mm; null where it was not asked for.</summary>
    public double[]? Projected { get; init; }

    /// <summary>C of each constraint of Eq. 15 with its sign, left minus right, mm.</summary>
    public double[] Constraints { get; } = LimbResiduals.Of<double>(Pose);
}
