using PoseEngine.Cpu;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Layers;

public sealed class NetworkFlopsTests
{
    [Test]
    public void TheNetworkOfThePaperIsCountedLayerByLayer()
    {
        using var device = new CpuDevice<float>(1);
        var flops = NetworkFlops.Of(Network<float>.Paper(device));
        const double conv1 = 2.0 * 8 * 75, conv2 = 2.0 * 8 * 200, conv3 = 2.0 * 8 * 72 * 121;
        const double dense = 2.0 * ((968 * 1024) + (1024 * 1024) + (1024 * 51));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(flops.Forward, Is.EqualTo((conv1 * 124 * 124) + (conv2 * 27 * 27) + conv3 + dense));
            Assert.That(flops.Rop, Is.EqualTo((conv1 * 31 * 31) + (2 * conv2 * 13 * 13) + (2 * conv3) + (2 * dense)));
            Assert.That(flops.Lop, Is.EqualTo(flops.Rop));
            Assert.That(flops.Gradient, Is.EqualTo(flops.Forward + flops.Lop));
            Assert.That(flops.KrylovProduct, Is.EqualTo(2 * flops.Rop));
        }
    }

    [Test]
    public void TheFirstLayersInputDoesNotMove()
    {
        using var device = new CpuDevice<double>(1);
        var flops = NetworkFlops.Of(new Network<double>(device, new Shape(10), new DenseSpec(20), new ReluSpec(), new DenseSpec(3)));
        Assert.That((flops.Forward, flops.Rop), Is.EqualTo((2.0 * (200 + 60), 2.0 * (200 + 120))));
    }
}
