using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>How well a model meets each of the six constraints of Eq. 15 on some samples; lengths in millimetres.</summary>
/// <param name="Error">The prediction error on them.</param>
/// <param name="Median">The median of |C| over all constraints.</param>
/// <param name="P95">The 95th percentile of |C| over all constraints.</param>
/// <param name="Max">The largest |C|.</param>
/// <param name="PerP95">The 95th percentile of each.</param>
internal sealed record ConstraintStatistics(
    int Samples, [property: JsonPropertyName("errorMm")] double Error, [property: JsonPropertyName("medianMm")] double Median, [property: JsonPropertyName("p95Mm")] double P95, [property: JsonPropertyName("maxMm")] double Max,
    [property: JsonPropertyName("perMedianMm")] IReadOnlyList<double> PerMedian, [property: JsonPropertyName("perP95Mm")] IReadOnlyList<double> PerP95,
    [property: JsonPropertyName("perMaxMm")] IReadOnlyList<double> PerMax)
{
    internal static ConstraintStatistics Of(Measured measured)
        => new(
            measured.Samples, measured.Value("error"), measured.Value("medianViolation"), measured.Value("p95Violation"), measured.Value("maxViolation"),
            measured.Values("perConstraintMedian"), measured.Values("perConstraintP95"), measured.Values("perConstraintMax"));
}

/// <summary>constraints.json of a cell: the constraints on the training and on the validation data.</summary>
/// <param name="Train">On training samples, evenly spaced.</param>
internal sealed record CellConstraints(ConstraintStatistics Train, ConstraintStatistics Validation)
{
    private const string FileName = "constraints.json";

    /// <summary>Writes the file into a cell's folder.</summary>
    public void Write(string folder) => RunJson.Write(Path.Combine(folder, FileName), this);

    /// <summary>Reads the file of a cell's folder, or gives null where there is none yet.</summary>
    public static CellConstraints? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? RunJson.Read<CellConstraints>(path) : null;
    }
}
