using System.Text.Json;
using PoseEngine.Experiments;

namespace PoseEngine.Tests.Support;

/// <summary>Metrics that nobody measured, as files of a run have them.</summary>
internal static class Figures
{
    /// <summary>The error and violations about a median, in millimetres.</summary>
    public static Dictionary<string, JsonElement> Of(double error, double median) => new()
    {
        ["errorMm"] = Element(error),
        ["medianViolationMm"] = Element(median),
        ["p95ViolationMm"] = Element(4 * median),
        ["perConstraintMedianMm"] = Element(Six(median)),
    };

    /// <summary>Six values about a median.</summary>
    public static double[] Six(double median) => [median * .8, median * .9, median, median * 1.1, median * 1.3, median * .7];

    private static JsonElement Element(object value) => JsonSerializer.SerializeToElement(value, RunJson.Line);
}
