using System.Text.Json.Nodes;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Reports;

/// <summary>What the folder of a run accepts, refuses and keeps.</summary>
public sealed class RunDirectoryTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase(ExistingRun.Refuse)]
    [TestCase(ExistingRun.Overwrite)]
    public void ResultsOfAnotherCommandAreLeftAlone(ExistingRun existing)
    {
        var path = _folder.At("other");
        Directory.CreateDirectory(path);
        var summary = Path.Combine(path, "summary.json");
        File.WriteAllText(summary, "{}");
        Assert.That(
            () => RunDirectory.Create(path, SyntheticRun.Config(), existing),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("holds the results of another command"));
        Assert.That(File.ReadAllText(summary), Is.EqualTo("{}"));
    }

    [Test]
    public void CreatesItsFoldersAndLeavesNoTemporaryFile()
    {
        var run = RunDirectory.Create(_folder.At("a/b"), SyntheticRun.Config());
        run.WriteSummary(SyntheticRun.Summary([]));
        Assert.Multiple(() =>
        {
            Assert.That(Directory.Exists(run.FiguresPath) && Directory.Exists(run.ModelsPath) && Directory.Exists(run.CheckpointsPath));
            Assert.That(Directory.EnumerateFiles(run.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "config.json", "summary.json" }));
            Assert.That(run.ReadConfig().CommandLine, Is.EqualTo(SyntheticRun.Config().CommandLine));
            Assert.That(run.Relative(run.ModelPath("soft-adam lambda=0.1")), Is.EqualTo("models/soft-adam-lambda=0.1.safetensors"));
            Assert.That(Path.GetDirectoryName(run.ModelPath("../../x:y")), Is.EqualTo(run.ModelsPath));
        });
    }

    [Test]
    public void RefusesAFileAsFolder()
    {
        File.WriteAllText(_folder.At("taken"), "");
        Refuses(() => RunDirectory.Create(_folder.At("taken"), SyntheticRun.Config()), "is a file");
        Refuses(() => RunDirectory.Create(_folder.At("taken/below"), SyntheticRun.Config()), "cannot create --out");
    }

    [Test, Platform("Linux")]
    public void ReportsAFolderThatCannotBeWritten() =>
        Refuses(() => RunDirectory.Create("/proc/poseengine-run", SyntheticRun.Config()), "choose another --out");

    [Test]
    public void ReportsFilesThatCannotBeWritten()
    {
        var run = RunDirectory.Create(_folder.At("run"), SyntheticRun.Config());
        Directory.CreateDirectory(run.MetricsPath);
        Directory.CreateDirectory(run.SummaryPath);
        Refuses(() => run.AppendMetrics(SyntheticRun.Line("a", 1)), "cannot write");
        Refuses(() => run.WriteSummary(SyntheticRun.Summary([])), "cannot write");
        Assert.That(Directory.EnumerateFiles(run.Path, "*.tmp"), Is.Empty);
    }

    [Test]
    public void RefusesOtherSettingsAndNamesTheFirst()
    {
        SyntheticRun.Write(_folder.At("run"), steps: 1);
        Refuses(() => RunDirectory.Create(_folder.At("run"), SyntheticRun.Config(seed: 2)), "seed = 1, not 2", "--overwrite", "--out");
        var other = SyntheticRun.Config();
        other.Settings["data"]!["train"] = 9;
        Refuses(() => RunDirectory.Create(_folder.At("run"), other, ExistingRun.Resume), "data.train = 8000, not 9");
    }

    [Test]
    public void NeverReplacesARunUnasked()
    {
        var run = SyntheticRun.Write(_folder.At("run"), finished: false, steps: 1);
        Refuses(() => RunDirectory.Create(run.Path, SyntheticRun.Config()), "--resume", "--overwrite");
        Assert.That(run.ReadMetrics(), Is.Not.Empty);
    }

    [Test]
    public void ResumeKeepsEverythingEvenWithAnotherCommandLine()
    {
        var run = SyntheticRun.Write(_folder.At("run"), finished: false, steps: 1);
        var before = File.ReadAllText(run.ConfigPath);
        RunDirectory.Create(run.Path, SyntheticRun.Config() with { CommandLine = "other", Version = "9" }, ExistingRun.Resume);
        Assert.That(File.ReadAllText(run.ConfigPath), Is.EqualTo(before));
        Assert.That(run.ReadMetrics(), Is.Not.Empty);
    }

    [Test]
    public void OverwriteDeletesTheRunAndNothingElse()
    {
        var run = SyntheticRun.Write(_folder.At("run"), steps: 1);
        File.WriteAllText(Path.Combine(run.Path, "mine.txt"), "keep");
        File.WriteAllText(run.ModelPath("a"), "old");
        RunDirectory.Create(run.Path, SyntheticRun.Config(seed: 2), ExistingRun.Overwrite);
        Assert.Multiple(() =>
        {
            Assert.That(File.Exists(Path.Combine(run.Path, "mine.txt")));
            Assert.That(File.Exists(run.ModelPath("a")), Is.False);
            Assert.That(run.ReadMetrics(), Is.Empty);
            Assert.That(run.ReadSummary(), Is.Null);
            Assert.That(run.ReadConfig().Seed, Is.EqualTo(2));
        });
    }

    [Test]
    public void NumbersWrittenDifferentlyAreTheSameSetting()
    {
        var config = SyntheticRun.Config();
        config.Settings["batch"] = 128.0;
        Assert.That(SyntheticRun.Config().FirstDifference(config), Is.Null);
    }

    /// <summary>Runs of before state the settings of a model in another order.</summary>
    [Test]
    public void TheOrderOfNamesInAListIsNoDifference()
    {
        static RunConfig With(params JsonNode[] models) => SyntheticRun.Config() with { Settings = new JsonObject { ["models"] = new JsonArray(models) } };
        static JsonObject Model(double eta) => new() { ["eta"] = eta, ["lambda"] = 1 };
        var config = With(Model(3), Model(4));
        Assert.That(config.FirstDifference(With(Model(3), new JsonObject { ["lambda"] = 1, ["eta"] = 4 })), Is.Null);
        Assert.That(config.FirstDifference(With(Model(3), Model(5))), Is.EqualTo("models[1].eta = 4, not 5"));
        Assert.That(config.FirstDifference(With(Model(3))), Is.EqualTo("models[1].eta = 4, not unset"));
        Assert.That(config.FirstDifference(With(Model(3), Model(4), Model(4))), Is.EqualTo("models[2].eta = unset, not 4"));
    }

    private static void Refuses(Action action, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(action)!;
        Assert.That(error.Message, Does.Not.Contain("\n"));
        foreach (var part in parts) Assert.That(error.Message, Does.Contain(part));
    }
}
