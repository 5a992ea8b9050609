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
            Assert.That(File.ReadAllText(Path.Combine(_folder, "gpu-check.md")), Does.Contain("| forward |"));
        }
    }

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
