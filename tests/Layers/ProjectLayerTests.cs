using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Layers;

/// <summary>The projection as the last layer of a network: read, trained through, linearized, saved, refused where it cannot be.</summary>
[UsesCuda]
public class ProjectLayerTests
{
    private const string Text = "dense8,tanh,dense3,project";
    private const int Samples = 6;

    private static readonly ConstraintTexts Sphere = new(
        new ExpressionVariables(3, columns: ["radius"]), [new("sphere", "norm(y) = radius"), new("up", "y1 >= 0.2")]);

    [Test]
    public void ItsWordIsReadAndNeedsConstraints()
    {
        using var device = new CpuDevice<double>(1);
        Assert.That(LayerSpec.FormatNetwork(LayerSpec.ParseNetwork(Text)), Is.EqualTo(Text));
        Assert.That(() => Network<double>.Parse(device, "2", Text), Throws.TypeOf<FormatException>().With.Message.Contains("project1: there are no constraints to project onto"));
        Assert.That(() => Network<double>.Parse(device, "2", "dense2,project", Sphere), Throws.TypeOf<FormatException>().With.Message.Contains("project1: the numbers that constraints are about"));
        Assert.That(Network<double>.Parse(device, "2", Text, Sphere).ParameterCount, Is.EqualTo(Network<double>.Parse(device, "2", "dense8,tanh,dense3").ParameterCount));
    }

    [TestCase("cpu-scalar")]
    [TestCase("cpu-simd")]
    [TestCase("cuda-plain")]
    public void DerivativesGoThroughIt(string deviceName)
    {
        using var device = Devices.Create<double>(deviceName);
        var network = Network<double>.Parse(device, "2", Text, Sphere);
        var w = network.InitializeHe(new RandomGenerator(3));
        using var at = network.CreateLinearization(Samples);
        var (x, columns) = (Numbers.Normal(device, new Shape(Samples, 2), 5), device.From([1, 1.5, 2, 1, 1.5, 2], new Shape(Samples, 1)));
        var (v, u) = (Numbers.Normal(device, w.Shape, 7), Numbers.Normal(device, new Shape(Samples, 3), 9));
        double[] Moved(double h)
        {
            at.MoveTo(Numbers.Combine(device, 1, w, h, v), x, columns);
            return Numbers.Host(at.Output);
        }
        const double h = 1e-6;
        var (plus, minus) = (Moved(h), Moved(-h));
        var y = Moved(0);
        for (var k = 0; k < Samples; k++) Assert.That(Math.Sqrt(y.Skip(3 * k).Take(3).Sum(own => own * own)), Is.EqualTo(1 + (0.5 * (k % 3))).Within(1e-12));
        Assert.That(at.Projected!.Value.Failures, Is.Empty);
        var (dy, g) = (device.Zeros(new Shape(Samples, 3)), device.Zeros(w.Shape));
        at.Rop(v, dy);
        at.Lop(u, g);
        Assert.That(Numbers.Host(dy), Is.EqualTo(plus.Zip(minus, (a, b) => (a - b) / (2 * h))).Within(1e-7), "R-op against central differences");
        Assert.That(Numbers.Dot(g, v), Is.EqualTo(Numbers.Dot(u, dy)).Within(1e-12 * Numbers.Norm(u) * Numbers.Norm(dy)), "<Lop u, v> = <u, Rop v>");
    }

    [Test]
    public void AModelKeepsIt()
    {
        using var device = new CpuDevice<float>(1);
        using var folder = new Experiments.Reports.TempFolder();
        var rows = new ConstraintTexts(new ExpressionVariables(3), [new("sphere", "norm(y) = 10")]);
        var network = Network<float>.Parse(device, "2", Text, rows);
        var w = network.InitializeHe(new RandomGenerator(3));
        var path = folder.At("model.safetensors");
        new ModelFile<float>(network, w, 1, new Dictionary<string, string>()).WithConstraints(rows.ToJson()).Save(path);
        var loaded = ModelFile<float>.Load(path, device);
        var x = Numbers.Normal(device, new Shape(4, 2), 5);
        using var at = loaded.Network.Linearize(loaded.Parameters, x);
        using var before = network.Linearize(w, x);
        Assert.That(at.Output.ToArray(), Is.EqualTo(before.Output.ToArray()));
        Assert.That(at.Output.ToArray().Chunk(3).Select(y => Math.Sqrt(y.Sum(v => (double)v * v))), Is.All.EqualTo(10).Within(1e-5));
        Assert.That(() => OnnxFile.Of(loaded), Throws.TypeOf<ModelFileException>().With.Message.Contains("the layer project1 (project) has no form in ONNX: each sample takes as many rounds as it needs"));
    }

    /// <summary>A training step takes the loss of the projected outputs.</summary>
    [Test]
    public void TheGradientIsThatOfTheProjectedLoss()
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "2", Text, Sphere);
        var w = network.InitializeHe(new RandomGenerator(4));
        using var risk = new ResidualRisk<double>(network, Samples);
        var batch = new Batch<double>(new NetworkInput<double>(Numbers.Normal(device, new Shape(Samples, 2), 6)), Numbers.Normal(device, new Shape(Samples, 3), 8))
        {
            Columns = device.From([1, 1, 1, 2, 2, 2], new Shape(Samples, 1)),
        };
        var (g, v, doubled) = (device.Zeros(w.Shape), Numbers.Normal(device, w.Shape, 10), device.Zeros<double>(new Shape(1)));
        double Loss(double h)
        {
            risk.MoveTo(Numbers.Combine(device, 1, w, h, v), batch);
            risk.Value(doubled);
            return 0.5 * doubled.ToArray()[0];
        }
        var difference = (Loss(1e-6) - Loss(-1e-6)) / 2e-6;
        risk.MoveTo(w, batch);
        risk.Gradient(g);
        Assert.That(Numbers.Dot(g, v), Is.EqualTo(difference).Within(1e-7 * Math.Max(1, Math.Abs(difference))));
    }
}
