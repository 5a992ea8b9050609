using System.Buffers.Binary;
using System.IO.Compression;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Formats;

public class NpzArchiveTests
{
    private static readonly byte[] Small = NpyArrayTests.File("|u1", "(3,)", [1, 2, 3]);

    [TestCase(CompressionLevel.NoCompression)]
    [TestCase(CompressionLevel.Optimal)]
    public void ReadsArraysByName(CompressionLevel level)
    {
        using var archive = Open(Zip(level, ("a.npy", Small), ("b/c.npy", NpyArrayTests.File("<U1", "(1,)", [65, 0, 0, 0]))));
        Assert.That(archive.Names, Is.EqualTo(new[] { "a", "b/c" }));
        Assert.That(archive.Contains("a") && archive.Contains("a.npy") && !archive.Contains("c"));
        Assert.That(archive.Read("a").ToDoubles(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(archive.Read("b/c").ToStrings(), Is.EqualTo(new[] { "A" }));
        Assert.That(() => archive.Read("d"), Throws.TypeOf<UserErrorException>().With.Message.Contains("'d'").And.Message.Contains("'b/c'"));
    }

    [Test]
    public void ReadsWhatNumpyWrote()
    {
        using var archive = NpzArchive.Open(TestData("numpy-objects.npz"));
        Assert.That(archive.Names, Is.EqualTo(new[] { "positions_3d", "plain", "names" }));
        Assert.That(archive.Read("plain").ToDoubles(), Is.EqualTo(new double[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(archive.Read("names").ToStrings(), Is.EqualTo(new[] { "S1_Walking", "é" }));
        UnpicklerTests.CheckDictionary(archive.Read("positions_3d").Pickled);
    }

    [Test]
    public void EntriesThatWouldLeaveTheFolderAreOnlyNames()
    {
        using var archive = Open(Zip(CompressionLevel.Optimal, ("../../escaped.npy", Small), ("/etc/escaped.npy", Small)));
        Assert.That(archive.Read("../../escaped").Count, Is.EqualTo(3));
        Assert.That(File.Exists("../../escaped.npy"), Is.False);
    }

    [Test]
    public void TwoEntriesOfOneNameAreRefused()
        => Assert.That(
            () => Open(Zip(CompressionLevel.Optimal, ("a.npy", Small), ("a.npy", Small))),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("two entries"));

    [Test]
    public void AZipBombOfNumbersIsStoppedByTheHeader()
    {
        // The header needs three bytes; what follows is never inflated.
        var archive = Open(Zip(CompressionLevel.SmallestSize, ("a.npy", [.. Small, .. new byte[50_000_000]])));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(archive.Read("a").ToDoubles(), Is.EqualTo(new double[] { 1, 2, 3 }));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [TestCase("|u1", "(90000000,)")]
    [TestCase("|O", "()")]
    public void AZipBombThatItsHeaderAsksForIsStoppedByThePackedSize(string type, string shape)
    {
        var archive = Open(Zip(CompressionLevel.SmallestSize, ("a.npy", [.. NpyArrayTests.File(type, shape, []), .. new byte[90_000_000]])));
        Assert.That(() => archive.Read("a"), Throws.TypeOf<UserErrorException>().With.Message.Contains("limit"));
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        var file = Zip(CompressionLevel.Optimal, ("a.npy", Small));
        for (var length = 0; length < file.Length; length++)
            Assert.That(() => Open(file[..length]).Read("a"), Throws.TypeOf<UserErrorException>(), $"cut to {length}");
    }

    [Test]
    public void SizesThatLieAreHarmless()
    {
        var file = Zip(CompressionLevel.Optimal, ("a.npy", Small));
        var directory = file.AsSpan().IndexOf((byte[])[(byte)'P', (byte)'K', 1, 2]);
        foreach (var field in (int[])[20, 24])
        {
            foreach (var claim in (uint[])[0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
            {
                var lying = (byte[])file.Clone();
                BinaryPrimitives.WriteUInt32LittleEndian(lying.AsSpan(directory + field), claim);
                try
                {
                    Assert.That(Open(lying).Read("a").ToDoubles(), Is.EqualTo(new double[] { 1, 2, 3 }));
                }
                catch (UserErrorException)
                {
                }
            }
        }
    }

    internal static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return file.ToArray();
    }

    internal static string TestData(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "formats", name);

    private static NpzArchive Open(byte[] file) => NpzArchive.Open(new MemoryStream(file), "test.npz");
}
