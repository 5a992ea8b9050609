using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>A network of dense layers and ReLU: how many launches its operators take, and that they are worth the same bits.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Checked)]
public sealed class DenseReluLaunchTests(string mode)
{
    private const int Batch = 5;
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void Report() => _devices.AfterTest();

    [TestCase(true, 6, 8, 8)]
    [TestCase(false, 8, 10, 10)]
    public void AReluBehindADenseLayerCostsNoLaunch(bool fuse, int forward, int rop, int lop)
    {
        using var problem = new Problem(_devices, fuse);
        var (at, w, dy, g) = (problem.At, problem.Parameters, problem.Outputs, problem.Gradient);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Launches(() => at.MoveTo(w, problem.Inputs)), Is.EqualTo(forward), "forward: a product and a kernel a layer");
            Assert.That(Launches(() => at.Rop(w, dy)), Is.EqualTo(rop), "R-op: a product more where the input moves");
            Assert.That(Launches(() => at.Lop(dy, g)), Is.EqualTo(lop), "L-op: the same");
        }
    }

    [Test]
    public void TheLossOfThePapersNetworkTakes29Launches()
    {
        using var device = _devices.Create<float>(1);
        var network = Network<float>.Paper(device);
        using var risk = new ResidualRisk<float>(network, 1);
        var (w, v, g) = (Numbers.Normal(device, new Shape(network.ParameterCount), 1), device.Zeros(network.ParameterCount), device.Zeros(network.ParameterCount));
        var batch = new Batch<float>(Numbers.Normal(device, new Shape(1, 3, 128, 128), 2), device.Zeros(new Shape(1, 51)));
        var (loss, curvature) = (device.Zeros<double>(new Shape(1)), device.Zeros<double>(new Shape(1)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Launches(() => risk.MoveTo(w, batch)), Is.EqualTo(9 + 1), "forward, the residual");
            Assert.That(Launches(() => risk.Value(loss)), Is.EqualTo(1), "a dot product");
            Assert.That(Launches(() => risk.Gradient(g)), Is.EqualTo(1 + 17), "the adjoint of the outputs, L-op");
            Assert.That(Launches(() => risk.Curvature(v, curvature)), Is.EqualTo(12 + 1 + 1), "R-op, its factor, a dot product");
        }
    }

    [Test]
    public void AGramSumOfMoreAdjointsTakesNoMoreLaunches()
    {
        using var problem = new Problem(_devices, fuse: true);
        var launches = new[] { 1, 3 }.Select(stack =>
        {
            using var gram = new GramSum<double>(problem.At, stack);
            var u = Numbers.Normal(problem.Device, new Shape(stack * Batch, 8), 6);
            return Launches(() => problem.At.LopGram(u, gram));
        }).ToArray();
        Assert.That(launches[1], Is.EqualTo(launches[0]));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void TheBitsAreThoseOfSeparateLayers(bool keepsRows)
    {
        using var one = new Problem(_devices, fuse: true);
        using var each = new Problem(_devices, fuse: false);
        var (expected, actual) = (each.Results(keepsRows), one.Results(keepsRows));
        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, numbers) in expected) Assert.That(actual[name], Is.EqualTo(numbers), name);
        }
    }

    private static long Launches(Action work)
    {
        var before = StandIn.Count();
        work();
        return (StandIn.Count() - before).Launches;
    }

    private sealed class Problem : IDisposable
    {
        private readonly Tensor<double> _u;

        public Problem(CudaDevices devices, bool fuse)
        {
            Device = devices.Create<double>(1);
            var network = new Network<double>(Device, new Shape(12), LayerSpec.ParseNetwork("dense24,relu,dense15,relu,dense8"));
            At = network.CreateLinearization(Batch, fuse);
            Parameters = Numbers.Normal(Device, new Shape(network.ParameterCount), 1);
            Inputs = Numbers.Normal(Device, new Shape(Batch, 12), 2);
            _u = Numbers.Normal(Device, new Shape(Batch, 8), 3);
            (Outputs, Gradient) = (Device.Zeros(new Shape(Batch, 8)), Device.Zeros(network.ParameterCount));
            At.MoveTo(Parameters, Inputs);
        }

        public ComputeDevice<double> Device { get; }

        public Linearization<double> At { get; }

        public Tensor<double> Parameters { get; }

        public Tensor<double> Inputs { get; }

        public Tensor<double> Outputs { get; }

        public Tensor<double> Gradient { get; }

        public Dictionary<string, double[]> Results(bool keepsRows)
        {
            At.Rop(Numbers.Normal(Device, Parameters.Shape, 4), Outputs);
            At.Lop(_u, Gradient);
            using var gram = new GramSum<double>(At, 3, keepsRows);
            gram.Clear();
            var stack = Numbers.Normal(Device, new Shape(3 * Batch, 8), 5);
            At.LopGram(stack, gram);
            var results = new Dictionary<string, double[]>
            {
                ["forward"] = At.Output.ToArray(),
                ["R-op"] = Outputs.ToArray(),
                ["L-op"] = Gradient.ToArray(),
                ["S"] = gram.Value.ToArray(),
            };
            if (!keepsRows) return results;
            var (rows, weights) = (Device.Zeros(3 * Batch), Numbers.Normal(Device, new Shape(3 * Batch), 8));
            gram.Factors!.Rop(Parameters, rows);
            gram.Factors.Lop(weights, Gradient);
            results["A v"] = rows.ToArray();
            results["A^T u"] = Gradient.ToArray();
            return results;
        }

        public void Dispose()
        {
            At.Dispose();
            Device.Dispose();
        }
    }
}
