using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Layers;

/// <summary>Which layers are computed together on a device that can.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
public class LayerPlanTests(string deviceName)
{
    [TestCase("conv8x5,pool4,relu,conv8x5,pool2,relu,conv8x3,dense4,relu", "3 3 1 1 1")]
    [TestCase("conv2x3,relu,conv2x3,dense2", "2 1 1")]
    [TestCase("conv2x3,pool2,dense2", "2 1")]
    [TestCase("conv2x3,pool2,pool2,relu", "2 1 1")]
    [TestCase("conv2x3,pool3s2,relu,dense2", "1 1 1 1")]
    [TestCase("conv2x3,pool2p1,relu,dense2", "1 1 1 1")]
    [TestCase("conv2x3s2,pool2,relu,dense2", "1 1 1 1")]
    [TestCase("conv2x3p1,relu,dense2", "1 1 1")]
    [TestCase("conv2x3,pool16,relu,dense2", "1 1 1 1")]
    [TestCase("relu,pool2,relu", "1 1 1")]
    public void ConvolutionPoolingAndReluGoTogetherWhereTheyFit(string text, string counts)
    {
        using var device = Devices.Create<float>(deviceName);
        Assert.That(Counts(device, text, fuse: true), Is.EqualTo(counts));
        Assert.That(Counts(device, text, fuse: false).Split(' '), Is.All.EqualTo("1"));
    }

    [TestCase("dense4,relu,dense5,relu,dense2", "2 2 1")]
    [TestCase("conv2x3,pool2,relu,dense4,relu,relu,dense2", "3 2 1 1")]
    [TestCase("dense4,tanh,dense2,relu", "1 1 1 1")]
    public void DenseAndReluGoTogetherWhereTheDeviceCanAndAnotherLayerFollows(string text, string counts)
    {
        using var device = Devices.Create<float>(deviceName);
        Assert.That(Counts(device, text, fuse: true), Is.EqualTo(device.DenseRelu is null ? counts.Replace("2", "1 1", StringComparison.Ordinal) : counts));
        Assert.That(device.DenseRelu is null, Is.EqualTo(device is CpuDevice<float>));
    }

    [Test]
    public void ADeviceWithoutTheOperatorComputesLayerByLayer()
    {
        using var device = new CpuDevice<float>(1, useSimd: false);
        Assert.That(Counts(device, "conv2x3,pool2,relu", fuse: true), Is.EqualTo("1 1 1"));
    }

    [Test]
    public void ActivationsWithinAStepAreNotAtHand()
    {
        using var device = Devices.Create<float>(deviceName);
        var network = new Network<float>(device, new Shape(1, 8, 8), LayerSpec.ParseNetwork("conv2x3,pool2,relu,dense2"));
        var at = network.CreateLinearization(1);
        Assert.That(() => at.ValueBehind("pool1"), Throws.ArgumentException.With.Message.Contains("fuse: false"));
        Assert.That(at.ValueBehind("relu1").Count, Is.EqualTo(18));
        Assert.That(() => at.ValueBehind("pool7"), Throws.ArgumentException.With.Message.Contains("no layer pool7"));
    }

    private static string Counts(ComputeDevice<float> device, string text, bool fuse)
    {
        var network = new Network<float>(device, new Shape(1, 48, 48), LayerSpec.ParseNetwork(text));
        return string.Join(' ', LayerPlan.Of(network.Layers, device, 2, fuse).Select(step => step.Count));
    }
}
