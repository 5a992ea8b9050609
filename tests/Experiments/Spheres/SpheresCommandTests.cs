using System.Text.Json;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary><c>poseengine spheres</c> as a user runs it.</summary>
public class SpheresCommandTests
{
    [TestCase("--reading odd", "--reading odd: choose literal, similar or both")]
    [TestCase("--dimension 1", "--dimension 1: must be 2 to 100000000")]
    [TestCase("--dimension 50000000", "a tensor holds 2,147,483,647; lower one of them")]
    [TestCase("--spheres 1", "--spheres 1: must be 2 to 10000")]
    [TestCase("--active 201", "--active 201: must be 0 to 200")]
    [TestCase("--iterations 0", "--iterations 0: must be 1")]
    [TestCase("--lambda -1", "--lambda -1: must be 0 or more")]
    [TestCase("--eta 0", "--eta 0: must be a number above 0")]
    [TestCase("--rate NaN", "--rate NaN: must be a number above 0")]
    [TestCase("--seeds -1", "--seeds -1: must be 0 to 1000")]
    [TestCase("--seed -1", "--seed -1: must be 0 or more")]
    [TestCase("--preset huge", "--preset huge: no such preset; choose one of smoke, quick, paper")]
    [TestCase("--precision float16", "--precision float16: choose float32 or float64")]
    public void BadInputIsOneLineAndExitCode2(string arguments, string message)
    {
        using var folder = new TempFolder();
        var (code, _, error) = Run([.. arguments.Split(' '), "--out", folder.At("run")]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error, Does.Contain(message));
            Assert.That(error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
            Assert.That(code, Is.EqualTo(2));
            Assert.That(folder.At("run"), Does.Not.Exist);
        }
    }

    [Test]
    public void TooLittleMemoryIsSaidBeforeAnythingIsAllocated()
    {
        var settings = SpheresSettings.OfPreset("quick");
        var needed = SpheresMemory.Bytes<float>(settings);
        Assert.That(needed, Is.EqualTo(239 * 4_000_000L), "202 vectors of the problem, 4 of the runs and 4 from before a step, 8 of their methods, a difference, 20 of the steps");
        Assert.That(
            () => SpheresMemory.Check(needed, 450_000_000, settings, isDouble: true),
            Throws.InstanceOf<UserErrorException>().With.Message.EqualTo(
                "--dimension 1000000 with --spheres 200 takes 0.96 GB, 0.45 GB are free; take --dimension 423640 or fewer --spheres, or --precision float32"));
        SpheresMemory.Check(needed, needed, settings, isDouble: true);
    }

    [Test]
    public void ASmallRunWritesEverything()
    {
        using var folder = new TempFolder();
        var run = folder.At("run");
        string[] arguments = ["--dimension", "400", "--spheres", "12", "--active", "4", "--iterations", "10", "--seeds", "2", "--out", run];
        var (code, output, error) = Run(arguments);
        Assert.That(code, Is.Zero, error);
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        var runs = summary.RootElement.GetProperty("runs").EnumerateArray().ToList();
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.jsonl"));
        var page = File.ReadAllText(Path.Combine(run, "report.html"));
        using (Assert.EnterMultipleScope())
        {
            foreach (var key in (string[])["fig3a", "fig3b", "fig3c", "fig4a-literal", "fig4b-literal", "fig4a-similar", "fig4b-similar"])
            {
                Assert.That(Path.Combine(run, "figures", key + ".png"), Does.Exist);
                Assert.That(Path.Combine(run, "figures", key + ".svg"), Does.Exist);
                Assert.That(page, Does.Contain($"<figure id=\"{key}\">"));
            }
            Assert.That(page, Does.Contain("What the paper says").And.Contain("lambda = 100, eta = 10, soft rate 0.0001").And.Contain("Span check"));
            Assert.That(page, Does.Not.Contain("http://").And.Not.Contain("<script"));
            Assert.That(runs.Select(r => r.GetProperty("reading").GetString() + " " + r.GetProperty("method").GetString()),
                Is.EqualTo(new[] { "literal soft", "literal hard", "similar soft", "similar hard" }));
            Assert.That(runs.Select(r => r.GetProperty("seeds").GetArrayLength()), Is.All.EqualTo(2));
            Assert.That(runs.Select(r => r.GetProperty("differenceInSpan").GetDouble()), Is.All.LessThan(0.01));
            Assert.That(lines, Has.Length.EqualTo(11));
            Assert.That(File.ReadAllText(Path.Combine(run, "config.json")), Does.Contain("\"dimension\": 400"));
            Assert.That(output, Does.Contain("soft constraints perform much better").And.Contain("report: "));
        }

        (code, _, error) = Run(arguments);
        Assert.That(code, Is.EqualTo(2), "a finished run is not replaced by accident");
        Assert.That(error, Does.Contain("--overwrite"));

        (code, _, error) = Run([run], "report");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("run again with --resume"));

        // From its checkpoint the finished run comes out the same.
        File.Delete(Path.Combine(run, "metrics.jsonl"));
        (code, _, error) = Run([.. arguments, "--resume"]);
        Assert.That(code, Is.Zero, error);
        Assert.That(error, Does.Contain("going on behind iteration 10"));
        Assert.That(File.ReadAllLines(Path.Combine(run, "metrics.jsonl")), Is.EqualTo(lines));
    }

    [Test]
    public void HelpShowsExamples()
    {
        var (code, output, _) = Run(["--help"]);
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("poseengine spheres --preset smoke"));
    }

    private static (int Code, string Output, string Error) Run(string[] arguments, string command = "spheres")
    {
        string[] device = command == "spheres" ? ["--device", "cpu", "--threads", "2"] : [];
        return Captured.Run(() => CommandLine.Run([command, .. arguments, .. device]));
    }
}
