using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Metrics;

/// <summary>One point of the curve of Fig. 2b.</summary>
/// <param name="Share">The share of constraints met within it, 0 to 1.</param>
public sealed record SharePoint([property: JsonPropertyName("thresholdMm")] double Threshold, double Share)
{
    /// <summary>0, 1, ... 50 mm.</summary>
    public static IReadOnlyList<double> Millimetres { get; } = [.. Enumerable.Range(0, 51).Select(i => (double)i)];

    /// <summary>Five thresholds a decade from 1e-8 to 100, for constraints of any unit.</summary>
    public static IReadOnlyList<double> Decades { get; } =
    [
        .. Enumerable.Range(0, 51).Select(i => double.Parse(Math.Pow(10, (i / 5.0) - 8).ToString("G2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)),
    ];

    /// <summary>The curve at some thresholds from all |C| of the validation data; NaN counts as not met.</summary>
    public static IReadOnlyList<SharePoint> Curve(IReadOnlyCollection<double> violations, IReadOnlyList<double> thresholds)
    {
        var sorted = violations.Where(v => !double.IsNaN(v)).Select(Math.Abs).Order().ToArray();
        var points = new SharePoint[thresholds.Count];
        for (int i = 0, met = 0; i < points.Length; i++)
        {
            while (met < sorted.Length && sorted[met] <= thresholds[i]) met++;
            points[i] = new(thresholds[i], violations.Count == 0 ? 0 : (double)met / violations.Count);
        }
        return points;
    }
}
