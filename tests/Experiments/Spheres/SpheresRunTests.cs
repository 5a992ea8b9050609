using System.Text.Json.Nodes;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>What a run keeps where something goes wrong: its time over a resume, its report without the seeds that diverged.</summary>
public class SpheresRunTests
{
    private static readonly SpheresSettings Settings = new() { Dimension = 40, Spheres = 6, Active = 2, Iterations = 30, Seeds = 2 };

    [Test]
    public void SeedsThatDivergeAreLeftOutAndNamed()
    {
        using var folder = new TempFolder();
        using var device = new CpuDevice<double>(1);
        var config = new RunConfig("spheres", "poseengine spheres", "smoke", 5, "cpu", "float64", "0", DateTimeOffset.UnixEpoch, new JsonObject());
        var directory = RunDirectory.Create(folder.At("run"), config);
        var (curves, lost) = Run(device, Settings with { Rate = 1000, Iterations = 200 }, directory).RunSeeds(CancellationToken.None);
        Assert.That(curves, Is.Empty);
        Assert.That(lost.Select(note => note.Split(':')[0]), Is.EqualTo(["Seed 6 is not in the bands", "Seed 7 is not in the bands"]));
        Assert.That(lost, Has.All.Contain("lower --rate (now 1000)"));

        // The run in all dimensions is reported all the same.
        var results = Run(device, Settings with { Seeds = 0 }, directory).Run(CancellationToken.None) with { LostSeeds = lost };
        SpheresReport.Write(directory, config, Settings, results, SpheresClaims.Of(results, Settings));
        Assert.That(File.ReadAllText(directory.ReportPath), Does.Contain("Seed 7 is not in the bands"));
        Assert.That(File.ReadAllText(directory.SummaryPath), Does.Contain("\"lostSeeds\": [\n    \"Seed 6 is not").Or.Contain("\"lostSeeds\": [\r\n    \"Seed 6 is not"));

        // A resume adds to the time.
        Assert.That(Run(device, Settings with { Seeds = 0 }, directory).Run(CancellationToken.None).Seconds, Is.AtLeast(results.Seconds));
    }

    private static SpheresRun<double> Run(CpuDevice<double> device, SpheresSettings settings, RunDirectory folder) => new(device, settings, 5, 1, folder, _ => { });
}
