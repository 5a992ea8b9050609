using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Runs;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>The predicted memory of a step against what a step allocates.</summary>
public class StepMemoryTests
{
    [TestCase("unconstrained", KktSolver.Auto)]
    [TestCase("soft-sgd", KktSolver.Auto)]
    [TestCase("soft-adam", KktSolver.Auto)]
    [TestCase("hard-sgd", KktSolver.Gram)]
    [TestCase("hard-sgd", KktSolver.MinresQlp)]
    [TestCase("hard-sgd", KktSolver.ProjectedMinresQlp)]
    [TestCase("hard-adam", KktSolver.Auto)]
    [TestCase("hard-lm", KktSolver.Auto)]
    public void IsWhatAStepAllocates(string method, KktSolver solver)
    {
        const int batch = 6;
        var settings = new MethodSettings { Method = method, ActiveSamples = 9, Solver = solver, MaxKrylovIterations = 3, Warmup = 0 };
        using var device = new CountingDevice<float>();
        using var cpu = new CpuDevice<float>(1);
        var predicted = StepMemory.Predict(cpu, settings, batch);

        var network = Network<float>.Paper(device);
        var w = network.InitializeHe(new RandomGenerator(1));
        var training = MethodFactory.Create(settings, network, w, batch);
        var source = new RandomImages();
        using var loader = new BatchLoader<float>(device, source, batch, 100);
        using var active = training.ActiveSamples > 0 ? new BatchLoader<float>(device, source, training.ActiveSamples, 100) : null;
        training.Step(loader.Load([0, 1, 2, 3, 4, 5]), active?.Load([0, 1, 2, 3, 4, 5, 6, 7, 8]));
        var host = settings.UsedSolver is KktSolver.Gram or KktSolver.ProjectedMinresQlp ? KktSolvers.GramHostBytes(54) : 0;
        Assert.That(predicted.Total, Is.EqualTo(device.Bytes + host).Within(1).Percent, $"{predicted}");
    }

    [Test]
    public void AHardStepOf128And128SamplesFitsIntoAGigabyteAndAHalf()
    {
        using var cpu = new CpuDevice<float>(1);
        foreach (var solver in Enum.GetValues<KktSolver>())
        {
            var predicted = StepMemory.Predict(cpu, new MethodSettings { Method = "hard-sgd", Solver = solver }, 128);
            Assert.That(predicted.Total, Is.InRange(100_000_000L, 1_500_000_000L), $"{predicted}");
        }
    }

    /// <summary>The rows of a Gram matrix pass through in batches: 96 of the length of all parameters would take 805 MB alone.</summary>
    [Test]
    public void AStepOf96RowsOfTheWholeNetworkStaysBelow150Megabytes()
    {
        using var cpu = new CpuDevice<float>(1);
        var predicted = StepMemory.Predict(cpu, new MethodSettings { Method = "hard-sgd", ActiveSamples = 16, Solver = KktSolver.Gram }, 128);
        Assert.That(predicted.Total, Is.LessThan(150_000_000L), $"{predicted}");
        Assert.That(predicted.Solver, Is.LessThan(30_000_000L), $"{predicted}");
    }

    [Test]
    public void GrowsWithTheBatchTheActiveSetAndThePrecision()
    {
        using var single = new CpuDevice<float>(1);
        using var twice = new CpuDevice<double>(1);
        var settings = new MethodSettings { Method = "hard-sgd", ActiveSamples = 16 };
        var usual = StepMemory.Predict(single, settings, 16);
        Assert.That(StepMemory.Predict(single, settings, 32).Linearizations, Is.EqualTo(usual.Linearizations * 3 / 2).Within(1).Percent);
        Assert.That(StepMemory.Predict(single, settings with { ActiveSamples = 32 }, 16).Solver, Is.GreaterThan(usual.Solver));
        Assert.That(StepMemory.Predict(twice, settings, 16).Vectors, Is.EqualTo(2 * usual.Vectors).Within(1).Percent);
    }

    [Test]
    public void OverTheLimitItSaysWhatToLower()
    {
        using var cpu = new CpuDevice<float>(1);
        var memory = StepMemory.Predict(cpu, new MethodSettings { Method = "hard-sgd" }, 64);
        memory.Check(memory.Total, 64);
        Assert.That(
            () => memory.Check(memory.Total - 1, 64),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("--batch (now 64)").And.Message.Contains("--active (now 128)")
                .And.Message.Contains("--solver minres-qlp").And.Message.Contains("solver gram"));
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
