using System.Text.Json;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Benchmarks;

namespace PoseEngine.Tests.Experiments.Benchmarks;

/// <summary>Files of bench, and times held against those of an older one.</summary>
public sealed class BenchComparisonTests
{
    private string _path = "";

    [SetUp]
    public void MakePath() => _path = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_path);

    [Test]
    public void AFileIsReadAsItWasWritten()
    {
        var file = Sample(4, 1) with
        {
            FmaPeakGflops = 233,
            FmaVectorBits = 512,
            OpenBlas = new OpenBlasBuild("0.3.21", "Haswell"),
            Products = [new ProductTimes { Product = "u W", Size = "16 x 1024 x 1024", Ms = 1.5, SpreadPercent = 2 }],
        };
        File.WriteAllText(_path, JsonSerializer.Serialize(file, RunJson.Indented));
        var read = BenchFile.Read(_path);
        Assert.That(JsonSerializer.Serialize(read, RunJson.Indented), Is.EqualTo(File.ReadAllText(_path)));
        Assert.That(File.ReadAllText(_path), Does.Contain("\"forwardMs\": 4").And.Contain("\"spreadPercent\"").And.Contain("\"fmaPeakGflops\": 233"));
    }

    [Test]
    public void AFileOfAnEarlierVersionIsReadToo()
    {
        File.WriteAllText(
            _path,
            """
            {"device": "cpu", "card": null, "precision": "float32", "threads": 2, "fmaPeakGflops": 117.5, "gemmPercentOfPeak": 60, "openBlasPercentOfPeak": null,
             "batches": [{"batch": 16, "forwardMs": 4, "forwardLopMs": 8, "ropMs": 2, "lopMs": 2, "hardSgdGramStepMs": null, "percentOfPeak": {"forward": 50}}]}
            """);
        var old = BenchFile.Read(_path);
        var now = Sample(5, 1) with { FmaPeakGflops = 233, FmaVectorBits = 512 };
        BenchComparison.Check(_path, old, now);
        var text = BenchComparison.Text(_path, old, now, 1.1);
        Assert.That(text, Does.Contain("does not say its problem").And.Contain("holds no spreads").And.Contain("117.5 GFLOP/s there, 233.0 here in 512-bit vectors"));
        Assert.That(text, Does.Contain("1 of 4 rows are slower than 1.1 times beyond their spread: forward (batch 16) 1.25"));
    }

    [TestCase("not JSON", "invalid JSON literal")]
    [TestCase("null", "it holds null")]
    [TestCase("{}", "missing required properties")]
    [TestCase("""{"device": "cpu", "precision": "float32", "threads": 2, "methods": []}""", "'batches'")]
    [TestCase("""{"device": "cpu", "precision": "float32", "threads": 2, "batches": []}""", "it has no batch sizes")]
    [TestCase("""{"device": null, "precision": "float32", "threads": 2, "batches": []}""", "are null")]
    [TestCase("""{"device": "cpu", "precision": "float32", "threads": 2, "batches": [{"batch": 1}]}""", "'forwardMs'")]
    public void WhatIsNoFileOfBenchIsNamed(string text, string what)
    {
        File.WriteAllText(_path, text);
        Assert.That(() => BenchFile.Read(_path), Throws.TypeOf<UserErrorException>().With.Message.StartsWith($"{_path} is not a file of bench --json: ").And.Message.Contains(what));
    }

    [Test]
    public void AFileOfSomethingElseIsRefused()
    {
        var old = Sample(4, 1);
        Assert.That(() => BenchComparison.Check("old.json", old, old), Throws.Nothing);
        foreach (var (other, what) in ((BenchFile, string)[])[
            (old with { Device = "cuda" }, "its device is cuda, here it is cpu; measure with --device cuda"),
            (old with { Precision = "float64" }, "its precision is float64, here it is float32"),
            (old with { Threads = 8 }, "its number of threads is 8, here it is 2; measure with --threads 8"),
            (old with { Problem = "spheres" }, "its problem is spheres, here it is pose"),
            (old with { Network = "dense3" }, "its network is dense3"),
            (old with { Batches = [old.Batches[0] with { Batch = 7 }] }, "its batch sizes are 7, here they are 16; measure with --batch 7")])
        {
            Assert.That(() => BenchComparison.Check("old.json", other, old), Throws.TypeOf<UserErrorException>().With.Message.StartsWith($"--compare old.json: {what}"));
        }
    }

    [Test]
    public void OnlyARatioBeyondItsSpreadIsSlower()
    {
        ComparedRow Forward(double oldSpread, double newSpread) => BenchComparison.Rows(Sample(4, oldSpread), Sample(5, newSpread)).Single(row => row.Name == "forward");
        var row = Forward(3, 4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((row.Table, row.OldMs, row.NewMs, row.Ratio), Is.EqualTo(("batch 16", 4, 5, 1.25)));
            Assert.That(row.Spread, Is.EqualTo(0.05).Within(1e-12));
            Assert.That(row.IsSlower(1.1), Is.True, "1.1875");
            Assert.That(row.IsSlower(1.2), Is.False);
            Assert.That(Forward(0, 15).IsSlower(1.1), Is.False, "the spread explains it");
            Assert.That((row with { Ratio = 0.5 }).IsSlower(1.1), Is.False, "faster is no failure");
        }
    }

    [Test]
    public void TheTableMarksWhatIsSlower()
    {
        var text = BenchComparison.Text("old.json", Sample(4, 1), Sample(5, 1), 1.1).Split('\n');
        Assert.That(text, Has.Some.Match(@"^  forward +4\.000      5\.000     1\.25   0\.02   slower$").And.Some.Match(@"^  L-op of the constraints +2\.000      2\.000     1\.00   0\.01$"));
        Assert.That(BenchComparison.Text("old.json", Sample(4, 1), Sample(4, 1), 1.1), Does.EndWith("no row is slower than 1.1 times beyond its spread\n"));
    }

    [Test]
    public void RowsThatOneLacksAreLeftOut()
    {
        var product = new ProductTimes { Product = "u W", Size = "16 x 1024 x 1024", Ms = 1 };
        var old = Sample(4, 1) with { Products = [product, product with { Product = "gone" }] };
        var now = Sample(4, 1) with { Products = [product with { Ms = 2 }, product with { Product = "new" }] };
        var rows = BenchComparison.Rows(old, now);
        Assert.That(rows.Where(row => row.Table == "products of matrices").Select(row => (row.Name, row.Ratio)), Is.EqualTo([("u W 16 x 1024 x 1024", 2.0)]));
        Assert.That(rows.Count(row => row.Table == "batch 16"), Is.EqualTo(4), "only what both measured");
    }

    /// <summary>Forward takes some time and has some spread in percent; the rest is always the same.</summary>
    private static BenchFile Sample(double forward, double spread) => new()
    {
        Device = "cpu",
        Precision = "float32",
        Threads = 2,
        Problem = "pose",
        Network = "dense5",
        Seed = 1,
        Batches =
        [
            new BatchTimes
            {
                Batch = 16,
                ForwardMs = forward,
                ForwardLopMs = 8,
                RopMs = 2,
                LopMs = 2,
                SpreadPercent = new Dictionary<string, double> { ["forward"] = spread, ["lop"] = 1 },
            },
        ],
    };
}
