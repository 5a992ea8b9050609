using System.Buffers.Binary;
using System.Text;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Formats;

public class NpyArrayTests
{
    [TestCase("|u1", "07ff", 7, 255)]
    [TestCase("|i1", "07ff", 7, -1)]
    [TestCase("|b1", "0002", 0, 1)]
    [TestCase("<i2", "0100ffff", 1, -1)]
    [TestCase(">i2", "0100fffe", 256, -2)]
    [TestCase("<u2", "0100ffff", 1, 65535)]
    [TestCase(">u2", "0001ffff", 1, 65535)]
    [TestCase("<i4", "01000000ffffffff", 1, -1)]
    [TestCase(">i4", "00000001fffffffe", 1, -2)]
    [TestCase("<u4", "01000000ffffffff", 1, 4294967295)]
    [TestCase(">u4", "00000100ffffffff", 256, 4294967295)]
    [TestCase("<i8", "0100000000000000feffffffffffffff", 1, -2)]
    [TestCase(">i8", "0000000000000001fffffffffffffffe", 1, -2)]
    [TestCase("<u8", "01000000000000000000000000000080", 1, 9223372036854775808.0)]
    [TestCase(">u8", "00000000000000018000000000000000", 1, 9223372036854775808.0)]
    [TestCase("<f2", "003c00c0", 1, -2)]
    [TestCase("<f4", "0000803f000000c0", 1, -2)]
    [TestCase(">f4", "3f800000c0000000", 1, -2)]
    [TestCase("<f8", "000000000000f03f00000000000000c0", 1, -2)]
    [TestCase(">f8", "3ff0000000000000c000000000000000", 1, -2)]
    public void ReadsNumbersOfEveryType(string type, string hex, double first, double second)
    {
        foreach (var version in (byte[])[1, 2, 3])
        {
            var array = Read(File(type, "(2,)", Convert.FromHexString(hex), version: version));
            Assert.That(array.ToDoubles(), Is.EqualTo(new[] { first, second }));
            Assert.That(array.Type.ToString(), Is.EqualTo(type));
        }
    }

    [Test]
    public void FortranOrderComesOutInCOrder()
    {
        // Item (i, j, k) of shape (2, 3, 2) is 100 i + 10 j + k; the first index runs fastest in the file.
        var bytes = (from k in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 2) select (byte)((100 * i) + (10 * j) + k)).ToArray();
        var array = Read(File("|u1", "(2, 3, 2)", bytes, fortran: true));
        Assert.That(array.ToDoubles(), Is.EqualTo(new double[] { 0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121 }));
        Assert.That(array.RowDoubles(1), Is.EqualTo(new double[] { 100, 101, 110, 111, 120, 121 }));
    }

    [Test]
    public void ReadsTexts()
    {
        var utf32 = Encoding.UTF32.GetBytes("abé\0\U0001F600\0\0\0");
        Assert.That(Read(File("<U4", "(2,)", utf32)).ToStrings(), Is.EqualTo(new[] { "abé", "\U0001F600" }));
        for (var i = 0; i < utf32.Length; i += 4) utf32.AsSpan(i, 4).Reverse();
        Assert.That(Read(File(">U4", "(2,)", utf32)).ToStrings(), Is.EqualTo(new[] { "abé", "\U0001F600" }));
        Assert.That(Read(File("|S3", "(2,)", "ab\0xyz"u8.ToArray())).ToStrings(), Is.EqualTo(new[] { "ab", "xyz" }));
        Assert.That(Read(File("<U1", "(1,)", [0xFF, 0xFF, 0xFF, 0xFF])).ToStrings(), Is.EqualTo(new[] { "\uFFFD" }));
    }

    [Test]
    public void ReadsASingleItemAndNone()
    {
        Assert.That(Read(File("|u1", "()", [9])).ToDoubles(), Is.EqualTo(new double[] { 9 }));
        Assert.That(Read(File("<f8", "(0, 3)", [])).ToDoubles(), Is.Empty);
        Assert.That(Read(File("|u1", "(2L, 1L)", [1, 2])).Shape, Is.EqualTo(new long[] { 2, 1 }));
    }

    [Test]
    public void ReadsFromAStreamThatCannotSeek()
    {
        var bytes = new byte[300_000];
        bytes[299_999] = 3;
        using var stream = new OneWay(File("|u1", "(300000,)", bytes));
        Assert.That(NpyArray.Read(stream, "pipe").ToDoubles()[299_999], Is.EqualTo(3));
    }

    [TestCase("<c8", "(1,)")]
    [TestCase("<M8[ns]", "(1,)")]
    [TestCase("<f3", "(1,)")]
    [TestCase("<U5000", "(1,)")]
    [TestCase("|u1", "(-1,)")]
    [TestCase("|u1", "(99999999999999999999,)")]
    [TestCase("<f8", "(1152921504606846976, 2)")]
    [TestCase("|u1", "(2147483647,)")]
    [TestCase("|u1", "(1, 1, 1, 1, 1, 1, 1, 1, 1)")]
    [TestCase("|S0", "(9223372036854775807,)")]
    [TestCase("|O", "()")]
    public void AHeaderThatCannotBeTrueIsRefused(string type, string shape)
    {
        foreach (var seeks in (bool[])[false, true])
        {
            var file = File(type, shape, new byte[8]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            using Stream stream = seeks ? new MemoryStream(file) : new OneWay(file);
            Assert.That(() => NpyArray.Read(stream, "test.npy"), Throws.TypeOf<UserErrorException>().With.Message.Contains("test.npy"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
        }
    }

    [Test]
    public void EveryTruncationIsRefused()
    {
        var file = File("<f4", "(2, 2)", new byte[16]);
        for (var length = 0; length < file.Length; length++)
            Assert.That(() => Read(file[..length]), Throws.TypeOf<UserErrorException>(), $"cut to {length}");
    }

    [Test]
    public void ItemsOfAnotherKindAreRefused()
    {
        var numbers = Read(File("|u1", "(2,)", [1, 2]));
        Assert.That(numbers.ToStrings, Throws.TypeOf<UserErrorException>().With.Message.Contains("|u1"));
        Assert.That(() => numbers.Pickled, Throws.TypeOf<UserErrorException>());
        Assert.That(Read(File("|S2", "(1,)", "ab"u8.ToArray())).ToDoubles, Throws.TypeOf<UserErrorException>());
    }

    internal static byte[] File(string type, string shape, byte[] data, bool fortran = false, byte version = 1)
    {
        var text = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}\n");
        var length = new byte[version == 1 ? 2 : 4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else BinaryPrimitives.WriteInt32LittleEndian(length, text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    private static NpyArray Read(byte[] file) => NpyArray.Read(new MemoryStream(file), "test.npy");

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
