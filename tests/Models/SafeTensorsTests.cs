using System.Buffers.Binary;
using System.Text;
using PoseEngine.Cpu;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Models;

public class SafeTensorsTests
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    [Test]
    public void ModelComesBackBitForBit()
    {
        using var device = new CpuDevice<float>(1);
        var network = new Network<float>(device, new Shape(2, 8, 8), LayerSpec.ParseNetwork("conv3x3,pool2,relu,dense51"));
        var w = network.InitializeHe(new RandomGenerator(4));
        var path = Path.Combine(_folder, "model.safetensors");
        new ModelFile<float>(network, w, 100, new Dictionary<string, string> { ["note"] = "ä \"quoted\"" }).Save(path);

        var loaded = ModelFile<float>.Load(path, device);
        Same.Numbers<float>(loaded.Parameters.ToArray(), w.ToArray());
        Assert.That(loaded.Network.Text, Is.EqualTo(network.Text));
        Assert.That(loaded.OutputScale, Is.EqualTo(100));
        Assert.That(loaded.Metadata["note"], Is.EqualTo("ä \"quoted\""));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(1), "no temporary file is left");
    }

    [Test]
    public void NamesAndShapesAreThoseOfPyTorch()
    {
        using var device = new CpuDevice<double>(1);
        var network = new Network<double>(device, new Shape(2, 8, 8), LayerSpec.ParseNetwork("conv3x5,dense7"));
        var file = new ModelFile<double>(network, device.Zeros(network.ParameterCount), 1, new Dictionary<string, string>()).ToSafeTensors();
        Assert.That(file.Tensors.ToDictionary(t => t.Key, t => string.Join('x', t.Value.Shape)), Is.EqualTo(new Dictionary<string, string>
        {
            ["conv1.weight"] = "3x2x5x5",
            ["conv1.bias"] = "3",
            ["dense1.weight"] = "7x48",
            ["dense1.bias"] = "7",
        }));
    }

    [Test]
    public void NonFiniteModelIsRefusedByTensorName()
    {
        using var device = new CpuDevice<float>(1);
        var network = new Network<float>(device, new Shape(4), LayerSpec.ParseNetwork("dense3,relu,dense2"));
        var w = new float[network.ParameterCount];
        w[17] = float.NaN;
        var path = Path.Combine(_folder, "nan.safetensors");
        new ModelFile<float>(network, device.From(w), 1, new Dictionary<string, string>()).Save(path);
        Assert.That(() => ModelFile<float>.Load(path, device), Refused("tensor dense2.weight holds NaN at element 2"));
    }

    [Test]
    public void MissingExtraAndMisshapenTensorsAreNamed()
    {
        using var device = new CpuDevice<float>(1);
        Assert.That(() => Load(file => file.Add<float>("dense1.weight", new float[8], 2, 4)), Refused("tensor dense1.bias is missing"));
        Assert.That(() => Load(file => Add(file, 2, 4, extra: true)), Refused("tensor other belongs to no layer"));
        Assert.That(() => Load(file => Add(file, 4, 2, extra: false)), Refused("tensor dense1.weight is 4x2, the network expects 2x4"));

        ModelFile<float> Load(Action<SafeTensorsFile> fill)
        {
            var file = new SafeTensorsFile { Metadata = { ["architecture"] = "dense2", ["input"] = "4", ["output_scale_mm"] = "1" } };
            fill(file);
            return ModelFile<float>.FromSafeTensors(file, "m", device);
        }

        static void Add(SafeTensorsFile file, long rows, long columns, bool extra)
        {
            file.Add<float>("dense1.weight", new float[8], rows, columns);
            file.Add<float>("dense1.bias", new float[2], 2);
            if (extra) file.Add<float>("other", new float[1], 1);
        }
    }

    [TestCase("", "too few")]
    [TestCase("short", "too few")]
    [TestCase("header:99999999999999", "not a safetensors file")]
    [TestCase("{\"a\":", "header is damaged")]
    [TestCase("[1,2]", "header is damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", "truncated or damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,8]}}", "does not fill")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}}", "does not fill")]
    [TestCase("{\"a\":{\"dtype\":\"F99\",\"shape\":[2],\"data_offsets\":[0,8]}}", "does not fill")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "truncated or damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "overlap")]
    [TestCase("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}", "header is damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}", "4 bytes between a and tensor b belong to no tensor")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "4 bytes behind a belong to no tensor")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "tensor a is there twice")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,9223372036854775807]}}", "truncated or damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "truncated or damaged")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}", "17 numbers, at most 16")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", "header is damaged")]
    [TestCase("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", "metadata \"k\" is there twice")]
    [TestCase("{\"__metadata__\":{\"k\":1}}", "header is damaged")]
    [TestCase("{\"\\ud800\":{}}", "header is damaged")]
    public void HostileFilesGiveOneClearError(string content, string message)
    {
        var path = Path.Combine(_folder, "hostile.safetensors");
        File.WriteAllBytes(path, Hostile(content));
        Assert.That(() => SafeTensorsFile.Load(path), Refused(message));
    }

    [Test]
    public void ADeepHeaderIsRefusedAtOnce()
    {
        var path = Path.Combine(_folder, "deep.safetensors");
        File.WriteAllBytes(path, Hostile("{\"a\":" + new string('[', 4_000_000)));
        Assert.That(() => SafeTensorsFile.Load(path), Refused("header is damaged"));
    }

    [TestCase("1x1x1", "conv999999x1,dense2000", "tensor dense1.weight is missing (the network expects 2000x999999)")]
    [TestCase("3x128x128", "dense999999,dense999999", "cannot be built")]
    [TestCase("1x46000x46000", "relu,dense9", "cannot be built")]
    [TestCase("0x3", "dense9", "an extent of a sample is 0")]
    [TestCase("-3", "dense9", "cannot be built")]
    [TestCase("2x2x2x2", "dense9", "a sample has 1 to 3 extents")]
    [TestCase("4", "pool2", "cannot be built")]
    [TestCase("3x9x9", "many", "more than 1000 layers")]
    public void NetworksThatNoTensorsBackCostNoMemory(string input, string architecture, string message)
    {
        using var device = new CpuDevice<float>(1);
        architecture = architecture.Replace("many", string.Concat(Enumerable.Repeat("relu,", 1_000_000)), StringComparison.Ordinal);
        var file = new SafeTensorsFile { Metadata = { ["architecture"] = architecture, ["input"] = input, ["output_scale_mm"] = "1" } };
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ModelFile<float>.FromSafeTensors(file, "m", device), Refused(message).And.Message.Length.LessThan(1000));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    [Test]
    public void MissingFileIsNamed()
        => Assert.That(() => SafeTensorsFile.Load(Path.Combine(_folder, "none")), Refused("no such file"));

    private static NUnit.Framework.Constraints.Constraint Refused(string message)
        => Throws.TypeOf<ModelFileException>().With.Message.Contains(message);

    private static byte[] Hostile(string content)
    {
        if (content is "" or "short") return Encoding.UTF8.GetBytes(content);
        var prefix = new byte[8];
        if (content.StartsWith("header:", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(prefix, ulong.Parse(content[7..]));
            return prefix;
        }
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)content.Length);
        return [.. prefix, .. Encoding.UTF8.GetBytes(content), .. new byte[8]];
    }
}
