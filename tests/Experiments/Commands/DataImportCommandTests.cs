using System.Text.Json;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Tests.Experiments.Data.Human36m;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>poseengine data import human36m, as it is typed.</summary>
public class DataImportCommandTests
{
    private string _folder = "";

    private string Pack => Path.Combine(_folder, "pack");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void WhatWasFoundAndWhatIsMissingIsPrinted()
    {
        var tree = HumanTree.Cdf(Path.Combine(_folder, "tree"));
        Directory.Delete(Path.Combine(tree, "S9", "Videos", "Walking 1.60457274"), recursive: true);
        var (code, output, error) = Run(tree, "--subjects", "s9,S7", "--cameras", "60457274", "2", "--threads", "2");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("layout: cdf (").And.Contain("poses: millimetres, camera coordinates, mono, 32 joints"));
        Assert.That(output, Does.Contain("warning: S9 Walking trial 1 camera 60457274 is left out: "));
        Assert.That(output, Does.Contain("7 recordings of S7, S9, 21 images"));
        Assert.That(output, Does.Contain("S1 trial 1: 0 of 13,904 images: not asked for (4 cameras)"));
        Assert.That(output, Does.Contain("S9 trial 1: 3 of 9,784 images: not asked for (2 cameras); the data has a part of the frames; no frames"));
        Assert.That(output, Does.Contain("Walking: 21 of 162,008 images").And.Contain($"21 images in {Pack}"));
        using var pack = PoseEngine.Experiments.Data.Pack.Open(Pack);
        Assert.That(pack.Count, Is.EqualTo(21));
        using var description = JsonDocument.Parse(File.ReadAllText(Path.Combine(Pack, "pack.json")));
        Assert.That(description.RootElement.ToString(), Does.Contain("millimetres").And.Contain("metric").And.Contain("mono").And.Contain("cdf"));
    }

    [Test]
    public void ImagesThatCannotBeReadAreCounted()
    {
        var tree = HumanTree.Json(Path.Combine(_folder, "tree"));
        File.WriteAllBytes(JsonTree.Image(tree, new RecordingKey(7, HumanAction.Walking, 2, 3), 1), [1]);
        var (code, output, error) = Run(tree, "--subjects", "S7", "--cameras", "3");
        Assert.That((code, output.Contains("Walking: ", StringComparison.Ordinal)), Is.EqualTo((CommandLine.BadInput, false)));
        Assert.That(error, Does.Contain("s_07_act_14_subact_02_ca_03_000002.jpg").And.Not.Contain("\n   at "));
        (code, output, error) = Run(tree, "--subjects", "S7", "--cameras", "3", "--skip-broken");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("going on with 3 of 6 images done").And.Contain("1 image cannot be read").And.Contain("Walking: 5 of 162,008 images").And.Contain("1 were left out"));
    }

    [TestCase("--layout", "hdf")]
    [TestCase("--sequence", "Wal")]
    [TestCase("--subjects", "S2")]
    [TestCase("--cameras", "5")]
    [TestCase("--cameras", "54138970")]
    [TestCase("--step", "0")]
    [TestCase("--step", "x")]
    [TestCase("--box", "tight")]
    [TestCase("--box", "1")]
    [TestCase("--space", "stereo")]
    [TestCase("--threads", "-1")]
    [TestCase("--frames", "/no/such/folder")]
    public void BadOptionsAreNamed(string option, string value)
    {
        var (code, output, error) = Run(_folder, option, value);
        Assert.That((code, output), Is.EqualTo((CommandLine.BadInput, "")));
        Assert.That(error, Does.StartWith("poseengine: ").And.Contain(value), "names the value");
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void ATakenFolderIsLeftAlone()
    {
        Directory.CreateDirectory(Pack);
        var (code, _, error) = Run(_folder);
        Assert.That(code, Is.EqualTo(CommandLine.BadInput));
        Assert.That(error, Does.Contain("is there already"));
    }

    private (int Code, string Output, string Error) Run(string root, params string[] options)
        => Captured.Run(() => CommandLine.Run(["data", "import", "human36m", root, "--out", Pack, .. options]));
}
