using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Checks;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Layers;

/// <summary>A layer is added from outside the engine: its files are those of the toy, and nothing else knows of it.</summary>
[UsesCuda]
public class ToyLayerTests
{
    private const string Text = "dense8,scale,dense2";
    private const int Samples = 16;

    [OneTimeSetUp]
    public void Register() => LayerWords.Register(ScaleSpec.Word);

    [Test]
    public void ItsWordIsReadFromThenOn()
    {
        Assert.That(LayerSpec.FormatNetwork(LayerSpec.ParseNetwork(Text)), Is.EqualTo(Text));
        Assert.That(LayerWords.Known, Does.Contain("relu, scale, sigmoid"));
        Assert.That(() => LayerSpec.ParseNetwork("scale2"), Throws.TypeOf<FormatException>().With.Message.EqualTo("network: layer 1 of 1 is \"scale2\", expected scale"));
    }

    [Test]
    public void AWordBelongsToOneLayer()
    {
        LayerWords.Register(ScaleSpec.Word);
        foreach (var kind in (string[])["scale", "relu"])
        {
            Assert.That(() => LayerWords.Register(new LayerWord(kind, kind, _ => null)), Throws.ArgumentException.With.Message.Contains($"\"{kind}\" is known already"));
        }
        foreach (var kind in (string[])["", "Scale", "scale2", "a b"])
        {
            Assert.That(() => LayerWords.Register(new LayerWord(kind, kind, _ => null)), Throws.ArgumentException.With.Message.Contains($"letters a to z, got \"{kind}\""));
        }
    }

    [TestCase("cpu-scalar")]
    [TestCase("cpu-simd")]
    [TestCase("cuda-plain")]
    public void ItsDerivativesHold(string deviceName)
    {
        using var device = Devices.Create<double>(deviceName);
        foreach (var text in (string[])[Text, "scale,dense3,tanh,scale"])
        {
            var results = new CheckCase("toy", new Shape(5), text, 4).Prove(device, 3).ToList();
            Assert.That(results, Has.Count.EqualTo(3));
            Assert.That(results.Where(result => !result.Passed), Is.Empty);
        }
    }

    [Test]
    public void ANetworkWithItLearnsALine()
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "3", Text);
        var w = network.InitializeHe(new RandomGenerator(1));
        var x = Numbers.Normal(device, new Shape(Samples, 3), 2);
        var y = device.From([.. x.ToArray().Chunk(3).SelectMany(s => (double[])[s[0] - s[1], 2 * s[2]])], new Shape(Samples, 2));
        using var method = new SoftAdam<double>(new ResidualRisk<double>(network, Samples), w, new AdamOptions(0.02), soft: null);
        var batch = new Batch<double>(x, y);
        var first = method.Step(batch, batch).Loss;
        for (var i = 0; i < 300; i++) method.Step(batch, batch);
        Assert.That(method.Step(batch, batch).Loss, Is.LessThan(1e-3 * first));
    }

    [Test]
    public void TheGramSolverRefusesItByName()
    {
        using var device = new CpuDevice<double>(1);
        using var at = Network<double>.Parse(device, "3", "dense4,relu,scale,dense2").CreateLinearization(Samples);
        Assert.That(
            () => new GramSum<double>(at, 2),
            Throws.ArgumentException.With.Message.EqualTo("gram: layer scale1 has 4 parameters and offers no Gram share; take the solver lsqr or minres-qlp, which need none"));
    }

    [Test]
    public void ItsOperationsAreCounted()
    {
        using var device = new CpuDevice<double>(1);
        var flops = NetworkFlops.Of(Network<double>.Parse(device, "3", Text));
        Assert.That((flops.Forward, flops.Rop), Is.EqualTo((48.0 + 8 + 32, 48.0 + (2 * 8) + (2 * 32))));
    }

    [Test]
    public void OnnxRuntimeComputesTheSame()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Parse(device, "3", Text);
        var model = new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(1)), 1, new Dictionary<string, string>());
        var x = Numbers.Normal(device, new Shape(Samples, 3), 2);
        using var at = network.Linearize(model.Parameters, x);
        using var session = new InferenceSession(OnnxFile.Of(model));
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("input", new DenseTensor<float>(x.ToArray(), [Samples, 3]))]);
        Assert.That(results.Single().AsTensor<float>().ToArray(), Is.EqualTo(at.Output.ToArray()).Within(1e-5f));
    }

    [Test]
    public void ALayerWithoutAFormInOnnxIsNamed()
    {
        using var device = new CpuDevice<float>(1);
        var network = new Network<float>(device, new Shape(3), new DenseSpec(2), new SilentSpec());
        var model = new ModelFile<float>(network, device.Zeros(network.ParameterCount), 1, new Dictionary<string, string>());
        Assert.That(
            () => OnnxFile.Of(model),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo("the layer silent1 (silent) has no form in ONNX"));
    }

    /// <summary>A layer that says nothing of ONNX.</summary>
    private sealed record SilentSpec : LayerSpec
    {
        public override string Kind => "silent";

        public override Layer<T> Create<T>(string name, Shape input) => new ReluSpec().Create<T>(name, input);

        public override string ToString() => Kind;
    }
}
