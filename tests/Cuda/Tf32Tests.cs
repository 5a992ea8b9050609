using System.Text.Json;
using PoseEngine.Cuda;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Problems;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>Products in TF32: where they are rounded, where they must not be, and that every result says so.</summary>
[TestFixture(CudaModes.Plain)]
public sealed class Tf32Tests(string mode)
{
    private const string Rounded = "float32, products in TF32";

    /// <summary>Nearer to 1 than to the next number with 10 bits of mantissa.</summary>
    private const float NearlyOne = 1 + (1f / 4096);

    private readonly CudaDevices _devices = new(mode);
    private string _folder = null!;

    [OneTimeSetUp]
    public void Open()
    {
        _devices.Create<float>(1).Dispose();
        _folder = Directory.CreateTempSubdirectory("poseengine-tf32-").FullName;
        var text = BuiltInProblems.Find(BuiltInProblems.Pose)!;
        File.WriteAllText(ProblemFile, text.Replace(PoseProblem.Spec.Layers, PoseProblem.SmallNetwork, StringComparison.Ordinal));
    }

    [OneTimeTearDown]
    public void Clean()
    {
        if (_folder is not null) Directory.Delete(_folder, true);
    }

    [TearDown]
    public void Report() => _devices.AfterTest();

    private string ProblemFile => Path.Combine(_folder, "small.toml");

    [TestCase(true)]
    [TestCase(false)]
    public void OnlyFactorsOfFloat32ProductsAreRounded(bool tf32)
    {
        using var device = new CudaDevice<float>(tf32: tf32);
        var (x, one, bias) = (device.From([NearlyOne], new Shape(1, 1)), device.From([1], new Shape(1, 1)), device.From([NearlyOne - 1]));
        var (y, s) = (device.Zeros(new Shape(1, 1)), device.Zeros<double>(new Shape(1, 1)));
        device.Dense.Forward(x, one, bias, y);
        device.Gram.AddRows(x, s);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(y.ToArray()[0], Is.EqualTo((tf32 ? 1 : NearlyOne) + (NearlyOne - 1)), "the factor is rounded, the bias is not");
            Assert.That(s.ToArray()[0], Is.EqualTo((double)NearlyOne * NearlyOne), "a Gram matrix is float64");
            Assert.That(device.Precision, Is.EqualTo(tf32 ? Rounded : "float32"));
            Assert.That(new ClockedDevice<float>(device).Precision, Is.EqualTo(device.Precision));
            Assert.That(new ClockedDevice<float>(device).RoundsProducts, Is.EqualTo(tf32));
        }
    }

    [Test]
    public void SystemsOfHardConstraintsRefuseIt()
    {
        using var device = new CudaDevice<float>(tf32: true);
        using var at = new Network<float>(device, new Shape(3), LayerSpec.ParseNetwork("dense2")).CreateLinearization(1);
        using var residual = new Residual<float>(at);
        const string remedy = "needs products in the full precision, the device computes in float32, products in TF32; open it without TF32";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new ProjectedGradientSystem<float>(device, residual, 1), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo($"cuda: a KKT system {remedy}"));
            Assert.That(() => new GramSum<float>(at, 1), Throws.TypeOf<NotSupportedException>().With.Message.EqualTo($"cuda: a Gram matrix {remedy}"));
            Assert.That(() => new CudaDevice<double>(tf32: true), Throws.ArgumentException.With.Message.StartsWith("cuda: TF32 is for float32 products, the tensors are float64"));
        }
    }

    [Test]
    public void ASoftRunNamesItInEveryResult()
    {
        var run = Path.Combine(_folder, "soft");
        var (code, output, error) = Run([.. Train("soft-adam", run), "--tf32"]);
        Assert.That(code, Is.Zero, error);
        using (Assert.EnterMultipleScope())
        {
            foreach (var file in (string[])["config.json", "summary.json"])
            {
                using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, file)));
                Assert.That(json.RootElement.GetProperty("precision").GetString(), Is.EqualTo(Rounded), file);
            }
            Assert.That(File.ReadAllText(Path.Combine(run, "report.html")), Does.Contain(Rounded));
            Assert.That(output, Does.Contain(Rounded));
        }
        (code, _, error) = Run([.. Train("soft-adam", run), "--resume"]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain(Rounded), "a run does not go on in another precision");
    }

    [TestCase("hard-sgd")]
    [TestCase("hard-lm")]
    public void AHardMethodIsRefusedBeforeAnythingIsWritten(string method)
    {
        var run = Path.Combine(_folder, method);
        var (code, _, error) = Run([.. Train(method, run), "--tf32"]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain($"--tf32: {method} solves a system for each step, which needs products in float32; leave --tf32 out, or take a method that solves none"));
        Assert.That(Directory.Exists(run), Is.False);
    }

    [Test]
    public void BenchLeavesHardStepsOutAndNamesIt()
    {
        var json = Path.Combine(_folder, "bench.json");
        string[] bench = ["bench", "--problem", ProblemFile, "--device", "cuda", "--batch", "2", "--runs", "1"];
        var (code, output, error) = Run([.. bench, "--tf32", "--json", json]);
        Assert.That(code, Is.Zero, error);
        using var file = JsonDocument.Parse(File.ReadAllText(json));
        var times = file.RootElement.GetProperty("batches")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output, Does.Contain(Rounded).And.Not.Contain("Krylov iterations"));
            Assert.That(file.RootElement.GetProperty("precision").GetString(), Is.EqualTo(Rounded));
            Assert.That(times.GetProperty("softAdamStepMs").GetDouble(), Is.Positive);
            Assert.That(times.GetProperty("hardSgdStepMs").GetDouble(), Is.Zero);
        }
        (code, _, error) = Run([.. bench, "--compare", json]);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("measure with --precision float32 --tf32"));
    }

    private static (int Code, string Output, string Error) Run(string[] arguments) => Captured.Run(() => CommandLine.Run(arguments));

    private string[] Train(string method, string run) =>
    [
        "train", "--method", method, "--problem", ProblemFile, "--preset", "smoke", "--images", "24", "--batch", "4", "--active", "2",
        "--iterations", "2", "--device", "cuda", "--cache", Path.Combine(_folder, "cache"), "--out", run,
    ];
}
