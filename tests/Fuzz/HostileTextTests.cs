using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Fuzz;

/// <summary>What chance seldom makes: texts that nest, repeat or leave out on purpose.</summary>
public class HostileTextTests
{
    private static readonly string[] Deep =
        [.. new[] { ("name = ", "["), ("name = ", "{a="), ("[[grid]]\neta = ", "[1,[") }.Select(text => text.Item1 + string.Concat(Enumerable.Repeat(text.Item2, 100_000)))];

    [TestCaseSource(nameof(Deep))]
    public void NestedTomlIsNoStackOverflow(string text)
        => Assert.That(() => SweepFile.Parse("deep.toml", text, PoseProblem.Spec), Throws.TypeOf<UserErrorException>().With.Message.StartsWith("deep.toml").And.Message.Length.LessThan(300));

    [Test]
    public void AKeyOfManyPartsIsRefusedInALineThatCanBeRead()
        => Assert.That(
            () => SweepFile.Parse("long.toml", string.Concat(Enumerable.Repeat("a.", 100_000)) + "b = 1\n[[grid]]\nmethod = \"hard-sgd\"\n", PoseProblem.Spec),
            Throws.TypeOf<UserErrorException>().With.Message.Length.LessThan(300));

    [Test]
    public void ASweepFileOfManyMegabytesIsNotRead()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.At("a.toml"), new string('#', 2_000_000));
        Assert.That(() => SweepFile.Read(folder.At("a.toml"), PoseProblem.Spec), Throws.TypeOf<UserErrorException>().With.Message.Contains("beyond the limit of 1048576"));
    }

    [TestCase("config.json", "\"batch\": 128", "\"batch\": 128, \"batch\": 2")]
    [TestCase("config.json", "\"batch\": 128", "\"\\ud800\": 128")]
    [TestCase("config.json", "\"command\": \"pose\"", "\"command\": null")]
    [TestCase("summary.json", "\"models\": [", "\"models\": [ null,")]
    [TestCase("summary.json", "\"shareMet\": [", "\"shareMet\": [ null,")]
    [TestCase("summary.json", "\"data\": {", "\"data\": null, \"other\": {")]
    public void RunFilesThatLackOrRepeat(string name, string sound, string hostile)
    {
        using var folder = new TempFolder();
        var run = SyntheticRun.Write(folder.At("run"), steps: 2);
        var path = Path.Combine(run.Path, name);
        var text = File.ReadAllText(path);
        Assert.That(text, Does.Contain(sound));
        File.WriteAllText(path, text.Replace(sound, hostile, StringComparison.Ordinal));
        Assert.That(() => RunData.Load(RunDirectory.Open(run.Path)), Throws.TypeOf<UserErrorException>().With.Message.Contains(name).And.Message.Not.Contains('\n'));
    }
}
