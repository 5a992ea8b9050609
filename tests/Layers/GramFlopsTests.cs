using PoseEngine.Cpu;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Layers;

public sealed class GramFlopsTests
{
    [Test]
    public void TheSolveOfThePaperIsCountedPartByPart()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Paper(device);
        var flops = GramFlops.Of(network, 128, 6);
        const double n = 768, N = 128;
        const double conv1 = 2.0 * 8 * 75 * 31 * 31, conv2 = 2.0 * 8 * 200 * 13 * 13, conv3 = 2.0 * 8 * 72 * 121;
        const double dense = 2.0 * ((968 * 1024) + (1024 * 1024) + (1024 * 51));
        const double weights = 608 + 1608 + 584, outputs = 1024 + 1024 + 51, inputs = 968 + 1024 + 1024;
        using (Assert.EnterMultipleScope())
        {
            // The input of the first convolution does not move.
            Assert.That(flops.Adjoints, Is.EqualTo(n * (conv1 + (2 * conv2) + (2 * conv3) + dense)));
            Assert.That(flops.Products, Is.EqualTo((n * (n + 1) * (weights + outputs)) + (N * (N + 1) * inputs)));
            Assert.That(flops.Cholesky, Is.EqualTo(n * n * n / 3));
            Assert.That(flops.Vectors, Is.EqualTo((N * NetworkFlops.Of(network).Rop) + (2 * N * dense) + (4 * n * weights)));
            Assert.That(flops.Own, Is.EqualTo(flops.Adjoints + flops.Products + flops.Vectors));
            Assert.That(flops.Float64, Is.EqualTo(flops.Cholesky));
        }
    }

    [Test]
    public void RowsOfOneDenseLayerNeedNoAdjoint()
    {
        using var device = new CpuDevice<double>(1);
        var flops = GramFlops.Of(new Network<double>(device, new Shape(10), new DenseSpec(3)), samples: 2, rowsPerSample: 2);
        Assert.That(flops, Is.EqualTo(new GramFlops(0, (4 * 5 * 3) + (2 * 3 * 10), 64.0 / 3, 3 * 2 * 60)));
    }

    [Test]
    public void AnotherLayerBringsItsOwnShare()
    {
        using var device = new CpuDevice<double>(1);
        LayerWords.Register(ScaleSpec.Word);
        // The toy's 8 factors: its rows are formed, 8 operations each, and its input's adjoint takes 8 more.
        var flops = GramFlops.Of(Network<double>.Parse(device, "3", "dense8,scale,dense2"), 1, 1);
        Assert.That(flops.Adjoints, Is.EqualTo((2 * 8) + 32));
        Assert.That(flops.Products, Is.EqualTo((2 * (8 + 8 + 2)) + (2 * (3 + 8))));
    }

    [Test]
    public void NoSamplesAndNoRowsAreRefused()
    {
        using var device = new CpuDevice<double>(1);
        var network = new Network<double>(device, new Shape(10), new DenseSpec(3));
        Assert.That(() => GramFlops.Of(network, 0, 1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("samples"));
        Assert.That(() => GramFlops.Of(network, 1, 0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("rows of a sample"));
    }
}
