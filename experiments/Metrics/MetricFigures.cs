using System.Text.Json.Serialization;

namespace PoseEngine.Experiments.Metrics;

/// <summary>The values of metrics in a file of a run, under the names of the table; files of before have them too.</summary>
public abstract record MetricFigures
{
    /// <summary>The values by their names in files, whatever else a file has beside.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Metrics { get; init; } = [];

    /// <summary>The value of a metric, NaN where there is none.</summary>
    public double Value(string key) => Find(key) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;

    /// <summary>The values of a metric that has several; none where there are none.</summary>
    public IReadOnlyList<double> Values(string key)
        => Find(key) is { ValueKind: JsonValueKind.Array } values
            ? [.. values.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN)]
            : [];

    /// <summary>All metrics of a training run's evaluations.</summary>
    internal static Dictionary<string, JsonElement> Of(Measured? measured, Problem problem)
        => MetricTable.Of(problem).Where(metric => metric.InTraining).ToDictionary(metric => metric.NameOn(problem), metric => Element(metric, measured));

    /// <summary>The value or values of a metric; not a number where nothing was measured.</summary>
    internal static JsonElement Element(Metric metric, Measured? measured)
    {
        double[] values = measured is null ? [] : [.. metric.Compute(measured)];
        return metric.Parts == MetricParts.One
            ? JsonSerializer.SerializeToElement(values.Length > 0 ? values[0] : double.NaN, RunJson.Line)
            : JsonSerializer.SerializeToElement(values, RunJson.Line);
    }

    private JsonElement? Find(string key) => Metrics.TryGetValue(key, out var value) || Metrics.TryGetValue(key + "Mm", out value) ? value : null;
}

/// <summary>The metrics that reports name one by one. Properties of the record itself would hide values of those names in files.</summary>
internal static class NamedFigures
{
    extension(MetricFigures figures)
    {
        /// <summary>The error of the paper, or what stands for it.</summary>
        public double Error => figures.Value("error");

        /// <summary>Median of |C| over constraints and samples.</summary>
        public double MedianViolation => figures.Value("medianViolation");

        /// <summary>The 95th percentile of |C|.</summary>
        public double P95Violation => figures.Value("p95Violation");

        public IReadOnlyList<double> PerConstraintMedian => figures.Values("perConstraintMedian");
    }
}
