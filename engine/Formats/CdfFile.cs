using System.Buffers.Binary;

namespace PoseEngine.Formats;

/// <summary>Reads numbers of NASA CDF files, versions 2.5 to 3.9: r- and z-variables, plain or packed by gzip, alone or the whole file, in
/// big- and little-endian encodings. Everything else of the format is refused by name.</summary>
/// <remarks>Source: the internal format description of the CDF library (NASA GSFC), the parts of its record types 1 to 3, 6 to 8, 10, 11 and 13.</remarks>
public static class CdfFile
{
    /// <summary>Files and whole files once unpacked beyond this are refused; a sequence of poses takes a few MB.</summary>
    public const long MaximumBytes = 512L << 20;

    private const uint Version3Magic = 0xCDF30001;
    private const uint Version26Magic = 0xCDF26002;
    private const uint Version25Magic = 0x0000FFFF;
    private const uint PackedMagic = 0xCCCC0001;
    private const int FirstRecord = 8;

    public static CdfVariable Read(string path, string name) => Read(InputFile.ReadAll(path, MaximumBytes), name, path);

    public static CdfVariable Read(ReadOnlyMemory<byte> file, string name, string path)
    {
        var source = Unpacked(file, path);
        var header = CdfHeader.Read(source, FirstRecord);
        var variable = CdfVariableHeader.Find(source, header, name);
        return CdfValues.Read(source, header, variable);
    }

    private static CdfBytes Unpacked(ReadOnlyMemory<byte> file, string path)
    {
        if (file.Length < FirstRecord) throw Unreadable.File(path, $"it has {file.Length} bytes, a CDF file has more");
        var version = BinaryPrimitives.ReadUInt32BigEndian(file.Span);
        if (version is not (Version3Magic or Version26Magic or Version25Magic)) throw Unreadable.File(path, "it does not begin as a CDF file");
        var source = new CdfBytes(file, path, version == Version3Magic);
        if (BinaryPrimitives.ReadUInt32BigEndian(file.Span[4..]) != PackedMagic) return source;

        var fields = source.Fields(FirstRecord, 10);
        var recordSize = source.Offset(FirstRecord);
        source.CheckGzip(source.Offset(fields));
        var length = source.Offset(fields + source.OffsetSize);
        if (length is < 0 or > MaximumBytes) throw source.Damaged($"it claims to unpack to {length} bytes, the limit is {MaximumBytes}");
        var start = fields + (2 * source.OffsetSize) + 4;
        var inner = source.Gunzip(source.Slice(start, recordSize - (start - FirstRecord)), length);
        var whole = new byte[FirstRecord + inner.Length];
        file[..4].CopyTo(whole);
        whole[6] = whole[7] = 0xFF;
        inner.CopyTo(whole, FirstRecord);
        return new CdfBytes(whole, path, source.Version3);
    }
}

/// <summary>The bytes of a CDF file. Its records name each other by offsets, all of which are checked here.</summary>
internal sealed class CdfBytes(ReadOnlyMemory<byte> bytes, string name, bool version3)
{
    public long Length => bytes.Length;

    /// <summary>Version 3 has sizes and offsets of eight bytes and names of 256, version 2 of four bytes and 64.</summary>
    public bool Version3 => version3;

    public int OffsetSize => version3 ? 8 : 4;
    public int NameSize => version3 ? 256 : 64;
    public int Int32(long at) => BinaryPrimitives.ReadInt32BigEndian(Slice(at, 4).Span);
    public long Offset(long at) => version3 ? BinaryPrimitives.ReadInt64BigEndian(Slice(at, 8).Span) : Int32(at);

    public ReadOnlyMemory<byte> Slice(long at, long length)
    {
        if (at < 0 || length < 0 || at > bytes.Length || length > bytes.Length - at)
            throw Damaged($"a record reaches from byte {at} over {length} bytes, outside of its {bytes.Length}");
        return bytes.Slice((int)at, (int)length);
    }

    /// <summary>The type of the record at an offset; its fields begin after size and type, at <see cref="Fields"/>.</summary>
    public int TypeAt(long at) => Int32(at + OffsetSize);

    /// <summary>Where the fields of a record begin.</summary>
    public long Fields(long at, params ReadOnlySpan<int> types)
    {
        var type = TypeAt(at);
        if (!types.Contains(type)) throw Damaged($"the record at byte {at} is of type {type}, {string.Join(" or ", types.ToArray())} was expected");
        return at + OffsetSize + 4;
    }

    /// <summary>Checks the record that says how values, or the whole file, are packed.</summary>
    public void CheckGzip(long at)
    {
        var packing = Int32(Fields(at, 11));
        if (packing != 5) throw Damaged($"its values are packed by method {packing}, gzip (5) is read: unpack it with cdfconvert -compression none");
    }

    public byte[] Gunzip(ReadOnlyMemory<byte> packed, long length) => Attempt.When(
        () => BoundedBytes.Gunzip(packed, length),
        error => error is IOException or InvalidDataException,
        error => Damaged($"its packed values are damaged, they should unpack to {length} bytes", error));

    public UserErrorException Damaged(string what, Exception? inner = null) => Unreadable.File(name, what, inner);
}
