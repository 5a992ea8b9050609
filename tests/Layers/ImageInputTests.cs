using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Layers;

/// <summary>Images may go into any network as they are stored; the result is that of their numbers.</summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
public class ImageInputTests(string deviceName)
{
    private const int Samples = 2;

    [TestCase("conv4x5,pool4,relu,conv3x3,dense6")]
    [TestCase("conv4x5s2p1,relu,dense6")]
    [TestCase("dense6")]
    public void ImagesGiveTheBitsOfTheirNumbers(string text)
    {
        using var device = Devices.Create<double>(deviceName);
        var network = new Network<double>(device, new Shape(3, 20, 24), LayerSpec.ParseNetwork(text));
        var generator = new RandomGenerator(3);
        var w = network.InitializeHe(generator);
        var images = device.Zeros<byte>(new Shape(Samples, 20, 24, 3));
        images.CopyFrom([.. Enumerable.Range(0, images.Count).Select(_ => (byte)generator.NextInt(256))]);
        var numbers = device.Zeros(network.Input.Prepend(Samples));
        device.Images.Normalize(images, numbers);

        var (fromImages, fromNumbers) = (network.CreateLinearization(Samples), network.CreateLinearization(Samples));
        fromImages.MoveTo(w, new NetworkInput<double>(images));
        fromNumbers.MoveTo(w, numbers);
        Assert.That(fromImages.Output.ToArray(), Is.EqualTo(fromNumbers.Output.ToArray()));
        Assert.That(Gradient(network, fromImages), Is.EqualTo(Gradient(network, fromNumbers)));
    }

    [Test]
    public void ImagesOfAnotherSizeAreNamed()
    {
        using var device = Devices.Create<double>(deviceName);
        var network = new Network<double>(device, new Shape(3, 8, 10), LayerSpec.ParseNetwork("dense2"));
        var turned = new NetworkInput<double>(device.Zeros<byte>(new Shape(1, 10, 8, 3)));
        Assert.That(
            () => network.CreateLinearization(1).MoveTo(device.Zeros(network.ParameterCount), turned),
            Throws.ArgumentException.With.Message.Contains("1x8x10x3").And.Message.Contains("1x10x8x3"));
    }

    private static double[] Gradient(Network<double> network, Linearization<double> at)
    {
        var g = network.Device.Zeros(network.ParameterCount);
        at.Lop(at.Output, g);
        return g.ToArray();
    }
}
