namespace PoseEngine.Experiments.Predictions;

/// <summary>All predictions of a call.</summary>
/// <param name="Model">The path of the model file.</param>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="Precision">"float32" or "float64".</param>
/// <param name="Origin">What the model was trained on.</param>
/// <param name="Skipped">Files of the folder that are no pictures.</param>
/// <param name="Images">The predictions in the order of the files.</param>
internal sealed record PredictionSet(
    string Model, string Device, string Precision, string Origin, int Skipped, IReadOnlyList<PosePrediction> Images)
{
    /// <summary>The poses projected onto the model's constraints; null where they were not.</summary>
    public ProjectedOutputs? Projection { get; init; }

    /// <summary>The largest |C| of the projected poses, mm.</summary>
    public double LargestProjected { get; init; }

    /// <summary>A sentence on the projected poses; null where there are none.</summary>
    public string? Projected
    {
        get
        {
            if (Projection is not { Report: var report }) return null;
            if (report.Failed == report.Samples) return $"{report.Failures}.";
            var done = Images.Where(image => image.Projected is not null).ToList();
            var moved = done.Average(image => Enumerable.Range(0, Skeleton.JointCount).Average(j => Distance(image, j)));
            return $"Projected onto the model's constraints: joints move by {Num.Short(moved)} mm on the mean, largest |C| then {Num.Short(LargestProjected)} mm.{(report.Failed > 0 ? $" {report.Failures}." : "")}";
        }
    }

    private static double Distance(PosePrediction image, int joint)
        => Math.Sqrt(Enumerable.Range(3 * joint, 3).Sum(i => (image.Pose[i] - image.Projected![i]) * (image.Pose[i] - image.Projected[i])));
}

/// <summary>The JSON of predictions: joints by name as [x, y, z] and constraints by name, millimetres.</summary>
internal static class PredictionJson
{
    /// <summary>The text of the file.</summary>
    public static string Of(PredictionSet set) => JsonSerializer.Serialize(
        new
        {
            command = "predict",
            model = set.Model,
            device = set.Device,
            precision = set.Precision,
            note = set.Origin,
            space = "camera space minus the pelvis: x right, y down, z forward, mm",
            skipped = set.Skipped,
            notProjected = set.Projection?.Report.Failed,
            images = set.Images.Select(image => new
            {
                file = image.File,
                width = image.Width,
                height = image.Height,
                box = new { x = image.Box.Left, y = image.Box.Top, width = image.Box.Width, height = image.Box.Height },
                jointsMm = Joints(image.Pose),
                constraintsMm = Constraints(image.Constraints),
                projectedJointsMm = image.Projected is { } pose ? Joints(pose) : null,
                projectedConstraintsMm = image.Projected is { } nearest ? Constraints(LimbResiduals.Of<double>(nearest)) : null,
            }),
        },
        RunJson.Indented) + "\n";

    private static JsonObject Joints(double[] pose)
    {
        var joints = new JsonObject();
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            joints[$"{(Joint)j}"] = new JsonArray(Number(pose[3 * j]), Number(pose[(3 * j) + 1]), Number(pose[(3 * j) + 2]));
        }
        return joints;
    }

    private static JsonObject Constraints(double[] values)
    {
        var constraints = new JsonObject();
        for (var c = 0; c < values.Length; c++) constraints[LimbSymmetry.PaperNames[c]] = Number(values[c]);
        return constraints;
    }

    // A hundredth of a micrometre: more digits are noise of float32.
    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(Math.Round(value, 5)) : null;
}
