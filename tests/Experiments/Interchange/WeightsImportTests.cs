using PoseEngine.Cpu;
using PoseEngine.Experiments.Commands;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Interchange;

/// <summary><c>model import</c>: files as other programs save them, and those that do not fit.</summary>
public class WeightsImportTests
{
    private const string Small = "--network conv2x3,relu,dense4 --input 3x5x5 --output-scale-mm 250";
    private static readonly (string Name, long[] Shape)[] Tensors =
        [("conv1.weight", [2, 3, 3, 3]), ("conv1.bias", [2]), ("dense1.weight", [4, 18]), ("dense1.bias", [4])];

    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void ANetworkOfThePaperFromElsewhereIsAModelOfOurs()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Paper(device);
        var w = network.InitializeHe(new RandomGenerator(2));
        var own = new ModelFile<float>(network, w, 1, new Dictionary<string, string>()).ToSafeTensors();
        own.Metadata.Clear();
        own.Save(_folder.At("w.safetensors"));
        var (code, output, error) = Import("--output-scale-mm 1000");
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("2,096,931 parameters").And.Contain("reads (rgb / 255 - 0.5) / 1; one unit of the outputs is 1000 mm"));
        var model = ModelFile<float>.Load(_folder.At("m.safetensors"), device);
        Same.Numbers<float>(model.Parameters.ToArray(), w.ToArray());
        Assert.That((model.OutputScale, model.Network.Text), Is.EqualTo((1000, LayerSpec.PaperNetwork)));
        Assert.That(model.Metadata["imported_from"], Is.EqualTo("w.safetensors"));
    }

    [TestCase("F32", 4)]
    [TestCase("F64", 8)]
    [TestCase("F16", 2)]
    [TestCase("BF16", 2)]
    public void EveryFloatingTypeIsConverted(string type, int bytes)
    {
        // Multiples of 1/8 within 16 are the same in every type.
        SaveRaw(type, bytes, (name, i) => ((i % 97) - 48) / 8.0);
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.Zero, error);
        var file = SafeTensorsFile.Load(_folder.At("m.safetensors"));
        Assert.That(file.Tensors.Values.Select(t => t.Type).Distinct().Single(), Is.EqualTo(type == "F64" ? "F64" : "F32"));
        using var device = new CpuDevice<double>(1);
        var model = ModelFile<double>.Load(_folder.At("m.safetensors"), device);
        foreach (var parameter in model.Network.Parameters)
        {
            var expected = Enumerable.Range(0, parameter.Spec.Shape.Count).Select(i => ((i % 97) - 48) / 8.0);
            Assert.That(model.Parameters.Slice(parameter.Offset, parameter.Spec.Shape.Count).ToArray(), Is.EqualTo(expected), parameter.Spec.Name);
        }
    }

    [TestCase("conv2x3,relu,dense4")]
    [TestCase("dense6,relu,dense4")]
    public void AnotherEncodingIsFoldedIntoTheFirstLayer(string architecture)
    {
        using var device = new CpuDevice<double>(1);
        var network = Network<double>.Parse(device, "3x5x5", architecture);
        var random = new RandomGenerator(6);
        var theirs = network.InitializeHe(random);
        var file = new ModelFile<double>(network, theirs, 1, new Dictionary<string, string>()).ToSafeTensors();
        file.Metadata.Clear();
        file.Save(_folder.At("w.safetensors"));
        var (code, _, error) = Import($"--network {architecture} --input 3x5x5 --output-scale-mm 1 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225");
        Assert.That(code, Is.Zero, error);

        double[] mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];
        var colours = Enumerable.Range(0, 75).Select(_ => random.NextDouble()).ToArray();
        var theirInput = colours.Select((c, i) => (c - mean[i / 25]) / deviation[i / 25]).ToArray();
        var ourInput = colours.Select(c => c - 0.5).ToArray();
        var ours = ModelFile<double>.Load(_folder.At("m.safetensors"), device).Parameters;
        var expected = network.Linearize(theirs, device.From(theirInput, new Shape(1, 3, 5, 5))).Output.ToArray();
        Assert.That(network.Linearize(ours, device.From(ourInput, new Shape(1, 3, 5, 5))).Output.ToArray(), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void APrefixIsNamedAndThenDropped()
    {
        Save(t => ($"module.{t.Name}", t.Shape));
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("tensor conv1.weight is missing").And.Contain("all its names are there behind \"module.\": model import takes --prefix module."));
        (code, _, error) = Import(Small + " --prefix module.");
        Assert.That(code, Is.Zero, error);
        (code, _, error) = Import(Small + " --prefix model.");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("--prefix model.: tensor module.conv1.bias of").Or.Contain("--prefix model.: tensor module.conv1.weight of"));
    }

    [Test]
    public void AllThatDoesNotFitIsSaidAtOnce()
    {
        Save(t => t.Name switch
        {
            "conv1.weight" => (t.Name, [3, 3, 3, 2]),
            "conv1.bias" => ("conv1.offset", [2]),
            "dense1.weight" => (t.Name, [18, 4]),
            _ => (t.Name, [5]),
        });
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("tensor conv1.weight is 3x3x3x2, the network expects 2x3x3x3 (it fits as [rows, columns, in, out]; permute it by (3, 2, 0, 1))"));
        Assert.That(error, Does.Contain("tensor conv1.bias is missing (the network expects 2)"));
        Assert.That(error, Does.Contain("tensor dense1.weight is 18x4, the network expects 4x18 (it fits as [in, out]; transpose it)"));
        Assert.That(error, Does.Contain("tensor dense1.bias is 5, the network expects 4;"));
        Assert.That(error, Does.Contain("tensor conv1.offset belongs to no layer (it is 2)"));
        Assert.That(error, Does.Contain("the network is conv2x3,relu,dense4 for inputs of 3x5x5"));
        Assert.That(error.TrimEnd(), Does.Not.Contain('\n'));
        Assert.That(_folder.At("m.safetensors"), Does.Not.Exist);
    }

    [Test]
    public void ThousandsOfStrangersMakeNoEndlessMessage()
    {
        var file = new SafeTensorsFile();
        for (var i = 0; i < 5000; i++) file.Add<float>($"{new string('n', 300)}{i}.conv1.bias", [0], 1);
        file.Save(_folder.At("w.safetensors"));
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("and 4992 more").And.Length.LessThan(3000));
    }

    [TestCase(double.NaN)]
    [TestCase(double.NegativeInfinity)]
    public void NumbersThatAreNoneAreRefused(double value)
    {
        SaveRaw("F16", 2, (name, i) => name == "dense1.bias" && i == 3 ? value : 1);
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("tensor dense1.bias holds").And.Contain("at element 3"));
    }

    [Test]
    public void WholeNumbersAreRefused()
    {
        var file = new SafeTensorsFile();
        foreach (var (name, shape) in Tensors) file.Add<long>(name, new long[shape.Aggregate(1L, (a, b) => a * b)], shape);
        file.Save(_folder.At("w.safetensors"));
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("tensor conv1.weight holds I64, expected F32, F64, F16 or BF16"));
    }

    [TestCase("--output-scale-mm 0", "--output-scale-mm 0: must be a number above 0")]
    [TestCase("--output-scale-mm NaN", "--output-scale-mm NaN: must be a number above 0")]
    [TestCase("--output-scale-mm 1 --network conv2", "--network, --input: the network \"conv2\" for inputs 3x128x128 cannot be built: network: layer 1 of 1 is \"conv2\"")]
    [TestCase("--output-scale-mm 1 --input 3x0x5", "an extent of a sample is 0")]
    [TestCase("--output-scale-mm 1 --input 3x4x5x6", "a sample has 1 to 3 extents")]
    [TestCase("--output-scale-mm 1 --mean x", "--mean x: \"x\" is not a number")]
    [TestCase("--output-scale-mm 1 --std 0", "--std 0: \"0\" is not a number from 1E-06 to 1000")]
    [TestCase(Small + " --mean 0,0", "--mean: 2 numbers for 3 channels; give one, or one for each")]
    [TestCase("--network conv2x3p1,relu,dense4 --input 3x3x3 --output-scale-mm 1 --mean 0", "does not begin with a convolution without padding")]
    public void BadOptionsAreOneLine(string options, string message)
    {
        Save(t => t);
        var (code, _, error) = Import(options);
        Assert.That(error, Does.Contain(message));
        Assert.That(error.TrimEnd(), Does.Not.Contain('\n'));
        Assert.That(code, Is.EqualTo(2));
    }

    [Test]
    public void AModelOfOursNeedsNoImport()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Parse(device, "3x5x5", "conv2x3,relu,dense4");
        new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(1)), 1, new Dictionary<string, string>()).Save(_folder.At("w.safetensors"));
        var (code, _, error) = Import(Small);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("is a model of poseengine already"));
    }

    private (int Code, string Output, string Error) Import(string options) => Captured.Run(() => CommandLine.Run(
        ["model", "import", "--weights", _folder.At("w.safetensors"), "--out", _folder.At("m.safetensors"), .. options.Split(' ')]));

    private void Save(Func<(string Name, long[] Shape), (string Name, long[] Shape)> change)
    {
        var file = new SafeTensorsFile();
        foreach (var (name, shape) in Tensors.Select(change)) file.Add<float>(name, new float[shape.Aggregate(1L, (a, b) => a * b)], shape);
        file.Save(_folder.At("w.safetensors"));
    }

    /// <summary>A file of a type that our own writer does not write.</summary>
    private void SaveRaw(string type, int size, Func<string, int, double> number)
    {
        var (entries, data) = (new List<string>(), new List<byte>());
        foreach (var (name, shape) in Tensors)
        {
            var begin = data.Count;
            for (var i = 0; i < shape.Aggregate(1L, (a, b) => a * b); i++)
            {
                var x = number(name, i);
                byte[] bytes = type switch
                {
                    "F32" => BitConverter.GetBytes((float)x),
                    "F64" => BitConverter.GetBytes(x),
                    "F16" => BitConverter.GetBytes((Half)x),
                    _ => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)x) >> 16)),
                };
                Assert.That(bytes, Has.Length.EqualTo(size));
                data.AddRange(bytes);
            }
            entries.Add($"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{begin},{data.Count}]}}");
        }
        var header = System.Text.Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        File.WriteAllBytes(_folder.At("w.safetensors"), [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. data]);
    }
}
