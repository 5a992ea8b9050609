using PoseEngine.Cpu;
using PoseEngine.Layers;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Layers;

public class NetworkTests
{
    private CpuDevice<double> _device = null!;

    [OneTimeSetUp]
    public void Open() => _device = new CpuDevice<double>(1);

    [OneTimeTearDown]
    public void Close() => _device.Dispose();

    [TestCase(LayerSpec.PaperNetwork)]
    [TestCase("conv16x3s2p1,relu,pool3s2p1,dense10")]
    [TestCase("dense5")]
    [TestCase("tanh,sigmoid,softplus,silu,gelu,leakyrelu,leakyrelu0.2,leakyrelu1E-05,leakyrelu0")]
    public void TextRoundTrips(string text)
        => Assert.That(LayerSpec.FormatNetwork(LayerSpec.ParseNetwork(text)), Is.EqualTo(text));

    [TestCase("conv8x5,blur3,relu", "layer 2 of 3 is \"blur3\", expected a layer such as conv8x5 (s2 and p1 may stand behind), dense51, gelu, leakyrelu, pool4")]
    [TestCase("", "layer 1 of 1 is \"\"")]
    [TestCase("relu,conv", "layer 2 of 2 is \"conv\", expected conv8x5 (s2 and p1 may stand behind)")]
    [TestCase("relu2", "\"relu2\", expected relu")]
    [TestCase("tanh0.5", "\"tanh0.5\"")]
    [TestCase("leakyrelu1.5", "\"leakyrelu1.5\"")]
    [TestCase("leakyreluNaN", "\"leakyreluNaN\"")]
    [TestCase("dense05", "\"dense05\"")]
    [TestCase("dense\u0665", "\"dense\u0665\"")]
    [TestCase("conv8x5\n,relu2", "\"relu2\"")]
    [TestCase("conv8", "\"conv8\"")]
    [TestCase("conv0x3", "\"conv0x3\"")]
    [TestCase("dense8s2", "\"dense8s2\"")]
    [TestCase("pool8x2", "\"pool8x2\"")]
    [TestCase("dense99999999999", "\"dense99999999999\"")]
    public void BadTextNamesTheLayer(string text, string message)
        => Assert.That(() => LayerSpec.ParseNetwork(text), Throws.TypeOf<FormatException>().With.Message.Contains(message));

    [TestCase("conv4x9", "conv1: filter 9x9 is larger than the input 2x8x8")]
    [TestCase("pool9", "pool1: window 9x9 is larger than the input 2x8x8")]
    [TestCase("dense4,conv2x3", "conv1: the rank of a convolution's input (channels, height, width) expects 3, got 1")]
    [TestCase("pool2p2", "pool1: padding 2 exceeds half the window of 2")]
    public void LayersThatDoNotFitAreNamed(string text, string message)
        => Assert.That(() => Network(text), Throws.ArgumentException.With.Message.Contains(message));

    [Test]
    public void ParametersLieInLayerOrderWeightBeforeBias()
    {
        var network = Network("conv3x3,relu,dense5");
        Assert.That(network.Parameters.Select(p => (p.Spec.Name, p.Offset)), Is.EqualTo(new[]
        {
            ("conv1.weight", 0), ("conv1.bias", 54), ("dense1.weight", 57), ("dense1.bias", 57 + (5 * 108)),
        }));
        Assert.That(network.ParameterCount, Is.EqualTo(57 + (5 * 109)));
    }

    [Test]
    public void HeInitialisationHasItsVarianceAndZeroBiases()
    {
        var network = Network("conv64x3,dense200");
        var w = network.InitializeHe(new RandomGenerator(1)).ToArray();
        foreach (var parameter in network.Parameters)
        {
            var part = w.AsSpan(parameter.Offset, parameter.Spec.Shape.Count).ToArray();
            if (parameter.IsBias) Assert.That(part, Is.All.Zero);
            else Assert.That(part.Average(x => x * x) * parameter.Spec.FanIn / 2, Is.EqualTo(1).Within(0.1));
        }
    }

    [Test]
    public void LayersWithoutParametersInFrontAreSkippedByTheProducts()
    {
        var network = Network("pool2,relu,dense3");
        var generator = new RandomGenerator(2);
        var x = _device.From([.. Enumerable.Range(0, 128).Select(_ => generator.NextNormal())], new Shape(1, 2, 8, 8));
        var at = network.Linearize(network.InitializeHe(generator), x);
        var (v, g) = (network.InitializeHe(generator), _device.Zeros(network.ParameterCount));
        var (dy, u) = (_device.Zeros(new Shape(1, 3)), _device.From([1, -2, 3], new Shape(1, 3)));
        at.Rop(v, dy);
        at.Lop(u, g);
        Assert.That(_device.Vectors.Dot(u, dy), Is.EqualTo(_device.Vectors.Dot(g, v)).Within(1e-12));
        Assert.That(_device.Vectors.Norm(dy), Is.GreaterThan(0));
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        var at = Network("dense3").CreateLinearization(2);
        Assert.That(() => at.MoveTo(_device.Zeros(5), _device.Zeros(256)), Throws.ArgumentException.With.Message.Contains("the parameter vector expects 387, got 5"));
        Assert.That(() => at.MoveTo(_device.Zeros(387), _device.Zeros(7)), Throws.ArgumentException.With.Message.Contains("2 samples of 2x8x8 expects 256, got 7"));
    }

    private Network<double> Network(string text) => new(_device, new Shape(2, 8, 8), LayerSpec.ParseNetwork(text));
}
