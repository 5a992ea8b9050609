using System.Text;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Experiments.Data;

/// <summary>Damaged packs give one clear line each, no crash and no large allocation.</summary>
public class HostilePackTests : PackFixture
{
    [TestCase("images.npy")]
    [TestCase("poses.npy")]
    [TestCase("meta.csv")]
    public void AMissingFile(string name)
    {
        var pack = Copy();
        File.Delete(Path.Combine(pack, name));
        Refused(pack, "is missing");
    }

    [Test]
    public void NoFolder() => Refused(Path.Combine(Root, "absent"), "there is no pack");

    [TestCase("images.npy", 1)]
    [TestCase("images.npy", 1000)]
    [TestCase("poses.npy", 7)]
    public void ATruncatedFile(string name, int missing)
    {
        var pack = Copy();
        using (var stream = File.OpenWrite(Path.Combine(pack, name))) stream.SetLength(stream.Length - missing);
        Refused(pack, "header promises");
    }

    [TestCase(0)]
    [TestCase(5)]
    [TestCase(9)]
    [TestCase(40)]
    public void AFileCutInItsHeader(int length)
    {
        var pack = Copy();
        using (var stream = File.OpenWrite(Path.Combine(pack, "images.npy"))) stream.SetLength(length);
        Refused(pack, "cannot be read");
    }

    [Test]
    public void AnOversizedHeader()
    {
        var pack = Copy();
        byte[] header = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 2, 0, 0xF0, 0xFF, 0xFF, 0x7F];
        File.WriteAllBytes(Path.Combine(pack, "poses.npy"), header);
        Refused(pack, "the limit is 65536");
    }

    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (168, 17, 3), }", "a pack needs <f4")]
    [TestCase("{'descr': '<f4', 'fortran_order': True, 'shape': (168, 17, 3), }", "a pack needs <f4")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (168, 16, 3), }", "a pack needs <f4")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (168, 51), }", "a pack needs <f4")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 17, 3), }", "claims 0 items")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 17, 3), }", "claims 99999999999 items")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 17, 3), }", "unreadable")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 17, 3), }", "unreadable")]
    [TestCase("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (168,), }", "plain numbers")]
    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (), }", "plain numbers")]
    [TestCase("{'descr': '<f4", "unreadable")]
    [TestCase("nonsense", "unreadable")]
    public void AnotherHeader(string dictionary, string message)
    {
        var pack = Copy();
        var text = Encoding.ASCII.GetBytes(dictionary);
        var header = new byte[10 + text.Length];
        new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)text.Length, 0 }.CopyTo(header, 0);
        text.CopyTo(header, 10);
        File.WriteAllBytes(Path.Combine(pack, "poses.npy"), header);
        Refused(pack, message);
    }

    [Test]
    public void FewerPosesThanImages()
    {
        var pack = Copy();
        using (var stream = File.Create(Path.Combine(pack, "poses.npy")))
        {
            NpyHeader.Write(stream, "<f4", 3, 17, 3);
            stream.Write(new byte[3 * 51 * 4]);
        }

        Refused(pack, "168 images but 3 poses");
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(1e20f)]
    public void APoseThatIsNone(float value)
    {
        var pack = Copy();
        using (var stream = File.OpenWrite(Path.Combine(pack, "poses.npy")))
        {
            stream.Seek(-4, SeekOrigin.End);
            stream.Write(BitConverter.GetBytes(value));
        }

        Refused(pack, "pose 167 holds");
    }

    [TestCase("subject,trial\nS1,1\n", "its first line must begin")]
    [TestCase("", "its first line must begin")]
    [TestCase("subject,trial,camera,frame,source\nS1,1,1,0,walker\n", "1 rows for 168 images")]
    [TestCase("subject,trial,camera,frame,source\nS1,x,1,0,walker\n", "line 2 has a column that is no whole number")]
    [TestCase("subject,trial,camera,frame,source\nS1,1\n", "line 2 has 2 columns")]
    public void OtherMetadata(string content, string message)
    {
        var pack = Copy();
        File.WriteAllText(Path.Combine(pack, "meta.csv"), content);
        Refused(pack, message);
    }

    [Test]
    public void TooManyRows()
    {
        var pack = Copy();
        File.AppendAllText(Path.Combine(pack, "meta.csv"), "S1,1,1,0,walker,,,,,,\n");
        Refused(pack, "more rows than the 168 images");
    }

    [Test]
    public void AnEndlessRow()
    {
        var pack = Copy();
        File.WriteAllText(Path.Combine(pack, "meta.csv"), new string('x', 300_000));
        Refused(pack, "longer than 168 rows can be");
    }

    [Test]
    public void ADescriptionThatIsNoJson()
    {
        var pack = Copy();
        File.WriteAllText(Path.Combine(pack, "pack.json"), "{");
        Refused(pack, "not readable JSON");
    }

    [Test]
    public void OnlyTheRequiredColumnsAreEnough()
    {
        var copy = Copy();
        File.WriteAllLines(
            Path.Combine(copy, "meta.csv"),
            File.ReadAllLines(Path.Combine(copy, "meta.csv")).Select(line => string.Join(',', line.Split(',').Take(5))));
        File.Delete(Path.Combine(copy, "pack.json"));
        using var pack = Pack.Open(copy);
        Assert.That(pack.Crop(0), Is.EqualTo(CropGeometry.Orthographic));
        Assert.That(pack.Crop(0).Project(new Vec3(0, 0, 500)).X, Is.EqualTo(64).Within(1e-3));
        Assert.That(pack.Description, Is.Null);
    }

    private static void Refused(string folder, string message)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => Pack.Open(folder),
            Throws.TypeOf<UserErrorException>().With.Message.Contains(message).And.Message.Not.Contains("\n"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 << 20));
    }
}
