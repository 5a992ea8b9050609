using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kernels;

/// <summary>What is constructed on a measuring device takes there what it takes on a real one, and nothing is made.</summary>
public sealed class MeasuringDeviceTests
{
    [Test]
    public void CountsWhatARealDeviceAllocates()
    {
        using var real = new CountingDevice<float>();
        using var cpu = new CpuDevice<float>(1);
        using var measure = new MeasuringDevice<float>(cpu);
        var before = cpu.LiveBytes;
        foreach (var device in (ComputeDevice<float>[])[real, measure])
        {
            using var at = Network<float>.Parse(device, "3x20x20", "conv4x5,pool2,relu,dense9").CreateLinearization(7);
            using var solver = new MinresQlp<float>(device, 1000);
        }
        Assert.That(measure.Bytes, Is.EqualTo(real.Bytes).And.GreaterThan(6 * 4 * 1000));
        Assert.That(cpu.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void ImagesAreCountedWithTheirSlots()
    {
        using var cpu = new CpuDevice<double>(1);
        using var measure = new MeasuringDevice<double>(cpu);
        var images = new Shape(2, 8, 8, 3);
        using (measure.CreateImageStream(images)) Assert.That(measure.Bytes, Is.AtLeast(IImageStream<double>.Slots * images.Count));
    }

    [Test]
    public void NothingCanBeReadFromIt()
    {
        using var cpu = new CpuDevice<float>(1);
        using var measure = new MeasuringDevice<float>(cpu);
        var vector = measure.Zeros(5);
        vector.CopyFrom([1, 2, 3, 4, 5]);
        Assert.That(
            () => vector.ToArray(),
            Throws.InvalidOperationException.With.Message.EqualTo("a device that measures memory holds nothing and computes nothing; take another device"));
    }
}
