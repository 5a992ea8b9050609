using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PoseEngine.Formats;

/// <summary>The header of a .npy file: what its numbers are and where they begin. Versions 1 to 3 are read, version 1 is written.</summary>
/// <param name="Type">As numpy spells it, see <see cref="NpyType"/>: |u1 bytes, &lt;f4 float32, &lt;f8 float64.</param>
/// <param name="FortranOrder">Whether the first index runs fastest.</param>
/// <param name="Shape">The extents, outermost first.</param>
/// <param name="DataOffset">Bytes before the first item.</param>
public sealed record NpyHeader(string Type, bool FortranOrder, long[] Shape, long DataOffset)
{
    // A header is a short dictionary; a length beyond this is damage, or an attempt to make us allocate.
    private const int MaximumHeader = 65536;

    public const int MaximumRank = 8;
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Bytes that the items take; 0 for objects, whose length the header does not tell.</summary>
    public long DataLength => Shape.Aggregate((long)ItemSize, (product, extent) => checked(product * extent));

    private int ItemSize => NpyType.TryParse(Type, out var type) ? type.ItemSize : throw new FormatException(Type);

    /// <summary>Writes a header in C order, padded so that the numbers are aligned to 64 bytes; returns its length.</summary>
    public static int Write(Stream stream, string type, params ReadOnlySpan<long> shape)
    {
        var extents = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        var dictionary = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({extents}), }}";
        var length = (10 + dictionary.Length + 1 + 63) / 64 * 64;
        var header = new byte[length];
        header.AsSpan().Fill((byte)' ');
        Magic.CopyTo(header);
        (header[6], header[7]) = (1, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)(length - 10));
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(10));
        header[^1] = (byte)'\n';
        stream.Write(header);
        return length;
    }

    public static NpyHeader Read(Stream stream, string path, bool objects = false) => Attempt.When(
        () => Parse(stream, path, objects),
        error => error is IOException or InvalidDataException or FormatException or OverflowException,
        error => Unreadable.File(path, "its header is cut off or unreadable", error));

    private static NpyHeader Parse(Stream stream, string path, bool objects)
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start);
        if (!start[..6].SequenceEqual(Magic)) throw Unreadable.File(path, "it does not begin as a .npy file");
        if (start[6] is < 1 or > 3) throw Unreadable.File(path, $"it has format version {start[6]}, known are 1 to 3");
        Span<byte> lengthBytes = stackalloc byte[start[6] == 1 ? 2 : 4];
        stream.ReadExactly(lengthBytes);
        var length = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes) : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > MaximumHeader) throw Unreadable.File(path, $"its header claims {length} bytes, the limit is {MaximumHeader}");
        var text = new byte[length];
        stream.ReadExactly(text);
        return FromDictionary(Encoding.Latin1.GetString(text), 8 + lengthBytes.Length + length, path, objects);
    }

    private static NpyHeader FromDictionary(string text, long dataOffset, string path, bool objects)
    {
        var type = After(text, "'descr':").TrimStart();
        if (type.Length < 2 || type[0] != '\'') throw Unreadable.File(path, "its type is a structure, expected plain numbers");
        type = Between(type, '\'', '\'');
        // Files of old writers may leave out the sign of the byte order; ours is always there.
        if (!NpyType.TryParse(type, out var known) || (known.IsObject && !objects))
            throw Unreadable.File(path, $"its type {Unreadable.Quote(type)} is not one of plain numbers");
        var fortran = After(text, "'fortran_order':").TrimStart().StartsWith("True", StringComparison.Ordinal);
        var extents = Between(After(text, "'shape':"), '(', ')').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (extents.Length > MaximumRank) throw Unreadable.File(path, $"it has {extents.Length} dimensions, the limit is {MaximumRank}");
        // Python 2 wrote its long numbers with an L behind.
        var shape = extents.Select(extent => long.Parse(extent.AsSpan().TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture));
        var header = new NpyHeader(known.ToString(), fortran, [.. shape], dataOffset);
        _ = header.DataLength;
        return header;
    }

    private static string After(string text, string key)
    {
        var at = text.IndexOf(key, StringComparison.Ordinal);
        return at >= 0 ? text[(at + key.Length)..] : throw new FormatException(key);
    }

    private static string Between(string text, char open, char close)
    {
        var first = text.IndexOf(open) + 1;
        var last = first > 0 ? text.IndexOf(close, first) : -1;
        return last >= 0 ? text[first..last] : throw new FormatException(text);
    }
}
