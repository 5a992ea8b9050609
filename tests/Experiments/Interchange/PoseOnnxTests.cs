using Microsoft.ML.OnnxRuntime;
using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Interchange;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Interchange;

/// <summary>The form that people's tools want: an image in, joints in millimetres out.</summary>
public class PoseOnnxTests
{
    [TestCase("2x17x17", "conv4x5s2,dense51", "the network reads 2x17x17, no RGB images of 3 channels; export it with --form network")]
    [TestCase("3x17x17", "conv4x5s2,dense50", "the network computes 50, a pose has 51 numbers; export it with --form network")]
    public void ANetworkWithoutPosesHasNoPoseForm(string input, string architecture, string message)
    {
        using var device = new CpuDevice<float>(1);
        var model = Model(device, input, architecture, 1);
        Assert.That(() => PoseOnnx.ToBytes(model), Throws.TypeOf<UserErrorException>().With.Message.EqualTo(message));
    }

    [Test]
    public void TheCommandWritesEitherForm()
    {
        using var folder = new TempFolder();
        using var device = new CpuDevice<float>(1);
        Model(device, "3x17x17", "conv4x5s2,relu,pool2,dense51", 100).Save(folder.At("m.safetensors"));
        string[] arguments = ["model", "export", "--model", folder.At("m.safetensors"), "--onnx", folder.At("m.onnx")];
        var (code, output, error) = Captured.Run(() => CommandLine.Run(arguments));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("m.onnx: 0.0 MB, image"));
        using (var session = new InferenceSession(folder.At("m.onnx"))) Assert.That(session.InputNames, Is.EqualTo(new[] { "image" }));
        Assert.That(CommandLine.Run([.. arguments, "--form", "network"]), Is.Zero);
        using (var session = new InferenceSession(folder.At("m.onnx"))) Assert.That(session.InputNames, Is.EqualTo(new[] { "input" }));
        (code, _, error) = Captured.Run(() => CommandLine.Run([.. arguments, "--form", "bytes"]));
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("--form bytes: choose pose or network"));
    }

    private static ModelFile<float> Model(CpuDevice<float> device, string input, string architecture, double scale)
    {
        var network = Network<float>.Parse(device, input, architecture);
        return new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(21)), scale, new Dictionary<string, string>());
    }
}
