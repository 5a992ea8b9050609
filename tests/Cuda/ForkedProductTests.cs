using PoseEngine.Cuda;
using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>Algorithm 1 on the CUDA device: R-op and L-op are two branches of a graph, and the bits are those of each by itself.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class ForkedProductTests(string mode)
{
    private const double Eta = 3;
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void AfterTest()
    {
        if (mode != CudaModes.Gpu && StandIn.Obstacle is null) StandIn.Configure("record=0");
        _devices.AfterTest();
    }

    [Test]
    public void BothProductsHaveTheBitsOfEachByItself()
    {
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        using var function = At(device);
        using var system = new ProjectedGradientSystem<double>(device, function, Eta);
        var (v, product) = (Numbers.Normal(device, new Shape(system.Size), 5), device.Zeros(system.Size));
        var expected = device.Zeros(system.Size);
        function.Lop(system.Multipliers(v), system.Step(expected));
        function.Rop(system.Step(v), system.Multipliers(expected));
        device.Vectors.Axpy(Eta, system.Step(v), system.Step(expected));
        using var recording = device.Record("product", () => system.Apply(v, product));
        for (var i = 0; i < 4; i++)
        {
            device.Vectors.Fill(product, double.NaN);
            recording.Run();
            Assert.That(product.ToArray(), Is.EqualTo(expected.ToArray()));
        }
    }

    [Test]
    public void NeitherProductWaitsForTheOther()
    {
        if (mode == CudaModes.Gpu) Assert.Ignore("only the stand-in tells its order");
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        using var function = At(device);
        var (v, u) = (Numbers.Normal(device, new Shape(function.ParameterCount), 5), Numbers.Normal(device, new Shape(function.RowCount), 6));
        var (rop, lop) = (device.Zeros(function.RowCount), device.Zeros(function.ParameterCount));
        using var recording = device.Record("products", () => function.Products(v, u, rop, lop));
        recording.Run();
        recording.Run();
        string[] Launches(string order)
        {
            StandIn.Configure($"order={order};lazy=0;record=1");
            StandIn.Launches();
            recording.Run();
            return StandIn.Launches();
        }
        var (forward, reverse) = (Launches("forward"), Launches("reverse"));
        int Last(string[] launches) => Array.FindLastIndex(launches, launch => launch.Contains("lop_weight", StringComparison.Ordinal));
        int First(string[] launches) => Array.FindIndex(launches, launch => launch.Contains("rop", StringComparison.Ordinal));
        Assert.That(Last(forward), Is.LessThan(First(forward)).And.GreaterThan(0), string.Join(' ', forward));
        Assert.That(Last(reverse), Is.GreaterThan(First(reverse)), string.Join(' ', reverse));
    }

    private static OutputConstraintFunction<double> At(CudaDevice<double> device)
    {
        var problem = new StepProblem(device);
        var function = new OutputConstraintFunction<double>(problem.Network, problem.Symmetry, 3);
        function.MoveTo(problem.Parameters, new Batch<double>(Numbers.Normal(device, new Shape(3, 2, 9, 9), 4), device.Zeros(new Shape(3, 12))));
        return function;
    }
}
