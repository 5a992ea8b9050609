namespace PoseEngine.Experiments.Predictions;

/// <summary>All predictions of a call.</summary>
/// <param name="Model">The path of the model file.</param>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="Precision">"float32" or "float64".</param>
/// <param name="Origin">What the model was trained on.</param>
/// <param name="Skipped">Files of the folder that are no pictures.</param>
/// <param name="Images">The predictions in the order of the files.</param>
internal sealed record PredictionSet(
    string Model, string Device, string Precision, string Origin, int Skipped, IReadOnlyList<PosePrediction> Images);

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
            images = set.Images.Select(image => new
            {
                file = image.File,
                width = image.Width,
                height = image.Height,
                box = new { x = image.Box.Left, y = image.Box.Top, width = image.Box.Width, height = image.Box.Height },
                jointsMm = Joints(image.Pose),
                constraintsMm = Constraints(image.Constraints),
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
