using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PoseEngine.Formats;

/// <summary>The type of an array's items as numpy spells it: byte order, kind and size, such as &lt;f4, |u1, &lt;U67 or |O.</summary>
/// <param name="Order">'&lt;' little-endian, '&gt;' big-endian, '|' where it does not matter.</param>
/// <param name="Kind">b bool, i signed, u unsigned, f float, S bytes as text, U UTF-32 text, O Python objects.</param>
/// <param name="Size">Bytes of a number, characters of a text, 0 for objects.</param>
public readonly record struct NpyType(char Order, char Kind, int Size)
{
    private const int MaximumText = 4096;

    /// <summary>Bytes that an item takes in the file; 0 for objects, which are pickled.</summary>
    public int ItemSize => Kind == 'U' ? 4 * Size : Size;

    public bool IsNumber => Kind is 'b' or 'i' or 'u' or 'f';
    public bool IsText => Kind is 'S' or 'U';
    public bool IsObject => Kind == 'O';
    public override string ToString() => IsObject ? "|O" : $"{Order}{Kind}{Size}";

    /// <summary>Reads "&lt;f4" and the like, with or without the sign of the byte order; false for anything else.</summary>
    public static bool TryParse(string text, out NpyType type)
    {
        type = default;
        if (text.Length == 0) return false;
        var order = text[0] is '<' or '>' or '|' or '=' ? text[0] : '\0';
        var rest = order == '\0' ? text : text[1..];
        if (rest.Length == 0) return false;
        var size = 0;
        // "O" stands alone, "O8" is how a pickle says it: the size of a pointer on the machine that wrote it.
        if (rest.Length > 1 && !int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out size)) return false;
        var known = rest[0] switch
        {
            'b' => size == 1,
            'i' or 'u' => size is 1 or 2 or 4 or 8,
            'f' => size is 2 or 4 or 8,
            'S' or 'U' => rest.Length > 1 && size is >= 0 and <= MaximumText,
            'O' => rest.Length == 1 || size is 4 or 8,
            _ => false,
        };
        if (!known) return false;
        if (rest[0] == 'O') size = 0;
        var ordered = rest[0] is not ('S' or 'O') && (rest[0] == 'U' || size > 1);
        type = new NpyType(!ordered ? '|' : order == '>' ? '>' : '<', rest[0], size);
        return true;
    }

    /// <summary>The same type in the other order that a pickle states apart from the name.</summary>
    internal NpyType WithOrder(char order) => Order == '|' ? this : this with { Order = order == '>' ? '>' : '<' };

    public double ToDouble(ReadOnlySpan<byte> item)
    {
        var big = Order == '>';
        return (Kind, Size) switch
        {
            ('b', _) => item[0] == 0 ? 0 : 1,
            ('u', 1) => item[0],
            ('i', 1) => (sbyte)item[0],
            ('u', 2) => big ? BinaryPrimitives.ReadUInt16BigEndian(item) : BinaryPrimitives.ReadUInt16LittleEndian(item),
            ('i', 2) => big ? BinaryPrimitives.ReadInt16BigEndian(item) : BinaryPrimitives.ReadInt16LittleEndian(item),
            ('u', 4) => big ? BinaryPrimitives.ReadUInt32BigEndian(item) : BinaryPrimitives.ReadUInt32LittleEndian(item),
            ('i', 4) => big ? BinaryPrimitives.ReadInt32BigEndian(item) : BinaryPrimitives.ReadInt32LittleEndian(item),
            ('u', 8) => big ? BinaryPrimitives.ReadUInt64BigEndian(item) : BinaryPrimitives.ReadUInt64LittleEndian(item),
            ('i', 8) => ToLong(item),
            ('f', 2) => (double)(big ? BinaryPrimitives.ReadHalfBigEndian(item) : BinaryPrimitives.ReadHalfLittleEndian(item)),
            ('f', 4) => big ? BinaryPrimitives.ReadSingleBigEndian(item) : BinaryPrimitives.ReadSingleLittleEndian(item),
            ('f', 8) => big ? BinaryPrimitives.ReadDoubleBigEndian(item) : BinaryPrimitives.ReadDoubleLittleEndian(item),
            _ => throw new InvalidOperationException($"{this} is no number"),
        };
    }

    /// <summary>A signed number of eight bytes, exactly.</summary>
    internal long ToLong(ReadOnlySpan<byte> item) => Order == '>' ? BinaryPrimitives.ReadInt64BigEndian(item) : BinaryPrimitives.ReadInt64LittleEndian(item);

    /// <summary>The text in the bytes of an item, without the zeros that fill it up. A character that is none becomes U+FFFD.</summary>
    internal string ToText(ReadOnlySpan<byte> item)
    {
        if (Kind == 'S') return Encoding.Latin1.GetString(item).TrimEnd('\0');
        var text = new StringBuilder(Size);
        for (var at = 0; at < item.Length; at += 4)
        {
            var code = Order == '>' ? BinaryPrimitives.ReadUInt32BigEndian(item[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(item[at..]);
            text.Append(Rune.IsValid(code) ? new Rune(code).ToString() : "\uFFFD");
        }
        return text.ToString().TrimEnd('\0');
    }
}
