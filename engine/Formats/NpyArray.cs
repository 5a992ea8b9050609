namespace PoseEngine.Formats;

/// <summary>An array that numpy wrote, alone in a .npy file or inside of a pickle. Nothing of it is converted before it is asked for.</summary>
public sealed class NpyArray
{
    private readonly string _name;
    private ReadOnlyMemory<byte> _data;
    private IReadOnlyList<object?>? _objects;
    private bool _fortranOrder;

    /// <summary>An array that <see cref="Fill"/> completes; a pickle names an array before it says what it holds.</summary>
    internal NpyArray(string name)
    {
        _name = name;
        Shape = [];
    }

    internal NpyArray(string name, NpyType type, bool fortranOrder, long[] shape, ReadOnlyMemory<byte> data)
        : this(name) => Fill(type, fortranOrder, shape, data, null);

    public NpyType Type { get; private set; }
    public long[] Shape { get; private set; }
    public long Count { get; private set; }
    internal bool Filled { get; private set; }

    /// <summary>The Python objects of an array of type |O in C order, null for any other.</summary>
    public IReadOnlyList<object?>? Objects => _objects;

    /// <summary>What a .npy file of type |O holds: of shape () the object itself, of another shape the list of its objects in C order.</summary>
    public object? Pickled
    {
        get
        {
            if (_objects is null) throw Unsuited("objects");
            return Shape.Length == 0 ? _objects[0] : _objects;
        }
    }

    /// <summary>Reads a .npy file. At most <paramref name="limit"/> bytes are taken as its contents.</summary>
    public static NpyArray Read(Stream stream, string name, long limit = int.MaxValue)
    {
        var header = NpyHeader.Read(stream, name, objects: true);
        _ = NpyType.TryParse(header.Type, out var type);
        if (header.DataLength > limit) throw Unreadable.File(name, $"its header promises {header.DataLength} bytes, the limit is {limit}");
        try
        {
            return type.IsObject ? ReadObjects(stream, name, header, limit)
                : new NpyArray(name, type, header.FortranOrder, header.Shape, BoundedBytes.Exactly(stream, header.DataLength));
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OverflowException)
        {
            throw Unreadable.File(name, $"its header promises {header.DataLength} bytes and there are fewer, or they are damaged", error);
        }
    }

    public static NpyArray Open(string path)
    {
        using var stream = InputFile.Open(path);
        return Read(stream, path);
    }

    /// <summary>All items as numbers, in C order whatever the order in the file.</summary>
    public double[] ToDoubles() => Slice(0, Count);

    /// <summary>All items of type |u1, in C order.</summary>
    internal byte[] ToBytes()
    {
        if (!_fortranOrder) return _data.ToArray();
        var bytes = new byte[Count];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = Item(i)[0];
        return bytes;
    }

    /// <summary>The numbers of item <paramref name="index"/> along the first dimension, in C order.</summary>
    public double[] RowDoubles(long index)
    {
        if (Shape.Length == 0) throw Unsuited("rows");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        var length = Count / Shape[0];
        return Slice(index * length, length);
    }

    public string[] ToStrings()
    {
        if (!Type.IsText) throw Unsuited("texts");
        var texts = new string[Count];
        for (long i = 0; i < texts.Length; i++) texts[i] = Type.ToText(Item(i));
        return texts;
    }

    /// <summary>The text of item <paramref name="index"/> in C order, for arrays of more texts than one wants to keep.</summary>
    public string TextAt(long index)
    {
        if (!Type.IsText) throw Unsuited("texts");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Type.ToText(Item(index));
    }

    internal void Fill(NpyType type, bool fortranOrder, long[] shape, ReadOnlyMemory<byte> data, IReadOnlyList<object?>? objects)
    {
        if (Filled) throw Unreadable.File(_name, "an array is filled twice");
        var count = CountOf(shape);
        var needed = type.IsObject ? count : Product(count, type.ItemSize);
        var given = type.IsObject ? objects?.Count ?? -1 : data.Length;
        if (needed != given)
        {
            throw Unreadable.File(_name, $"an array of {type} with shape ({string.Join(", ", shape)}) needs {needed} "
                + $"{(type.IsObject ? "objects" : "bytes")}, there are {given}");
        }
        if (type.ItemSize == 0 && !type.IsObject && count > 0)
            throw Unreadable.File(_name, $"it has {count} items of type {type}, which have no bytes");
        (Type, _fortranOrder, Shape, Count, _data, _objects, Filled) = (type, fortranOrder, shape, count, data, objects, true);
    }

    private static NpyArray ReadObjects(Stream stream, string name, NpyHeader header, long limit)
    {
        var pickle = BoundedBytes.ToEnd(stream, limit) ?? throw Unreadable.File(name, $"its objects take more than {limit} bytes, the limit for a file of this size");
        if (Unpickler.Read(pickle, name) is not NpyArray { Type.IsObject: true } array || !array.Shape.SequenceEqual(header.Shape))
            throw Unreadable.File(name, $"its header promises objects of shape ({string.Join(", ", header.Shape)}), its pickle holds something else");
        return array;
    }

    private double[] Slice(long first, long length)
    {
        if (!Type.IsNumber) throw Unsuited("numbers");
        var values = new double[length];
        for (long i = 0; i < length; i++) values[i] = Type.ToDouble(Item(first + i));
        return values;
    }

    private ReadOnlySpan<byte> Item(long index)
    {
        var at = _fortranOrder && Shape.Length > 1 ? FortranIndex(index) : index;
        return _data.Span.Slice((int)(at * Type.ItemSize), Type.ItemSize);
    }

    private long FortranIndex(long index)
    {
        var (at, stride) = (0L, Count);
        for (var d = Shape.Length - 1; d >= 0; d--)
        {
            stride /= Shape[d];
            at += index % Shape[d] * stride;
            index /= Shape[d];
        }
        return at;
    }

    private long CountOf(long[] shape)
    {
        if (shape.Length > NpyHeader.MaximumRank)
            throw Unreadable.File(_name, $"an array has {shape.Length} dimensions, the limit is {NpyHeader.MaximumRank}");
        var count = 1L;
        foreach (var extent in shape)
        {
            if (extent < 0) throw Unreadable.File(_name, $"an array has a dimension of {extent}, the least is 0");
            count = Product(count, extent);
        }
        return count;
    }

    private long Product(long count, long extent)
        => Attempt.Of(() => checked(count * extent), (OverflowException error) => Unreadable.File(_name, $"an array claims {count} x {extent} items", error));

    private UserErrorException Unsuited(string wanted)
        => new($"{_name} holds items of type {Type} and shape ({string.Join(", ", Shape)}), {wanted} were expected: give the file that the layout names");
}
