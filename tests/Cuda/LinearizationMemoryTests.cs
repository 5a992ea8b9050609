using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>A linearization and a Gram sum give back every block that they took.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
public sealed class LinearizationMemoryTests(string mode)
{
    private const int Batch = 2;
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void Report() => _devices.AfterTest();

    [TestCase("conv4x3,pool2,relu,conv3x3,pool3s2,tanh,dense5,relu,dense4")]
    [TestCase("dense5,gelu,dense4")]
    public void DisposingGivesBackAllMemory(string text)
    {
        using var device = _devices.Create<double>(1);
        var network = new Network<double>(device, new Shape(3, 16, 16), LayerSpec.ParseNetwork(text));
        var w = network.InitializeHe(new RandomGenerator(1));
        var images = new NetworkInput<double>(device.Zeros<byte>(new Shape(Batch, 16, 16, 3)));
        var (adjoints, g) = (device.Zeros(Batch * 4), device.Zeros(network.ParameterCount));

        // The first time leaves work areas of the device, which it keeps.
        Use(network, w, images, adjoints, g, fuse: true);
        Use(network, w, images, adjoints, g, fuse: false);
        var before = StandIn.Count();
        for (var i = 0; i < 3; i++) Use(network, w, images, adjoints, g, fuse: i % 2 == 0);
        var used = StandIn.Count() - before;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(used.Allocations, Is.GreaterThan(30));
            Assert.That(used.Frees, Is.EqualTo(used.Allocations));
            Assert.That(used.LiveBytes, Is.Zero);
        }
    }

    private static void Use(
        Network<double> network, Tensor<double> w, NetworkInput<double> images, Tensor<double> adjoints, Tensor<double> g, bool fuse)
    {
        var at = network.CreateLinearization(Batch, fuse);
        at.MoveTo(w, images);
        at.Lop(adjoints, g);
        var gram = new GramSum<double>(at, 1);
        at.LopGram(adjoints, gram);
        for (var twice = 0; twice < 2; twice++)
        {
            gram.Dispose();
            at.Dispose();
        }
    }
}
