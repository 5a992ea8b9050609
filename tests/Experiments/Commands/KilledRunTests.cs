using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Commands;

/// <summary>
/// The program in a process of its own that is ended from outside. The problem is so small that most of the time goes into
/// writing: with an evaluation in every iteration, each one writes a model and every second one a checkpoint.
/// </summary>
public sealed class KilledRunTests
{
    private const int Iterations = 30;
    private const int CheckpointEvery = 2;
    private const int Kills = 20;
    private const string Model = "soft-sgd lambda=0.001 eta=1000";
    private TempFolder _folder = null!;

    [OneTimeSetUp]
    public void MakePack()
    {
        _folder = new();
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 20 }, _folder.At("pack"));
    }

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void AfterTwentyKillsARunIsWholeAndEndsInTheSameBits()
    {
        var clock = Stopwatch.StartNew();
        using (var process = Start("whole"))
        {
            WaitFor(() => new FileInfo(Path.Combine(_folder.At("whole"), "metrics.jsonl")) is { Exists: true, Length: > 0 });
            clock.Stop();
            Assert.That(End(process), Is.EqualTo(CommandLine.Done));
        }
        TestContext.Out.WriteLine($"{clock.Elapsed.TotalSeconds:0.00} s from the start to the first evaluation");
        // Moments around the first evaluation and shortly after it; the last kills meet the drawing of the report. Every third
        // kill waits for a file that is being written.
        var random = new RandomGenerator(20);
        var begin = 0.8 * clock.Elapsed.TotalSeconds;
        var checkpoint = -1L;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = Start("killed");
            Thread.Sleep(TimeSpan.FromSeconds(begin + (0.3 * random.NextDouble())));
            while (kill % 3 == 2 && !IsWriting() && !process.HasExited) Thread.Sleep(1);
            process.Kill();
            process.WaitForExit();
            checkpoint = CheckFiles(_folder.At("killed"), checkpoint);
            TestContext.Out.WriteLine($"kill {kill + 1}: exit code {process.ExitCode}, checkpoint {checkpoint}{(IsWriting() ? ", while writing" : "")}");
        }
        // By hand, for whether a kill falls into the writing of a file depends on the machine.
        foreach (var name in (string[])["metrics.jsonl", "models/model.safetensors", "checkpoints/model@2.safetensors", "figures/figure.png"])
        {
            File.WriteAllText(Path.Combine(_folder.At("killed"), name + ".tmp"), "half of i");
        }
        Assert.That(IsWriting(), Is.True);
        using (var process = Start("killed")) Assert.That(End(process), Is.EqualTo(CommandLine.Done));
        AssertSameRun(RunDirectory.Open(_folder.At("killed")), RunDirectory.Open(_folder.At("whole")));
        Assert.That(IsWriting(), Is.False, "what a kill left is deleted");

        bool IsWriting() => Directory.Exists(_folder.At("killed"))
            && Directory.EnumerateFiles(_folder.At("killed"), "*.tmp", SearchOption.AllDirectories).Any();
    }

    [Test, Platform("Linux")]
    public void TerminationLeavesACheckpointOfTheLastIteration()
    {
        using var process = Start("terminated", iterations: 5000, evaluateEvery: 10, checkpointEvery: 5000);
        var metrics = Path.Combine(_folder.At("terminated"), "metrics.jsonl");
        WaitFor(() => File.Exists(metrics) && File.ReadAllLines(metrics).Length > 1);
        using (var kill = Process.Start("kill", $"-TERM {process.Id}")) kill.WaitForExit();
        Assert.That(End(process), Is.EqualTo(CommandLine.Interrupted));
        var run = RunDirectory.Open(_folder.At("terminated"));
        var reported = run.ReadMetrics()[^1].Iteration;
        Assert.That(NewestCheckpoint(run), Is.InRange(Math.Max(reported, 10), reported + 9));
    }

    private static void WaitFor(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed.TotalSeconds > 60) Assert.Fail("the program has done nothing for a minute");
            Thread.Sleep(5);
        }
    }

    private Process Start(string run, int iterations = Iterations, int evaluateEvery = 1, int checkpointEvery = CheckpointEvery)
    {
        string[] arguments =
        [
            Path.Combine(TestContext.CurrentContext.TestDirectory, "poseengine.dll"), "train", "--method", "soft-sgd", "--eta", "1000",
            "--data", _folder.At("pack"), "--out", _folder.At(run), "--resume", "--device", "cpu", "--threads", "1", "--batch", "2",
            "--active", "2", "--iterations", $"{iterations}", "--evaluate-every", $"{evaluateEvery}", "--checkpoint-every", $"{checkpointEvery}",
        ];
        var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => { };
        process.ErrorDataReceived += (_, line) => TestContext.Progress.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static int End(Process process)
    {
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Every file can be read, and no more than one interval of what the program reported is lost.</summary>
    private static long CheckFiles(string folder, long checkpointBefore)
    {
        if (!File.Exists(Path.Combine(folder, "config.json"))) return checkpointBefore;
        var run = RunDirectory.Open(folder);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)) CheckFile(path);
        run.ReadConfig();
        run.ReadSummary();
        var lines = run.ReadMetrics();
        Assert.That(lines.Select(line => line.Iteration), Is.Unique.And.Ordered);
        var checkpoint = NewestCheckpoint(run);
        Assert.That(checkpoint, Is.GreaterThanOrEqualTo(checkpointBefore), "the run went back");
        if (lines.Count > 0) Assert.That(lines[^1].Iteration - Math.Max(checkpoint, 0), Is.InRange(0, CheckpointEvery));
        return checkpoint;
    }

    private static void CheckFile(string path)
    {
        switch (Path.GetExtension(path))
        {
            case ".json":
                Assert.That(JsonNode.Parse(File.ReadAllText(path)), Is.Not.Null, path);
                break;
            case ".jsonl":
                foreach (var line in File.ReadAllLines(path)) Assert.That(JsonNode.Parse(line), Is.Not.Null, path);
                break;
            case ".safetensors":
                var file = SafeTensorsFile.Load(path);
                Assert.That(file.Tensors, Contains.Key("dense1.weight"), path);
                if (path.Contains('@')) FileChecksum.Verify(file, path);
                break;
            case ".png":
                Assert.That(File.ReadAllBytes(path).AsSpan()[^8..].ToArray(), Is.EqualTo("IEND"u8.ToArray().Concat<byte>([0xAE, 0x42, 0x60, 0x82])), path);
                break;
            case ".svg" or ".html":
                Assert.That(File.ReadAllText(path).TrimEnd(), Does.EndWith("</svg>").Or.EndWith("</html>"), path);
                break;
            case ".tmp":
                // What was being written; the next start deletes it.
                break;
            default:
                Assert.Fail($"{path} is no file of a run");
                break;
        }
    }

    private static long NewestCheckpoint(RunDirectory run) => Directory.EnumerateFiles(run.CheckpointsPath, "*.safetensors")
        .Select(path => long.Parse(SafeTensorsFile.Load(path).Metadata["iteration"]))
        .DefaultIfEmpty(-1).Max();

    private static void AssertSameRun(RunDirectory actual, RunDirectory expected)
    {
        Assert.That(File.ReadAllBytes(actual.ModelPath(Model)).AsSpan().SequenceEqual(File.ReadAllBytes(expected.ModelPath(Model))), "the models differ");
        Assert.That(NewestCheckpoint(actual), Is.EqualTo(Iterations));
        string Lines(RunDirectory run) => string.Join('\n', run.ReadMetrics().Select(line => JsonSerializer.Serialize(line with { Seconds = 0 }, RunJson.Line)));
        Assert.That(Lines(actual), Is.EqualTo(Lines(expected)));
        var (a, b) = (actual.ReadSummary()!.Models.Single(), expected.ReadSummary()!.Models.Single());
        Assert.That((a.Error, a.MedianViolation, a.P95Violation, a.Iterations), Is.EqualTo((b.Error, b.MedianViolation, b.P95Violation, b.Iterations)));
        Assert.That(a.ShareMet, Is.EqualTo(b.ShareMet));
    }
}
