using System.Globalization;
using System.Text.Json;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Problems;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Problems;

/// <summary>Projected outputs in the program: beside the raw ones in evaluations and predictions, and as a method.</summary>
public sealed class OutputProjectionTests
{
    private ProblemFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new ProblemFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void OutputsLandOnTheSetAndThoseThatHoldKeepTheirDigits()
    {
        using var problem = _folder.Open(ProblemFolder.Sphere);
        double[] outputs = [6, 0, 8, 3, 4, 12];
        var projected = OutputProjection.Of(problem.Constraints, outputs, []);
        Assert.That(projected.Outputs[..3], Is.EqualTo(new double[] { 6, 0, 8 }).Within(1e-14));
        Assert.That(Math.Sqrt(projected.Outputs[3..].Sum(y => y * y)), Is.EqualTo(10).Within(1e-13));
        Assert.That((projected.Report.Samples, projected.Report.Failed), Is.EqualTo((2, 0)));
        Assert.That(OutputProjection.Largest(problem.Constraints, projected.Outputs, []), Is.LessThan(1e-12));
    }

    [Test]
    public void TrainingEvaluationAndPredictionTellBoth()
    {
        var file = _folder.Write("sphere.toml", ProblemFolder.Sphere);
        var (code, output, error) = ProblemFolder.Run("train", "--problem", file, "--method", "projected-adam", "--iterations", "12", "--out", _folder.At("run"));
        Assert.That(code, Is.Zero, error);
        using (var summary = JsonDocument.Parse(File.ReadAllText(_folder.At("run/summary.json"))))
        {
            var model = summary.RootElement.GetProperty("models").EnumerateArray().Last();
            Assert.That(model.GetProperty("projectedMaxViolation").GetDouble(), Is.LessThan(1e-12));
            Assert.That(model.GetProperty("projectedError").GetDouble(), Is.Positive.And.Not.EqualTo(model.GetProperty("error").GetDouble()));
            Assert.That(model.GetProperty("notProjected").GetInt32(), Is.Zero);
        }
        Assert.That(File.ReadAllText(_folder.At("run/report.html")), Does.Contain("error,<br><small>projected").And.Not.Contain("not projected").And.Contain("moved to the nearest point at which all constraints hold"));
        var saved = Directory.GetFiles(_folder.At("run/models"), "projected-adam*").Single();

        (code, output, error) = ProblemFolder.Run("evaluate", "--project", "--model", saved, "--json", _folder.At("on.json"));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("error, outputs projected").And.Contain("samples that were not projected").And.Contain("error of the projected outputs"));
        (code, output, error) = ProblemFolder.Run("evaluate", "--model", saved, "--project", "off", "--json", _folder.At("off.json"));
        Assert.That(output, Does.Not.Contain("projected"));
        Assert.That(File.ReadAllText(_folder.At("on.json")), Does.Contain("projectedMaxViolation"));
        Assert.That(File.ReadAllText(_folder.At("off.json")), Does.Not.Contain("projectedError"));

        (code, _, error) = ProblemFolder.Run("predict", "--model", saved, "--inputs", _folder.At("inputs.npy"), "--csv", _folder.At("p.csv"), "--json", _folder.At("p.json"));
        Assert.That(code, Is.Zero, error);
        var lines = File.ReadAllLines(_folder.At("p.csv"));
        Assert.That(lines[0], Is.EqualTo("y1,y2,y3,C sphere,projected y1,projected y2,projected y3"));
        foreach (var line in lines[1..])
        {
            double[] values = [.. line.Split(',').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            Assert.That(Math.Sqrt(values[4..].Sum(y => y * y)), Is.EqualTo(10).Within(1e-12));
        }
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.At("p.json")));
        Assert.That(json.RootElement.GetProperty("notProjected").GetInt32(), Is.Zero);
        Assert.That(json.RootElement.GetProperty("samples")[0].GetProperty("projected").GetArrayLength(), Is.EqualTo(3));
    }

    /// <summary>As a word of the network it is trained through by any method, and the outputs themselves hold.</summary>
    [Test]
    public void ANetworkMayEndWithIt()
    {
        var file = _folder.Write("layer.toml", ProblemFolder.Sphere.Replace("dense3\"", "dense3,project\"", StringComparison.Ordinal));
        var (code, _, error) = ProblemFolder.Run("train", "--problem", file, "--method", "unconstrained", "--iterations", "8", "--out", _folder.At("run"));
        Assert.That(code, Is.Zero, error);
        var saved = Directory.GetFiles(_folder.At("run/models")).Single();
        (code, _, error) = ProblemFolder.Run("evaluate", "--model", saved, "--json", _folder.At("m.json"));
        Assert.That(code, Is.Zero, error);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.At("m.json")));
        Assert.That(json.RootElement.GetProperty("maxViolation").GetDouble(), Is.LessThan(1e-5), "float32");
        (code, _, error) = Captured.Run(() => CommandLine.Run(["model", "export", "--model", saved, "--form", "network", "--onnx", _folder.At("m.onnx")]));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)), error);
        Assert.That(error, Does.Contain("has no form in ONNX: each sample takes as many rounds as it needs"));
    }

    [Test]
    public void RowsThatContradictEachOtherAreOneClearLine()
    {
        var file = _folder.Write("odd.toml", ProblemFolder.Sphere.Replace("sphere = \"norm(y) = 10\"", "one = \"norm(y) = 1\"\ntwo = \"norm(y) = 2\"", StringComparison.Ordinal));
        var (code, output, error) = ProblemFolder.Run("problem", "check", file);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("no target can be moved to where all constraints hold: they contradict each other"));
        (code, _, error) = ProblemFolder.Run("train", "--problem", file, "--method", "soft-adam", "--iterations", "4", "--out", _folder.At("run"));
        Assert.That(code, Is.Zero, error);
        var saved = Directory.GetFiles(_folder.At("run/models"), "soft-adam*").Single();
        (_, output, _) = ProblemFolder.Run("evaluate", "--model", saved);
        Assert.That(output, Does.Match(@"8 of 8 samples were not projected: (\d whose constraints contradict each other or have no slope there(, \d that ran out of rounds)?|8 that ran out of rounds)\n"));
        (_, _, error) = ProblemFolder.Run("predict", "--model", saved, "--inputs", _folder.At("inputs.npy"), "--csv", _folder.At("p.csv"));
        Assert.That(error, Does.Contain("40 of 40 samples were not projected"));
    }

    [Test]
    public void AModelOfOtherConstraintsIsToldSo()
    {
        var (sphere, other) = (_folder.Write("sphere.toml", ProblemFolder.Sphere), _folder.Write("other.toml", ProblemFolder.Sphere.Replace("norm(y) = 10", "y1 = y2", StringComparison.Ordinal)));
        var (code, _, error) = ProblemFolder.Run("train", "--problem", sphere, "--method", "soft-adam", "--iterations", "2", "--out", _folder.At("run"));
        Assert.That(code, Is.Zero, error);
        var saved = Directory.GetFiles(_folder.At("run/models"), "soft-adam*").Single();
        (code, var output, error) = ProblemFolder.Run("evaluate", "--model", saved, "--problem", other);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("note: the model was trained under other constraints (sphere) than those of other, by which it is measured and projected here"));
    }
}
