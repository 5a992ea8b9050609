using System.Text.Json;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Metrics;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Metrics;

/// <summary>Values of metrics go into files and come back, whatever their unit.</summary>
public sealed class MetricFiguresTests
{
    [TestCase("", TestName = "Figures without a unit come back")]
    [TestCase("Mm", TestName = "Figures in millimetres come back")]
    public void FiguresComeBack(string unit)
    {
        Dictionary<string, object> values = new()
        {
            ["error" + unit] = 1.5,
            ["medianViolation" + unit] = 0.25,
            ["p95Violation" + unit] = 2.5,
            ["perConstraintMedian" + unit] = new[] { 0.125, 0.5 },
            ["ofATest"] = 7,
        };
        var line = new MetricLine("m", "soft-sgd", 3, 1, 2, null, null, 0) { Metrics = values.ToDictionary(v => v.Key, v => JsonSerializer.SerializeToElement(v.Value)) };
        var read = JsonSerializer.Deserialize<MetricLine>(JsonSerializer.Serialize(line, RunJson.Line), RunJson.Line)!;
        Assert.That((read.Error, read.MedianViolation, read.P95Violation, read.Value("ofATest")), Is.EqualTo((1.5, 0.25, 2.5, 7.0)));
        Assert.That(read.PerConstraintMedian, Is.EqualTo(new[] { 0.125, 0.5 }));
        Assert.That(read.Value("none"), Is.NaN);
    }
}
