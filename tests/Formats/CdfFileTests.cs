using System.Buffers.Binary;
using PoseEngine.Formats;

namespace PoseEngine.Tests.Formats;

public class CdfFileTests
{
    private static IEnumerable<CdfOptions> Kinds()
    {
        bool[] both = [false, true];
        return from version3 in both
               from row in both
               from doubles in both
               from packed in both
               from other in both
               select new CdfOptions
               {
                   Version3 = version3,
                   RowMajor = row,
                   Doubles = doubles,
                   PackValues = packed,
                   BigEndian = other,
                   Shared = other ^ packed,
                   PackFile = other && !row,
                   Checksum = doubles && packed,
               };
    }

    [TestCaseSource(nameof(Kinds))]
    public void ReadsWhatWasWritten(object kind)
    {
        var values = Values(2 * 3 * 4);
        var read = Read(CdfWriter.Write("Pose", 2, [3, 4], values, (CdfOptions)kind));
        Assert.That(read.Dimensions, Is.EqualTo(new long[] { 2, 3, 4 }));
        Assert.That(read.Values, Is.EqualTo(values));
        Assert.That(read.RowMajor, Is.EqualTo(((CdfOptions)kind).RowMajor));
    }

    [TestCase(1, 7, false)]
    [TestCase(2, 3, false)]
    [TestCase(1, 2, true)]
    public void ReadsManyBlocksOfValues(int blockRecords, int indexEntries, bool tree)
    {
        foreach (var packed in (bool[])[false, true])
        {
            var options = new CdfOptions { BlockRecords = blockRecords, IndexEntries = indexEntries, Tree = tree, PackValues = packed };
            var values = Values(17 * 6);
            Assert.That(Read(CdfWriter.Write("Pose", 17, [2, 3], values, options)).Values, Is.EqualTo(values));
        }
    }

    [Test]
    public void ReadsAVariableWithoutRecords()
        => Assert.That(Read(CdfWriter.Write("Pose", 3, [5], Values(15)), "Other").Dimensions, Is.EqualTo(new long[] { 0, 5 }));

    [Test]
    public void AnUnknownVariableIsNamedWithThoseThatAreThere()
        => Assert.That(
            () => Read(CdfWriter.Write("Pose", 1, [5], Values(5)), "Pause"),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("'Pause'").And.Message.Contains("'Pose'"));

    [Test]
    public void CyclesAreRefused()
    {
        var file = CdfWriter.Write("Pose", 4, [2], Values(8), new CdfOptions { BlockRecords = 1, IndexEntries = 2 });
        var refused = 0;
        foreach (var at in RecordsOf(file, 8).Concat(RecordsOf(file, 6)))
        {
            // The link to the next of the chain leads back to the record itself.
            var cyclic = (byte[])file.Clone();
            BinaryPrimitives.WriteInt64BigEndian(cyclic.AsSpan(at + 12), at);
            Assert.That(() => Read(cyclic, "absent"), Throws.TypeOf<UserErrorException>());
            if (file[at + 11] == 6) Assert.That(() => Read(cyclic), Throws.TypeOf<UserErrorException>().With.Message.Contains("leads back"));
            refused++;
        }

        Assert.That(refused, Is.EqualTo(4));
    }

    [TestCase(0L)]
    [TestCase(-1L)]
    [TestCase(1L << 40)]
    [TestCase(long.MaxValue)]
    [TestCase(long.MinValue)]
    public void OffsetsOutsideOfTheFileAreRefused(long offset)
    {
        var file = CdfWriter.Write("Pose", 2, [2], Values(4), new CdfOptions { PackValues = true });
        foreach (var field in (int[])[20, RecordsOf(file, 8).Last() + 28, RecordsOf(file, 8).Last() + 72, RecordsOf(file, 6).Single() + 28 + 56])
        {
            var broken = (byte[])file.Clone();
            BinaryPrimitives.WriteInt64BigEndian(broken.AsSpan(field), offset);
            Refused(broken);
        }
    }

    [TestCase(-1)]
    [TestCase(0)]
    [TestCase(int.MaxValue)]
    public void SillyDimensionsAreRefusedBeforeMemoryIsTaken(int extent)
    {
        var file = CdfWriter.Write("Pose", 2, [2, 2], Values(8), new CdfOptions { PackValues = true });
        var at = RecordsOf(file, 8).Last();
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 344), extent);
        Refused(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 344), 2);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 340), extent);
        if (extent != 0) Refused(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 340), 2);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(at + 24), extent == -1 ? -2 : int.MaxValue);
        Refused(file);
    }

    [Test]
    public void AWholeFileThatClaimsToUnpackToMuchIsRefused()
    {
        var file = CdfWriter.Write("Pose", 2, [2], Values(4), new CdfOptions { PackFile = true });
        foreach (var claim in (long[])[-1, 500_000_000, long.MaxValue])
        {
            BinaryPrimitives.WriteInt64BigEndian(file.AsSpan(8 + 20), claim);
            Refused(file);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void EveryTruncationIsRefused(bool packed)
    {
        var file = CdfWriter.Write("Pose", 2, [2, 3], Values(12), new CdfOptions { PackValues = packed, Version3 = packed });
        for (var length = 0; length < file.Length; length++)
        {
            try
            {
                // The last entries of the last record are not used, so a file without them still says all.
                Assert.That(Read(file[..length]).Values, Is.EqualTo(Values(12)), $"cut to {length}");
                Assert.That(length, Is.GreaterThan(file.Length - 100));
            }
            catch (UserErrorException)
            {
            }
        }
    }

    [TestCase(28, 3, "encoding 3")]
    [TestCase(20, 1, "version 1")]
    [TestCase(32, 1, "single")]
    public void OtherKindsOfFilesAreRefusedByName(int field, int value, string message)
    {
        var file = CdfWriter.Write("Pose", 1, [2], Values(2));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8 + field), value);
        Assert.That(() => Read(file), Throws.TypeOf<UserErrorException>().With.Message.Contains(message));
    }

    [Test]
    public void AMissingFileIsOneClearError()
        => Assert.That(() => CdfFile.Read("/no/such/file.cdf", "Pose"), Throws.TypeOf<UserErrorException>().With.Message.Contains("/no/such/file.cdf"));

    private static double[] Values(int count) => [.. Enumerable.Range(0, count).Select(i => (i * 1.5) - 7)];

    private static CdfVariable Read(byte[] file, string name = "Pose") => CdfFile.Read(file, name, "test.cdf");

    private static void Refused(byte[] file)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => Read(file), Throws.TypeOf<UserErrorException>().With.Message.Not.Contains("\n"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    /// <summary>Where the records of a type begin in a file of version 3.</summary>
    private static List<int> RecordsOf(byte[] file, int type)
    {
        var found = new List<int>();
        for (var at = 8; at < file.Length; at += (int)BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(at)))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at + 8)) == type) found.Add(at);
        }

        return found;
    }
}
