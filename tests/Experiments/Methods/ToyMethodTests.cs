using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Experiments.Problems;
using PoseEngine.Tests.Layering;

namespace PoseEngine.Tests.Experiments.Methods;

/// <summary>
/// A new method is one file: options, sweeps, files, names, pages and checks follow from what it declares. Alone, for the whole
/// process knows it.
/// </summary>
[NonParallelizable]
public sealed class ToyMethodTests
{
    private IDisposable _known = null!;
    private ProblemFolder _folder = null!;
    private string _problem = "";

    [OneTimeSetUp]
    public void Prepare()
    {
        _known = MethodRegistry.Register(new ToyMethod());
        _folder = new ProblemFolder();
        _problem = _folder.Write("a.toml", ProblemFolder.Sphere);
    }

    [OneTimeTearDown]
    public void Forget()
    {
        _known.Dispose();
        _folder.Dispose();
        Assert.That(MethodRegistry.Find("soft-toy"), Is.Null);
    }

    [Test]
    public void ItTrainsAndIsInAllFiles()
    {
        var folder = _folder.At("run");
        var (code, output, errors) = ProblemFolder.Run("train", "--problem", _problem, "--method", "soft-toy", "--toy-stride", "0.02", "--iterations", "7", "--out", folder);
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("Soft-Toy toy-stride=0.02"));
        var model = Json("run/summary.json")["models"]![0]!;
        Assert.That((string?)model["method"], Is.EqualTo("soft-toy"));
        Assert.That((double?)model["settings"]!["toyStride"], Is.EqualTo(0.02));
        Assert.That((double?)Json("run/config.json")["settings"]!["models"]![0]!["toyStride"], Is.EqualTo(0.02));
        Assert.That(File.ReadAllText(Path.Combine(folder, "report.html")), Does.Contain("Soft-Toy").And.Contain("toyStride"));
        (code, _, errors) = ProblemFolder.Run("train", "--problem", _problem, "--method", "soft-toy", "--toy-stride", "0.03", "--iterations", "7", "--out", folder, "--resume");
        Assert.That((code, errors), Is.EqualTo((2, errors)));
        Assert.That(errors, Does.Contain("toyStride = 0.02, not 0.03"));
    }

    [TestCase("--toy-stride", "0", "--toy-stride 0: must be a number above 0")]
    [TestCase("--lambda", "1", "--lambda")]
    public void ItsSettingsAreChecked(string option, string value, string error)
    {
        var (code, _, errors) = ProblemFolder.Run("train", "--problem", _problem, "--method", "soft-toy", option, value, "--out", _folder.At("none"));
        Assert.That(code, Is.EqualTo(2), errors);
        Assert.That(errors, Does.Contain(error));
        Assert.That(Directory.Exists(_folder.At("none")), Is.False);
    }

    [Test]
    public void HelpAndSweepsKnowIt()
    {
        Assert.That(ProblemFolder.Run("train", "--help").Output, Does.Contain("--toy-stride").And.Contain("Length of a step of the toy"));
        var sweep = _folder.Write("sweep.toml", "[unconstrained]\niterations = 2\n[[grid]]\nmethod = \"soft-toy\"\ntoy-stride = [0.01, 0.1]\niterations = 2\n");
        var (code, output, errors) = ProblemFolder.Run("sweep", sweep, "--problem", _problem, "--list");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("soft-toy toy-stride=0.01 seed=1").And.Contain("soft-toy toy-stride=0.1 seed=1"));
    }

    [Test]
    public void NoOtherFileNamesAMethodInALiteral()
    {
        if (Repository.Folder is null) Assert.Ignore("the sources are not here");
        var names = string.Join('|', MethodRegistry.All.Select(method => Regex.Escape(method.Name)));
        var found = ImportOrder.Sources("experiments").Where(source => source.Folder != "Methods")
            .SelectMany(source => Regex.Matches(ImportOrder.Code(source.Text), $"\"({names})\"").Select(match => $"{Path.GetFileName(source.File)}: {match.Value}"));
        Assert.That(found, Is.Empty);
    }

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(_folder.At(name)))!;
}
