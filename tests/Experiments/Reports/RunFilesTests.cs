using System.Text.Json;
using System.Text.Json.Nodes;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>The JSON of a run: fixed names, no NaN, and lines that survive a killed run.</summary>
public sealed class RunFilesTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void SummaryKeepsItsFixedNames()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        run.WriteSummary(SyntheticRun.Summary([SyntheticRun.Model("soft-adam lambda=0.001")]));
        var json = JsonNode.Parse(File.ReadAllText(run.SummaryPath))!;
        Assert.Multiple(() =>
        {
            Assert.That(json.AsObject().Select(p => p.Key), Is.EqualTo(new[]
                { "command", "preset", "seed", "device", "precision", "version", "data", "models", "secondsTotal" }));
            Assert.That(json["data"]!.AsObject().Select(p => p.Key), Is.EqualTo(new[]
                { "source", "train", "validation", "meanPoseErrorMm" }));
            Assert.That(json["models"]![0]!.AsObject().Select(p => p.Key), Is.EqualTo(new[]
            {
                "name", "method", "settings", "iterations", "secondsPerIteration", "krylovIterationsPerStep", "model", "shareMet",
                "diverged", "solves", "unconvergedSolves", "errorMm", "medianViolationMm", "p95ViolationMm", "perConstraintMedianMm",
            }));
            Assert.That(json["models"]![0]!["shareMet"]![3]!.ToJsonString(), Does.StartWith("{\"thresholdMm\":3,\"share\":0."));
            Assert.That(json["models"]![0]!["settings"]!.ToJsonString(), Is.EqualTo("{\"lambda\":0.001,\"mode\":\"x\",\"warm\":true}"));
            Assert.That(json["models"]![0]!["krylovIterationsPerStep"], Is.Null);
        });
    }

    [Test]
    public void MetricLineKeepsItsFixedNames()
    {
        var names = JsonNode.Parse(JsonSerializer.Serialize(SyntheticRun.Line("a", 1), RunJson.Line))!.AsObject().Select(p => p.Key);
        Assert.That(names, Is.EqualTo(new[]
        {
            "model", "method", "iteration", "seconds", "loss", "krylovIterations", "multiplierNorm", "stepNorm", "gramRows",
            "gramRank", "gramGap", "removedNorm", "eta", "lowMomentShare", "errorMm", "medianViolationMm", "p95ViolationMm",
            "perConstraintMedianMm",
        }));
    }

    [Test]
    public void SummaryReadsBackWhatWasWritten()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        var summary = SyntheticRun.Summary([SyntheticRun.Model("unconstrained"), SyntheticRun.Model("hard-sgd eta=10")]);
        run.WriteSummary(summary);
        var read = run.ReadSummary()!;
        Assert.That(JsonSerializer.Serialize(read, RunJson.Line), Is.EqualTo(JsonSerializer.Serialize(summary, RunJson.Line)));
        Assert.That(read.Models[0].Settings["lambda"], Is.EqualTo(0.001));
    }

    [Test]
    public void NumbersThatAreNotFiniteBecomeNullAndComeBackAsNaN()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config() with
        {
            Settings = new JsonObject { ["scale"] = double.NaN, ["list"] = new JsonArray(1f, float.PositiveInfinity) },
        });
        run.AppendMetrics(SyntheticRun.Line("a", 1, error: double.NaN, median: double.PositiveInfinity));
        run.WriteSummary(SyntheticRun.Summary([SyntheticRun.Model("a", double.NaN) with
        {
            Settings = new Dictionary<string, object?> { ["eta"] = double.NegativeInfinity },
        }]));
        var line = run.ReadMetrics().Single();
        Assert.Multiple(() =>
        {
            foreach (var path in new[] { run.ConfigPath, run.MetricsPath, run.SummaryPath })
                Assert.That(File.ReadAllText(path), Does.Not.Contain("NaN").And.Not.Contain("Infinity"));
            Assert.That(line.Error, Is.NaN);
            Assert.That(line.PerConstraintMedian, Has.All.NaN);
            Assert.That(run.ReadSummary()!.Models[0].Settings["eta"], Is.Null);
            Assert.That(run.ReadConfig().Settings["list"]!.ToJsonString(), Is.EqualTo("[1,null]"));
        });
    }

    [Test]
    public void TruncationDropsLaterLinesOfThatModelOnly()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        foreach (var i in new[] { 10, 20, 30 })
        {
            run.AppendMetrics(SyntheticRun.Line("a", i));
            run.AppendMetrics(SyntheticRun.Line("b", i));
        }
        run.TruncateAfter("a", 20);
        run.TruncateAfter("b", -1);
        Assert.That(run.ReadMetrics().Select(l => (l.Model, l.Iteration)), Is.EqualTo(new[] { ("a", 10), ("a", 20) }));
    }

    [Test]
    public void ATornLastLineIsLeftOutAndRemovedByTruncation()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line("a", 10));
        File.AppendAllText(run.MetricsPath, "{\"model\":\"a\",\"iter");
        Assert.That(run.ReadMetrics(), Has.Count.EqualTo(1));
        run.TruncateAfter("a", 10);
        run.AppendMetrics(SyntheticRun.Line("a", 20));
        Assert.That(run.ReadMetrics().Select(l => l.Iteration), Is.EqualTo(new[] { 10, 20 }));
    }

    [TestCase("{\"model\":\"a\"}")]
    [TestCase("not json")]
    [TestCase("null")]
    public void ADamagedLineIsNamedWithItsNumber(string damaged)
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        run.AppendMetrics(SyntheticRun.Line("a", 10));
        File.AppendAllText(run.MetricsPath, damaged + "\n");
        Assert.That(run.ReadMetrics, Throws.TypeOf<UserErrorException>()
            .With.Message.Contains("line 2").And.Message.Not.Contains("\n"));
    }

    [Test]
    public void ShareCurveCountsWhatIsMetAndTakesNaNAsUnmet()
    {
        var curve = SharePoint.Curve([0, 1, -2, 2.5, double.NaN], SharePoint.Millimetres);
        Assert.Multiple(() =>
        {
            Assert.That(curve, Has.Count.EqualTo(51));
            Assert.That(curve[0].Share, Is.EqualTo(.2));
            Assert.That(curve[1].Share, Is.EqualTo(.4));
            Assert.That(curve[2].Share, Is.EqualTo(.6));
            Assert.That(curve[50], Is.EqualTo(new SharePoint(50, .8)));
        });
    }
}
