using System.Text.Json.Nodes;
using PoseEngine.Tests.Experiments.Problems;

namespace PoseEngine.Tests.Experiments.Metrics;

/// <summary>A new metric is one row: files, tables and pages are made from it. Alone, for the whole process knows it.</summary>
[NonParallelizable]
public sealed class ToyMetricTests
{
    private static readonly Metric Toy = new("toyLargest", "largest output", m => [m.Predictions.Max(Math.Abs)]) { InTraining = true, HasUnit = false, LowerIsBetter = false };

    private IDisposable _known = null!;
    private ProblemFolder _folder = null!;

    [OneTimeSetUp]
    public void Prepare()
    {
        _known = MetricTable.Register(Toy);
        _folder = new ProblemFolder();
    }

    [OneTimeTearDown]
    public void Forget()
    {
        _known.Dispose();
        _folder.Dispose();
        Assert.That(MetricTable.All, Does.Not.Contain(Toy));
    }

    [Test]
    public void ItIsInFilesTablesAndPages()
    {
        var folder = _folder.At("run");
        var (code, _, errors) = ProblemFolder.Run("train", "--problem", _folder.Write("a.toml", ProblemFolder.Sphere), "--method", "unconstrained", "--iterations", "5", "--out", folder);
        Assert.That(code, Is.Zero, errors);
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "summary.json")))!["models"]![0]!;
        var last = JsonNode.Parse(File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Last())!;
        Assert.That((double?)model["toyLargest"], Is.GreaterThan(0));
        Assert.That((double?)last["toyLargest"], Is.GreaterThan(0));
        Assert.That(File.ReadAllText(Path.Combine(folder, "report.html")), Does.Contain("largest output"));
        var evaluation = _folder.At("evaluation");
        (code, var output, errors) = ProblemFolder.Run("evaluate", "--model", Path.Combine(folder, (string)model["model"]!), "--out", evaluation);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("largest output (higher is better)"));
        Assert.That(File.ReadAllText(Path.Combine(evaluation, "report.html")), Does.Contain("largest output"));
        Assert.That(File.ReadAllText(Path.Combine(evaluation, "evaluation.json")), Does.Contain("toyLargest"));
    }
}
