using System.Text.Json;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Studies;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Studies;

/// <summary>poseengine study: its parts at every size, and a part of the smoke size from the command to the page.</summary>
public sealed class StudyCommandTests
{
    [Test]
    public void EveryPartOfEverySizeIsASweep()
    {
        foreach (var size in StudySize.Known)
        {
            var parts = StudyPart.Beyond(size);
            Assert.That(parts.Select(part => part.Key), Is.Unique);
            Assert.That(parts.Select(part => part.Letter).Distinct(), Is.EquivalentTo("abcd"));
            foreach (var part in parts)
            {
                var spec = part.Spec();
                Assert.That(part.Text, Does.Not.Contain("$"), part.Key);
                Assert.That(spec.Seeds, Has.Count.EqualTo(size.Seeds), part.Key);
                Assert.That(spec.Configurations.Select(c => c.Seconds), Has.All.Not.Null, part.Key);
                Assert.That(part.Start is null || parts.Any(other => other.Key == part.Start), part.Key);
            }
        }
        Assert.That(StudySize.Of("full").Seeds, Is.AtLeast(5));
    }

    [Test]
    public void PartsAreDoneOnceAndThePageSaysWhatIsKnown()
    {
        using var folder = new TempFolder();
        string[] arguments = ["study", "beyond", "--size", "smoke", "--parts", "forget-16,forget-64", "--device", "cpu", "--threads", "1", "--out", folder.At("study")];
        var (code, output, error) = Captured.Run(() => CommandLine.Run(arguments));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("part 2 of 2, forget-64: C of 64 samples").And.Contain("not measured     Damping makes the KKT step usable"));
        var page = File.ReadAllText(folder.At("study/report.html"));
        Assert.That(page, Does.Contain("This study has not finished").And.Contain("Hard steps on active sets forget").And.Contain("forgetting-violation").And.EndWith("</html>\n"));
        using (var json = JsonDocument.Parse(File.ReadAllText(folder.At("study/conclusions.json"))))
        {
            var rows = json.RootElement.GetProperty("conclusions").EnumerateArray().ToDictionary(row => row.GetProperty("key").GetString()!);
            Assert.That(rows["holds"].GetProperty("measured").GetString(), Does.StartWith("12 of 12."), "two parts, two seeds, three models");
            Assert.That(rows["forget-violation"].GetProperty("measured").GetString(), Does.Contain("C of 16 samples: ").And.Contain("C of 64 samples: "));
        }
        var plan = SweepDirectory.Open(folder.At("study/forget-16")).ReadPlan();
        Assert.That(plan.Cells.Where(cell => cell.Method == "hard-sgd").Select(cell => cell.Iterations).Distinct().Count(), Is.EqualTo(1), "measured once, the same for all seeds");

        var written = File.GetLastWriteTimeUtc(Directory.GetFiles(folder.At("study/forget-16/cells"), "summary.json", SearchOption.AllDirectories)[0]);
        (code, _, error) = Captured.Run(() => CommandLine.Run(arguments));
        Assert.That(code, Is.Zero, error);
        Assert.That(File.GetLastWriteTimeUtc(Directory.GetFiles(folder.At("study/forget-16/cells"), "summary.json", SearchOption.AllDirectories)[0]), Is.EqualTo(written));
    }

    [TestCase("study elsewhere", "study elsewhere: no such study; write beyond")]
    [TestCase("study beyond --parts fronts", "--parts fronts: no such part; choose from front, forget-128")]
    [TestCase("study beyond --size huge", "choose one of smoke, quick, full")]
    public void BadInputIsOneLine(string line, string expected)
    {
        var (code, _, error) = Captured.Run(() => CommandLine.Run(line.Split(' ')));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)), error);
        Assert.That(error, Does.Contain(expected));
    }
}
