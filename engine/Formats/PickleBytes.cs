using System.Buffers.Binary;
using System.Text;

namespace PoseEngine.Formats;

/// <summary>A place in a pickle. Every read is checked against the bytes that are there, so that no length is believed.</summary>
internal sealed class PickleBytes(ReadOnlyMemory<byte> bytes, string name)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    public int Length => bytes.Length;
    public int Position { get; private set; }

    public ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > bytes.Length - Position) throw Damaged($"it wants {(ulong)length} bytes and has {bytes.Length - Position} left");
        var taken = bytes.Span.Slice(Position, (int)length);
        Position += (int)length;
        return taken;
    }

    public byte Byte() => Take(1)[0];
    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    // Beyond 2^63 this turns negative, which Take refuses.
    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));
    public double Float64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public string Text(long length)
        => Attempt.Of(() => Utf8.GetString(Take(length)), (DecoderFallbackException error) => Damaged("it has a text that is not UTF-8", error));

    /// <summary>A text up to the end of the line, as names of globals are written.</summary>
    public string Line()
    {
        var length = bytes.Span[Position..].IndexOf((byte)'\n');
        if (length is < 0 or > 256) throw Damaged("it has a name without an end");
        var line = Encoding.Latin1.GetString(Take(length));
        _ = Byte();
        return line;
    }

    /// <summary>A whole number of any length in two's complement.</summary>
    public long LongNumber(long length)
    {
        if (length is < 0 or > 8) throw Damaged($"it has a whole number of {length} bytes, the limit is 8");
        var number = 0L;
        var digits = Take(length);
        for (var i = 0; i < digits.Length; i++) number |= (long)digits[i] << (8 * i);
        var unused = 64 - (8 * digits.Length);
        return digits.Length == 0 ? 0 : number << unused >> unused;
    }

    public UserErrorException Damaged(string what, Exception? inner = null)
        => Unreadable.File(name, $"its pickle is damaged or not of numpy at byte {Position}: {what}", inner);
}
