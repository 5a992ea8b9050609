using PoseEngine.Constraints;
using PoseEngine.Cuda;
using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>What a Hard-SGD step by the Gram matrix asks of the device and of the host, on the paper's layers.</summary>
[UsesCuda]
public sealed class HardStepBudgetTests
{
    private const int Samples = 4;
    private readonly CudaDevices _devices = new(CudaModes.Plain);

    [TearDown]
    public void Restore()
    {
        if (StandIn.Obstacle is null) StandIn.Configure("record=0");
        _devices.AfterTest();
    }

    [Test]
    public void AHardStepByTheGramMatrixIsLessThanAHundredLaunchesAndOneWait()
    {
        using var device = (CudaDevice<float>)_devices.Create<float>(1);
        // The number of launches depends neither on the samples nor on the size of the images.
        var network = new Network<float>(device, new Shape(3, 64, 64), LayerSpec.ParseNetwork(LayerSpec.PaperNetwork));
        var parameters = network.InitializeHe(new RandomGenerator(1));
        var function = new OutputConstraintFunction<float>(network, new LimbSymmetry<float>(device), Samples);
        using var method = new HardSgd<float>(
            new ResidualRisk<float>(network, Samples), function, parameters, new HardSgdOptions(1000) { Solver = KktSolver.Gram });
        var (batch, active) = (Batch(device, network, 1), Batch(device, network, 2));
        for (var i = 0; i < 3; i++) method.Step(batch, active);

        StandIn.Configure("record=1");
        var before = StandIn.Count();
        var report = method.Step(batch, active);
        var counted = StandIn.Count() - before;
        TestContext.Out.WriteLine($"{counted}\n{StandIn.TakeLaunches()}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.Solve!.IsConverged, Is.True, report.Solve.Explanation);
            Assert.That(counted.HostWaits, Is.EqualTo(1));
            Assert.That(counted.Launches, Is.LessThan(100));
            Assert.That(counted.Allocations, Is.Zero);
        }
    }

    private static Batch<float> Batch(CudaDevice<float> device, Network<float> network, ulong seed)
    {
        var random = new RandomGenerator(seed);
        Tensor<float> Normal(Shape shape) => device.From([.. Enumerable.Range(0, shape.Count).Select(_ => (float)random.NextNormal())], shape);
        return new Batch<float>(new(Normal(network.Input.Prepend(Samples))), Normal(network.Output.Prepend(Samples)));
    }
}
