using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Models;

/// <summary>ONNX Runtime computes from an exported file what our own forward pass computes.</summary>
public sealed class OnnxFileTests
{
    private const double Tolerance = 1e-5;

    public static readonly (string Input, string Architecture)[] Networks =
    [
        ("3x128x128", LayerSpec.PaperNetwork),
        ("3x17x17", "conv4x5s2,relu,pool2,dense51"),
        ("2x19x19", "conv5x3p1,pool3s2,relu,conv4x3s3p2,dense9,relu,dense3"),
        ("3x23x14", "conv3x4s3p3,pool3s1p1,relu,dense7"),
        ("1x9x9", "pool2s1p1,conv2x3,pool4s3p2"),
        ("4x11x11", "conv6x1,pool5s2p2,relu"),
        ("5x6", "relu,dense8,relu,dense4"),
        ("12", "dense7,relu,dense51"),
        ("2x9x9", "conv4x3,tanh,conv3x3,silu,dense40,gelu,dense30,softplus,dense20,leakyrelu0.2,dense10,sigmoid"),
        ("50", "gelu,silu"),
    ];

    [Test]
    public void RuntimeAgreesInFloat32([ValueSource(nameof(Networks))] (string Input, string Architecture) network)
        => Agrees<float>(network.Input, network.Architecture);

    [Test]
    public void RuntimeAgreesInFloat64([ValueSource(nameof(Networks))] (string Input, string Architecture) network)
        => Agrees<double>(network.Input, network.Architecture);

    [Test]
    public void ImagesAreReadAsBytesAndAnswersAreInTheUnitOfTheTargets()
    {
        using var device = new CpuDevice<float>(2);
        var model = Model(device, "3x128x128", LayerSpec.PaperNetwork, 137.5);
        var random = new RandomGenerator(8);
        const int batch = 3;
        var bytes = new byte[batch * 128 * 128 * 3];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.NextUInt();
        var expected = Forward(model, Encode(bytes, batch, 128), batch).Select(y => y * 137.5).ToArray();

        using var session = new InferenceSession(OnnxFile.OfImages(model, new OnnxOutput("pose", new Shape(17, 3), "joints")));
        Assert.That(session.InputMetadata["image"].Dimensions, Is.EqualTo(new[] { -1, 128, 128, 3 }));
        Assert.That(session.OutputMetadata["pose"].Dimensions, Is.EqualTo(new[] { -1, 17, 3 }));
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("image", new DenseTensor<byte>(bytes, [batch, 128, 128, 3]))]);
        var pose = results.Single().AsTensor<float>();
        Assert.That(pose.Dimensions.ToArray(), Is.EqualTo(new[] { batch, 17, 3 }));
        Assert.That(Difference([.. pose], expected), Is.LessThan(Tolerance));
    }

    [Test]
    public void MetadataSayWhatTheModelFileSays()
    {
        using var device = new CpuDevice<float>(1);
        var model = Model(device, "3x17x17", "conv4x5s2,relu,pool2,dense51", 137.5) with { Metadata = new Dictionary<string, string> { ["note"] = "ä \"quoted\"" } };
        using var session = new InferenceSession(OnnxFile.Of(model));
        var metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.That(metadata["architecture"], Is.EqualTo("conv4x5s2,relu,pool2,dense51"));
        Assert.That(metadata["output_scale_mm"], Is.EqualTo("137.5"));
        Assert.That(metadata["input_encoding"], Is.EqualTo("rgb / 255 - 0.5"));
        Assert.That(metadata["output_meaning"], Is.EqualTo("in units of 137.5 mm"));
        Assert.That(metadata["note"], Is.EqualTo("ä \"quoted\""));
        Assert.That(session.ModelMetadata.ProducerName, Is.EqualTo("PoseEngine"));
    }

    [TestCase("2x17x17", "conv4x5s2,dense6", "the network reads 2x17x17, no RGB images of 3 channels")]
    [TestCase("3x17x17", "conv4x5s2,dense5", "the network computes 5, a corner has 6 numbers")]
    public void WhatReadsNoImagesOrComputesOtherOutputsHasNoSuchForm(string input, string architecture, string message)
    {
        using var device = new CpuDevice<float>(1);
        var model = Model(device, input, architecture, 1);
        Assert.That(
            () => OnnxFile.OfImages(model, new OnnxOutput("corner", new Shape(2, 3), "corners")), Throws.TypeOf<ModelFileException>().With.Message.EqualTo(message));
        using var session = new InferenceSession(OnnxFile.Of(model));
    }

    [Test]
    public void NumbersBeyondFloat32AreRefused()
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "2", "dense1");
        var model = new ModelFile<double>(network, device.From([1, 1e300, 0]), 1, new Dictionary<string, string>());
        Assert.That(() => OnnxFile.Of(model), Throws.TypeOf<ModelFileException>().With.Message.Contains("element 1 of dense1.weight"));
    }

    private static void Agrees<T>(string input, string architecture)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var device = new CpuDevice<T>(2);
        var model = Model(device, input, architecture, 1);
        using var session = new InferenceSession(OnnxFile.Of(model));
        var random = new RandomGenerator(3);
        foreach (var batch in (int[])[1, 4])
        {
            var shape = model.Network.Input.Prepend(batch);
            var x = Enumerable.Range(0, shape.Count).Select(_ => (float)random.NextNormal()).ToArray();
            var expected = Forward(model, x, batch);
            int[] extents = [.. Enumerable.Range(0, shape.Rank).Select(d => shape[d])];
            using var results = session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x, extents))]);
            var y = results.Single();
            Assert.That(y.Name, Is.EqualTo("output"));
            Assert.That(string.Join('x', y.AsTensor<float>().Dimensions.ToArray()), Is.EqualTo(model.Network.Output.Prepend(batch).ToString()));
            Assert.That(Difference([.. y.AsTensor<float>()], expected), Is.LessThan(Tolerance));
        }
    }

    private static ModelFile<T> Model<T>(ComputeDevice<T> device, string input, string architecture, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Parse(device, input, architecture);
        var random = new RandomGenerator(21);
        var w = network.InitializeHe(random).ToArray();

        // Biases too, so that a lost one is seen.
        foreach (var parameter in network.Parameters.Where(parameter => parameter.IsBias))
        {
            foreach (ref var bias in w.AsSpan(parameter.Offset, parameter.Spec.Shape.Count)) bias = T.CreateChecked(random.NextUniform(-0.5, 0.5));
        }
        return new ModelFile<T>(network, device.From(w), scale, new Dictionary<string, string>());
    }

    private static double[] Forward<T>(ModelFile<T> model, float[] x, int batch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var inputs = model.Network.Device.From(Array.ConvertAll(x, T.CreateChecked), model.Network.Input.Prepend(batch));
        return Array.ConvertAll(model.Network.Linearize(model.Parameters, inputs).Output.ToArray(), double.CreateChecked);
    }

    /// <summary>Rows of RGB pixels as planes of x / 255 - 1/2.</summary>
    private static float[] Encode(byte[] bytes, int batch, int pixels)
    {
        var planes = new float[bytes.Length];
        for (var n = 0; n < batch; n++)
        {
            for (var p = 0; p < pixels * pixels; p++)
            {
                for (var c = 0; c < 3; c++) planes[(((n * 3) + c) * pixels * pixels) + p] = (float)((bytes[(((n * pixels * pixels) + p) * 3) + c] / 255.0) - 0.5);
            }
        }
        return planes;
    }

    /// <summary>The largest difference, relative to the size of the outputs.</summary>
    private static double Difference(float[] actual, double[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        return actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max() / expected.Max(Math.Abs);
    }
}
