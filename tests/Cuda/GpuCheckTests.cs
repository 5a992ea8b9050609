using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using PoseEngine.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>The script of <c>tools/gpu-check</c> on the stand-in: what it measures comes out as JSON and as a table.</summary>
public class GpuCheckTests
{
    private string _folder = "";

    [OneTimeSetUp]
    public void RequireStandIn() => StandIn.Require();

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("gpu-check-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void MeasuresAndWritesResults()
    {
        var (code, output) = Run("--stages", "facts,devices,check,bench", "--quick");
        Assert.That(code, Is.Zero, output);
        if (!Repository.HasProgram("python3")) Assert.Ignore("the results are put together by python3, which is not on PATH");
        var result = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "gpu-check.json")))!;
        var stages = result["stages"]!.AsArray();
        var times = result["times"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((string)result["card"]!, Does.StartWith("PoseEngine stand-in"));
            Assert.That(
                stages.Select(stage => $"{stage!["name"]} {stage["status"]}"),
                Is.EqualTo(["facts ok", "devices ok", "check-float32 ok", "check-float64 ok", "bench ok"]));
            foreach (var precision in new[] { "float32", "float64" })
            {
                var check = result["checks"]![precision]!;
                Assert.That((int)check["passed"]!, Is.EqualTo((int)check["total"]!).And.GreaterThan(40));
            }
            Assert.That(times.Select(row => (string)row!["operation"]!), Does.Contain("forward").And.Contain("krylovIteration"));
            Assert.That(times.Select(row => (double)row!["ms"]!), Has.All.GreaterThan(0));
            Assert.That(times.Select(row => (int?)row!["counters"]?["launches"]), Has.Some.GreaterThan(0));
            var page = File.ReadAllText(Path.Combine(_folder, "gpu-check.md"));
            Assert.That(page, Does.Contain("| forward |").And.Contain("| batch | operation | launches | graph launches | nodes | waits |"));
            Assert.That(page, Does.Contain("- **met**: a Krylov solve is one graph that loops by itself: one graph with a conditional WHILE node"));
            Assert.That(page, Does.Contain("- **met**: cuSOLVER is there").And.Contain("- **not measured**: a Soft-Adam iteration at 128 + 128"));
        }
    }

    [Test]
    public void EveryMethodsStepIsCounted()
    {
        var (code, output) = Run("--stages", "methods,registers", "--quick");
        Assert.That(code, Is.Zero, output);
        if (!Repository.HasProgram("python3")) Assert.Ignore("the results are put together by python3, which is not on PATH");
        var methods = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "gpu-check.json")))!["methods"]!.AsArray();
        Assert.That(methods.Select(row => (string)row!["method"]!), Does.Contain("soft-adam").And.Contain("lagrangian").And.Contain("hard-lm"));
        Assert.That(methods.Where(row => row!["failure"] is null).Select(row => (int)row!["counters"]!["launches"]!), Is.Not.Empty.And.All.Positive);
        Assert.That(File.ReadAllText(Path.Combine(_folder, "gpu-check.md")), Does.Contain("| method | solver | samples | ms | launches |").And.Contain("| hard-sgd | gram | 128 + 16 |"));
    }

    [TestCase(0.05, 0.2, 40, 1, "NVIDIA H200", "met", "met", "met")]
    [TestCase(0.09, 0.3, 100, 1, "NVIDIA H200", "missed", "missed", "missed")]
    [TestCase(0.05, 0.2, 40, 2, "NVIDIA H100 80GB HBM3", "met", "missed", "not measured")]
    public void TargetsAreMetOrMissedByTheFigures(double krylov, double softAdam, int launches, int waits, string card, string iteration, string gram, string adam)
    {
        var gramStep = $$"""{"launches": {{launches}}, "graphLaunches": 2, "graphNodes": 30, "hostWaits": {{waits}}, "bytesToDevice": 8, "bytesToHost": 8}""";
        var batch = $$$"""
            {"batch": 128, "krylovIterationMs": {{{krylov}}}, "softAdamStepMs": {{{softAdam}}}, "krylovIterationsPerStep": 9, "floorMs": {"krylovIteration": 0.04},
             "counters": {"hardSgdGramStep": {{{gramStep}}} } }
            """;
        File.WriteAllText(Path.Combine(_folder, "bench.json"), $$$"""{"device": "cuda", "card": "{{{card}}}", "precision": "float32", "batches": [{{{batch}}}]}""");
        Directory.CreateDirectory(Path.Combine(_folder, "logs"));
        File.WriteAllText(Path.Combine(_folder, "logs", "devices.log"), "cuda  0: a card\n      cuSOLVER: not found; tried\n      Krylov solves: cycles of iterations launched ahead, because a trial failed\n");
        File.WriteAllText(Path.Combine(_folder, "stages.tsv"), "registers\tskipped\t0\t\tnvcc is not on PATH\n");
        Assert.That(Verdicts(), Is.EqualTo([iteration, gram, adam, "missed", "missed", "not measured"]));
        Assert.That(File.ReadAllText(Path.Combine(_folder, "gpu-check.md")), Does.EndWith("within the budget of tools/kernel-check: nvcc is not on PATH\n"));
    }

    [Test]
    public void WhatWasNotMeasuredIsNotMet() => Assert.That(Verdicts(), Has.Length.EqualTo(6).And.All.EqualTo("not measured"));

    [Test]
    public void AStageThatFailsIsReportedAndFailsTheCheck()
    {
        // The network does not fit in a megabyte.
        var (code, output) = Run([("POSE_STANDIN_MEMORY", "1000000")], "--stages", "bench,facts", "--quick");
        Assert.That(code, Is.EqualTo(1), output);
        var stages = File.ReadAllLines(Path.Combine(_folder, "stages.tsv"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stages.Select(line => string.Join(' ', line.Split('\t')[..2])), Is.EqualTo(["bench failed", "facts ok"]));
            Assert.That(File.ReadAllText(Path.Combine(_folder, "logs", "bench.log")), Does.Contain("OUT_OF_MEMORY"));
        }
    }

    [Test]
    public void AStageForWhichNoTimeIsLeftIsSkipped()
    {
        var (code, output) = Run("--stages", "devices,bench", "--limit", "5");
        Assert.That(code, Is.Zero, output);
        Assert.That(File.ReadAllLines(Path.Combine(_folder, "stages.tsv")), Has.All.Contains("skipped").And.Exactly(2).Items);
    }

    [TestCase("--stages", "devices,nonsense")]
    [TestCase("--limit", "soon")]
    [TestCase("--device", "tpu")]
    public void AWrongCallIsExplained(string option, string value)
    {
        var (code, output) = Run(option, value);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(output, Does.Contain("Usage:"));
        }
    }

    /// <summary>What the results say of each target, from the files that are there.</summary>
    private string[] Verdicts()
    {
        if (!Repository.HasProgram("python3")) Assert.Ignore("the results are put together by python3, which is not on PATH");
        var (code, output) = Shell.Run("python3", ["-B", Path.Combine(Repository.Folder!, "tools", "gpu-check", "summary.py"), _folder]);
        Assert.That(code, Is.Zero, output);
        return [.. JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "gpu-check.json")))!["verdicts"]!.AsArray().Select(verdict => (string)verdict!["verdict"]!)];
    }

    private (int Code, string Output) Run(params string[] arguments) => Run([], arguments);

    private (int Code, string Output) Run((string Name, string Value)[] environment, params string[] arguments) => Shell.Run(
        Path.Combine(Repository.Folder!, "tools", "gpu-check", "gpu-check.sh"),
        ["--out", _folder, .. arguments],
        [
            ("POSE_CHECK_APP", AppContext.BaseDirectory),
            (CudaRecording.Variable, ""), // fixtures beside this one set it
            ("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))),
            .. environment,
        ]);
}
