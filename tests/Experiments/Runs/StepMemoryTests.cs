using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Runs;
using PoseEngine.Kkt;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>The predicted memory of a step against what a step allocates.</summary>
public class StepMemoryTests
{
    private string _folder = null!;
    private Problem _problem = null!;

    [OneTimeSetUp]
    public void OpenProblem()
    {
        _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;
        _problem = PoseProblem.Small(Path.Combine(_folder, "pack"), images: 12);
    }

    [OneTimeTearDown]
    public void DropFolder()
    {
        _problem.Dispose();
        Directory.Delete(_folder, true);
    }

    [TestCase("unconstrained")]
    [TestCase("soft-sgd")]
    [TestCase("soft-adam")]
    [TestCase("hard-sgd", "gram")]
    [TestCase("hard-sgd", "lsqr")]
    [TestCase("hard-sgd", "minres-qlp")]
    [TestCase("hard-sgd", "minres-qlp-projected")]
    [TestCase("hard-adam")]
    [TestCase("hard-lm")]
    public void IsWhatAStepAllocates(string method, string solver = "auto")
    {
        const int batch = 6;
        var settings = PoseProblem.SettingsOf(method, $"active=9 solver={solver} max-krylov=3 warmup=0");
        using var device = new CountingDevice<float>();
        var predicted = Predict<float>(settings, batch);

        var parts = new ProblemParts<float>(device, PoseProblem.Bare);
        var training = parts.Method(settings, parts.Network.InitializeHe(new RandomGenerator(1)), batch);
        var source = new RandomImages();
        using var loader = new BatchLoader<float>(device, source, batch, 100);
        using var active = training.ActiveSamples > 0 ? new BatchLoader<float>(device, source, training.ActiveSamples, 100) : null;
        training.Step(loader.Load([0, 1, 2, 3, 4, 5]), active?.Load([0, 1, 2, 3, 4, 5, 6, 7, 8]));
        var host = settings.UsedSolver is KktSolver.Gram or KktSolver.ProjectedMinresQlp ? KktSolvers.GramHostBytes(54) : 0;
        var kept = training.Parameters.Count + training.State.Sum(state => state.Vector.Count);
        // A run of the unconstrained method keeps its best parameters as well.
        var best = method == "unconstrained" ? training.Parameters.Count : 0;
        Assert.That(predicted.Checkpoints, Is.EqualTo(2 * sizeof(float) * (kept + best)), "copies, and the file made of them");
        Assert.That(predicted.Total - predicted.Checkpoints, Is.EqualTo(device.Bytes + host + (sizeof(float) * best)).Within(1).Percent, $"{predicted}");
    }

    [Test]
    public void AHardStepOf128And128SamplesFitsIntoAGigabyteAndAHalf()
    {
        foreach (var solver in (string[])["auto", "gram", "lsqr", "minres-qlp", "minres-qlp-projected"])
        {
            var predicted = Predict<float>(PoseProblem.Settings($"hard-sgd solver={solver}"), 128);
            Assert.That(predicted.Total, Is.InRange(100_000_000L, 1_500_000_000L), $"{predicted}");
        }
    }

    /// <summary>The rows of a Gram matrix pass through in batches: 96 of the length of all parameters would take 805 MB alone.</summary>
    [Test]
    public void AStepOf96RowsOfTheWholeNetworkStaysBelow150Megabytes()
    {
        var predicted = Predict<float>(PoseProblem.Settings("hard-sgd active=16 solver=gram"), 128);
        Assert.That(predicted.Total - predicted.Checkpoints, Is.LessThan(150_000_000L), $"{predicted}");
        Assert.That(predicted.Solver, Is.LessThan(30_000_000L), $"{predicted}");
    }

    [Test]
    public void GrowsWithTheBatchTheActiveSetAndThePrecision()
    {
        var settings = PoseProblem.Settings("hard-sgd active=16");
        var usual = Predict<float>(settings, 16);
        Assert.That(Predict<float>(settings, 32).Linearizations, Is.EqualTo(usual.Linearizations * 3 / 2).Within(1).Percent);
        Assert.That(Predict<float>(PoseProblem.Settings("hard-sgd active=32"), 16).Solver, Is.GreaterThan(usual.Solver));
        Assert.That(Predict<double>(settings, 16).Vectors, Is.EqualTo(2 * usual.Vectors).Within(1).Percent);
    }

    [Test]
    public void OverTheLimitItSaysWhatToLower()
    {
        var memory = Predict<float>(PoseProblem.Settings("hard-sgd"), 64);
        memory.Check(memory.Total, 64);
        Assert.That(
            () => memory.Check(memory.Total - 1, 64),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("--batch (now 64)").And.Message.Contains("--active (now 128)")
                .And.Message.Contains("--solver lsqr").And.Message.Contains("solver gram"));
    }

    private StepMemory Predict<T>(MethodSettings settings, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var cpu = new CpuDevice<T>(1);
        return StepMemory.Predict(cpu, _problem, settings, batch);
    }

    private sealed class RandomImages : IImageSource
    {
        public int Count => 9;

        public Shape Image => new(128, 128, 3);

        public int Outputs => 51;

        public void CopyImage(int index, Span<byte> image)
        {
            var random = new RandomGenerator(4, (ulong)index);
            foreach (ref var pixel in image) pixel = (byte)random.NextInt(256);
        }

        public void CopyTarget(int index, Span<double> target) => target.Clear();
    }
}
