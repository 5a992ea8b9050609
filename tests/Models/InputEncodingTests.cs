using PoseEngine.Cpu;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Models;

public sealed class InputEncodingTests
{
    [TestCase("conv2x3,relu,dense4")]
    [TestCase("dense6,relu,dense4")]
    public void AFoldedNetworkComputesTheSameFromOurEncoding(string architecture)
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "3x5x5", architecture);
        var random = new RandomGenerator(6);
        var theirs = network.InitializeHe(random);
        double[] mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];
        var w = theirs.ToArray();
        new InputEncoding(mean, deviation).Fold(network, w);
        var colours = Enumerable.Range(0, 75).Select(_ => random.NextDouble()).ToArray();
        double[] Outputs(Tensor<double> parameters, IEnumerable<double> x) => network.Linearize(parameters, device.From([.. x], new Shape(1, 3, 5, 5))).Output.ToArray();
        var expected = Outputs(theirs, colours.Select((c, i) => (c - mean[i / 25]) / deviation[i / 25]));
        Assert.That(Outputs(device.From(w), colours.Select(c => c - 0.5)), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void OurOwnEncodingChangesNothing()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Parse(device, "3x5x5", "relu,dense4");
        var w = network.InitializeHe(new RandomGenerator(1)).ToArray();
        var before = w.ToArray();
        InputEncoding.Own.Fold(network, w);
        Assert.That(w, Is.EqualTo(before));
    }

    [Test]
    public void WhatCannotBeFoldedIsRefused()
    {
        using var device = new CpuDevice<float>(1);
        void Fold(string architecture, double[] mean)
        {
            var network = Network<float>.Parse(device, "3x5x5", architecture);
            new InputEncoding(mean, [1]).Fold(network, new float[network.ParameterCount]);
        }
        Assert.That(() => Fold("dense4", [0, 0]), Throws.ArgumentException.With.Message.EqualTo("2 means for 3 channels; give one, or one for each"));
        foreach (var architecture in (string[])["relu,dense4", "conv2x3p1,dense4"])
        {
            Assert.That(() => Fold(architecture, [0]), Throws.TypeOf<ModelFileException>().With.Message.Contains("does not begin with a convolution without padding"));
        }
        Assert.That(() => new InputEncoding([0], [1]).Fold(Network<float>.Parse(device, "3x5x5", "dense4"), new float[3]), Throws.ArgumentException.With.Message.Contains("expects 304, got 3"));
    }
}
