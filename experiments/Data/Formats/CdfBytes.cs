using System.Buffers.Binary;

namespace PoseEngine.Experiments.Data.Formats;

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

    public UserErrorException Damaged(string what, Exception? inner = null) => Unreadable.File(name, what, inner);
}
