using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using PoseEngine.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>The script of <c>tools/gpu-check</c> on the stand-in: what it measures comes out as JSON and as a table.</summary>
public class GpuCheckTests
{
    private static readonly string[] GpuNames = [CudaModes.Gpu, Devices.CudaPrefix + CudaModes.Gpu];

    private string _folder = "";

    private static string Script => Path.Combine(Repository.Folder!, "tools", "gpu-check", "gpu-check.sh");

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

    [Test]
    public void AStageThatRunsOverIsToldAndSoAreTheTargets()
    {
        MakeProgram("poseengine", "exec sleep 60");
        var (code, output) = Run([("POSE_CHECK_APP", _folder)], "--stages", "bench,facts", "--limit", "20");
        Assert.That(code, Is.Zero, output);
        var stages = File.ReadAllLines(Path.Combine(_folder, "stages.tsv"));
        Assert.That(stages.Select(line => string.Join(' ', line.Split('\t')[..2])), Is.EqualTo(["bench out of time", "facts skipped"]));
        Assert.That(Verdicts(), Has.Length.EqualTo(6).And.All.EqualTo("not measured"));
    }

    [Test]
    public void TestsThatDidNotEndAreToldWithThoseThatFailed()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "logs"));
        File.WriteAllText(Path.Combine(_folder, "logs", "tests.log"), "failed Adds(3) (45ms)\nCanceling the test session...\n");
        _ = Verdicts();
        Assert.That(File.ReadAllText(Path.Combine(_folder, "gpu-check.md")), Does.Contain("GPU tests: the run did not end.\n- failed: Adds(3)\n"));
    }

    [Test]
    public void AllTestsOfARealGpuAreRunAndNoOthers()
    {
        MakeProgram("PoseEngine.Tests", "printf '%s\\n' \"$POSE_TEST_GPU\" \"$2\" >\"$FOLDER/call\"");
        var (code, output) = Run([("POSE_CHECK_APP", _folder), ("FOLDER", _folder)], "--stages", "tests");
        Assert.That(code, Is.Zero, output);
        var call = File.ReadAllLines(Path.Combine(_folder, "call"));
        Assert.That(call[0], Is.EqualTo("1"));
        var names = call[1].Trim('(', ')').Split('|').Select(term => term.Split('~', 2)).ToArray();
        Assert.That(names.Select(term => term[0]), Has.All.EqualTo("FullyQualifiedName"));

        bool IsSelected(ITest test) => names.Any(term => test.FullName.Contains(term[1], StringComparison.OrdinalIgnoreCase));
        var cases = Cases(Root()).ToLookup(UsesGpu);
        using (Assert.EnterMultipleScope())
        {
            foreach (var name in GpuNames) Assert.That(cases[true].Count(test => test.FullName.Contains($"\"{name}\"", StringComparison.Ordinal)), Is.Positive, name);
            Assert.That(cases[true].Where(test => !IsSelected(test)).Select(test => test.FullName), Is.Empty, "left out");
            Assert.That(cases[false].Where(IsSelected).Select(test => test.FullName), Is.Empty, "not of a GPU");
        }
    }

    [TestCase("9.0", "--architecture sm_90")]
    [TestCase("12.0\n9.0", "--architecture sm_120")]
    [TestCase("[N/A]", "")]
    public void RegistersAreMeasuredForThisCardAlone(string capabilities, string arguments)
    {
        // The script as it lies in the bundle, beside a budget that notes how it is called.
        File.Copy(Script, Path.Combine(_folder, "gpu-check.sh"));
        Directory.CreateDirectory(Path.Combine(_folder, "tools", "kernel-check"));
        MakeProgram(Path.Combine("tools", "kernel-check", "budget.sh"), "echo \"called with: $*\"");
        MakeProgram("nvidia-smi", $"echo '{capabilities}'");
        var (code, output) = Shell.Run(
            Path.Combine(_folder, "gpu-check.sh"), ["--out", _folder, "--stages", "registers"],
            ("NVCC", "true"), ("PATH", $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        Assert.That(code, Is.Zero, output);
        Assert.That(File.ReadAllText(Path.Combine(_folder, "logs", "registers.log")), Is.EqualTo($"called with: {arguments}\n"));
    }

    [Test]
    public void RegistersThatWereNotCheckedAreNotMeasured()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "logs"));
        File.WriteAllText(Path.Combine(_folder, "stages.tsv"), "registers\tok\t1\t0\t\n");
        File.WriteAllText(Path.Combine(_folder, "logs", "registers.log"), "kernel-check: registers and stack were not checked\n");
        Assert.That(Verdicts(), Has.All.EqualTo("not measured"));
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

    private static ITest Root()
    {
        ITest test = TestExecutionContext.CurrentContext.CurrentTest;
        while (test.Parent is { } parent) test = parent;
        return test;
    }

    private static IEnumerable<ITest> Cases(ITest test) => test.IsSuite ? test.Tests.SelectMany(Cases) : [test];

    /// <summary>Whether the test, its fixture or what that is a part of has a real GPU among its arguments.</summary>
    private static bool UsesGpu(ITest? test)
        => test is not null && (test.Arguments.OfType<string>().Any(GpuNames.Contains) || UsesGpu(test.Parent));

    private void MakeProgram(string name, string script) => Shell.WriteProgram(Path.Combine(_folder, name), script);

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
        Script,
        ["--out", _folder, .. arguments],
        [
            ("POSE_CHECK_APP", AppContext.BaseDirectory),
            (CudaRecording.Variable, ""), // fixtures beside this one set it
            ("DOTNET_ROOT", Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))),
            .. environment,
        ]);
}
