using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using PoseEngine.Cpu;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;
using PoseEngine.Experiments.Data.Images;
using PoseEngine.Experiments.Krylov;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Formats;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Bvh;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Formats;
using PoseEngine.Tests.Support;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Tests.Fuzz;

/// <summary>Every format that the program reads, some thousands of damaged files each.</summary>
public class FuzzTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TempFolder();

    [TearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void SafeTensors()
    {
        var small = new SafeTensorsFile { Metadata = { ["a"] = "1", ["b"] = "\u00e4" } };
        small.Add<float>("x", [1, 2, 3, 4, 5, 6], 2, 3);
        small.Add<byte>("none", [], 0, 7);
        small.Add<long>("scalar", [-1]);
        new Fuzzing("safetensors", file => SafeTensorsFile.Load(new MemoryStream(file), "a"), Saved(small), Saved(Model())).Run(20_000);
    }

    [Test]
    public void Models()
    {
        using var device = new CpuDevice<float>(1);
        new Fuzzing(
            "model", file => ModelFile<float>.FromSafeTensors(SafeTensorsFile.Load(new MemoryStream(file), "a"), "a", device), Saved(Model())).Run(20_000);
    }

    [Test]
    public void Npy() => new Fuzzing(
        "npy",
        file =>
        {
            var array = NpyArray.Read(new MemoryStream(file), "a.npy");
            if (array.Type.IsNumber) array.ToDoubles();
            else if (array.Type.IsText) array.ToStrings();
            else _ = array.Pickled;
        },
        NpyArrayTests.File("<f4", "(2, 3)", new byte[24]),
        NpyArrayTests.File(">i2", "(2, 3)", new byte[12], fortran: true, version: 2),
        NpyArrayTests.File("<U3", "(2,)", new byte[24], version: 3)).Run(20_000);

    [Test]
    public void Tables() => new Fuzzing(
        "table",
        file => NumberTable.Read(new MemoryStream(file), "a.csv"),
        "x1,x2,\"a b\"\n1,2.5,-3e4\n0.25,1e-9,\"7\"\n"u8.ToArray(),
        "\uFEFFx1;x2\r\n1;2,5\r\n-3e-2;4\r\n\r\n"u8.ToArray()).Run(20_000);

    [Test]
    public void Npz() => new Fuzzing(
        "npz",
        file =>
        {
            using var archive = NpzArchive.Open(new MemoryStream(file), "a.npz");
            foreach (var name in archive.Names)
            {
                var array = archive.Read(name);
                if (array.Type.IsNumber) array.ToDoubles();
                else if (array.Type.IsText) array.ToStrings();
                else _ = array.Pickled;
            }
        },
        File.ReadAllBytes(NpzArchiveTests.TestData("numpy-objects.npz")),
        NpzArchiveTests.Zip(CompressionLevel.Fastest, ("a.npy", NpyArrayTests.File("<f8", "(4,)", new byte[32])), ("b.npy", NpyArrayTests.File("|u1", "(3,)", new byte[3]))),
        NpzArchiveTests.Zip(CompressionLevel.NoCompression, ("a.npy", NpyArrayTests.File("<f8", "(4,)", new byte[32])))).Run(10_000);

    [Test]
    public void Pickle() => new Fuzzing(
        "pickle", file => Unpickler.Read(file, "a.pkl"),
        [.. Directory.GetFiles(NpzArchiveTests.TestData(""), "*.pkl").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)]).Run(20_000);

    [Test]
    public void Cdf()
    {
        double[] values = [.. Enumerable.Range(0, 12).Select(i => i - 5.5)];
        CdfOptions[] options =
        [
            new(), new() { Version3 = false, Doubles = true, RowMajor = false }, new() { PackValues = true, BlockRecords = 1, IndexEntries = 2 },
            new() { PackFile = true, BigEndian = true }, new() { Tree = true, BlockRecords = 1, IndexEntries = 2, Checksum = true },
        ];
        new Fuzzing("cdf", file => CdfFile.Read(file, "Pose", "a.cdf"), [.. options.Select(option => CdfWriter.Write("Pose", 4, [3], values, option))]).Run(20_000);
    }

    [Test]
    public void Bvh()
    {
        var lines = File.ReadAllLines(BvhSamples.PathOf("02_01"));
        var motion = Array.FindIndex(lines, line => line.StartsWith("MOTION", StringComparison.Ordinal));
        var clip = string.Join('\n', lines[..(motion + 7)]).Replace(lines[motion + 1], "Frames:\t4", StringComparison.Ordinal) + "\n";
        var chain = BvhSamples.Chain("6 Xposition Yposition Zposition Zrotation Xrotation Yrotation", "0 1 0", "3 Zrotation Xrotation Yrotation", "0 2 0", "1 2 3 4 5 6 7 8 9");
        new Fuzzing(
            "bvh",
            file =>
            {
                using var text = new StreamReader(new MemoryStream(file), Encoding.UTF8);
                var read = BvhFile.Parse(text, "a.bvh");
                if (read.Joints.Count > 10) BvhMotion.Import(read, new BvhOptions { Frames = 8 });
            },
            Encoding.UTF8.GetBytes(clip), Encoding.UTF8.GetBytes(chain)).Run(3000);
    }

    [Test]
    public void Png()
    {
        using var image = Picture();
        using var grey = image.CloneAs<L16>();
        new Fuzzing("png", file => ImageFile.Load(new MemoryStream(file), "a.png"), Saved(image.SaveAsPng), Saved(grey.SaveAsPng)) { Repair = WithChecksums }.Run(20_000);
    }

    [Test]
    public void Jpeg()
    {
        using var image = Picture();
        new Fuzzing(
            "jpeg", file => ImageFile.Load(new MemoryStream(file), "a.jpg"),
            Saved(stream => image.SaveAsJpeg(stream, new JpegEncoder { Quality = 80 })),
            Saved(stream => image.SaveAsJpeg(stream, new JpegEncoder { Quality = 95, ColorType = JpegColorType.Luminance }))).Run(10_000);
    }

    [TestCase("meta.csv", 1500)]
    [TestCase("pack.json", 1000)]
    [TestCase("poses.npy", 1500)]
    public void Pack(string name, int mutants)
    {
        var pack = _folder.At("pack");
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 4, Subjects = ["S1"], Threads = 1 }, pack);
        var path = Path.Combine(pack, name);
        new Fuzzing(
            name,
            file =>
            {
                File.WriteAllBytes(path, file);
                using var opened = PoseEngine.Experiments.Data.Pack.Open(pack);
                PackInspector.Inspect(opened);
                for (var i = 0; i < opened.Count; i++) opened.Crop(i).Project(new Vec3(0, 0, 0));
            },
            File.ReadAllBytes(path)).Run(mutants);
    }

    [Test]
    public void MatrixMarket() => new Fuzzing(
        "mtx", OnDisk(path => OwnSystem.Read(path, null)),
        Encoding.ASCII.GetBytes("%%MatrixMarket matrix coordinate real symmetric\n% a comment\n3 3 4\n1 1 2.5\n2 1 -1e-3\n2 2 4\n3 3 1\n"),
        Encoding.ASCII.GetBytes("%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 2\n"),
        Encoding.ASCII.GetBytes("%%MatrixMarket matrix array integer general\n2 2\n1\n2\n2\n4\n")).Run(4000);

    [Test]
    public void Toml() => new Fuzzing(
        "toml", file => SweepFile.Parse("sweep.toml", Encoding.UTF8.GetString(file), PoseProblem.Spec), Encoding.UTF8.GetBytes(SweepFile.Example)).Run(3000);

    [Test]
    public void JointMap() => new Fuzzing(
        "joint map", file => JointOverrides.Parse(Encoding.UTF8.GetString(file), "joints.json"),
        Encoding.UTF8.GetBytes("{\"LeftKnee\": \"MyBone\", \"Neck\": \"Sk\\u00fcll\", \"Head\": \"Top\"}")).Run(3000);

    [TestCase("config.json")]
    [TestCase("summary.json")]
    [TestCase("metrics.jsonl")]
    public void RunFiles(string name)
    {
        var run = SyntheticRun.Write(_folder.At("run"), steps: 2);
        var path = Path.Combine(run.Path, name);
        new Fuzzing(
            name,
            file =>
            {
                File.WriteAllBytes(path, file);
                var data = RunData.Load(RunDirectory.Open(run.Path));
                data.Config.FirstDifference(SyntheticRun.Config());
            },
            File.ReadAllBytes(path)).Run(1000);
    }

    private static SafeTensorsFile Model()
    {
        using var device = new CpuDevice<float>(1);
        var network = Network<float>.Parse(device, "3x8x8", "conv2x3s2p1,pool2,relu,dense3");
        return new ModelFile<float>(network, network.InitializeHe(new RandomGenerator(4)), 100, new Dictionary<string, string>()).ToSafeTensors();
    }

    private byte[] Saved(SafeTensorsFile file)
    {
        file.Save(_folder.At("seed"));
        return File.ReadAllBytes(_folder.At("seed"));
    }

    private static byte[] Saved(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    private Action<byte[]> OnDisk(Action<string> read) => file =>
    {
        var path = _folder.At("mutant");
        File.WriteAllBytes(path, file);
        read(path);
    };

    private static Image<Rgb24> Picture()
    {
        var image = new Image<Rgb24>(24, 18);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++) image[x, y] = new Rgb24((byte)(9 * x), (byte)(11 * y), (byte)(x * y));
        }
        return image;
    }

    /// <summary>The same chunks with the checksums that they should have, so that a decoder looks at what they hold.</summary>
    private static byte[] WithChecksums(byte[] file)
    {
        var copy = (byte[])file.Clone();
        for (long at = 8; at + 12 <= copy.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(copy.AsSpan((int)at));
            if (at + 12 + length > copy.Length) break;
            BinaryPrimitives.WriteUInt32BigEndian(copy.AsSpan((int)(at + 8 + length)), Crc32(copy.AsSpan((int)at + 4, 4 + (int)length)));
            at += 12 + length;
        }
        return copy;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
