using System.Text;

namespace PoseEngine.Formats;

/// <summary>The only names that a pickle may call. Each is a marker here; what it does is written out below, nothing is looked up.</summary>
internal enum PickleGlobal
{
    Reconstruct, Scalar, FromBuffer, NdArray, DataType, Encode, Bytes,
}

/// <summary>A numpy type while a pickle builds it: first its name, then its byte order.</summary>
internal sealed class PickledType(NpyType type)
{
    public NpyType Type { get; set; } = type;
}

/// <summary>What the whitelisted names do when a pickle calls them or gives their results a state.</summary>
internal sealed class PickleGlobals(PickleBytes source, string name)
{
    // Texts are turned to bytes where protocol 2 has no bytes of its own. Each text in the file is turned once, so the
    // bytes made this way cannot exceed the file; a pickle that turns one text again and again wants to fill the memory.
    private long _encoded;

    public PickleGlobal Find(string module, string item) => (module, item) switch
    {
        ("numpy.core.multiarray" or "numpy._core.multiarray", "_reconstruct") => PickleGlobal.Reconstruct,
        ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar") => PickleGlobal.Scalar,
        ("numpy.core.numeric" or "numpy._core.numeric", "_frombuffer") => PickleGlobal.FromBuffer,
        ("numpy", "ndarray") => PickleGlobal.NdArray,
        ("numpy", "dtype") => PickleGlobal.DataType,
        ("_codecs", "encode") => PickleGlobal.Encode,
        ("builtins" or "__builtin__", "bytes") => PickleGlobal.Bytes,
        _ => throw new UserErrorException($"{name} cannot be read: its pickle calls for {Unreadable.Quote($"{module}.{item}")}, which is not "
            + "among the arrays, numbers and texts that are read; no code of a file is ever run. Save the data as plain arrays"),
    };

    public object? Call(PickleGlobal global, object?[] arguments) => (global, arguments) switch
    {
        (PickleGlobal.Reconstruct, [PickleGlobal.NdArray, object?[], _]) => new NpyArray(name),
        (PickleGlobal.DataType, [string spelled, ..]) when arguments.Length <= 3 => new PickledType(Type(spelled)),
        (PickleGlobal.Encode, [string text, "latin1" or "latin-1"]) => Encode(text),
        (PickleGlobal.Bytes, []) => Array.Empty<byte>(),
        (PickleGlobal.Scalar, [PickledType type, var value]) => Scalar(type.Type, AsBytes(value)),
        (PickleGlobal.FromBuffer, [byte[] data, PickledType type, object?[] shape, "C" or "F"]) =>
            new NpyArray(name, Plain(type.Type), (string)arguments[3]! == "F", Shape(shape), data),
        _ => throw source.Damaged($"{global} is called with {arguments.Length} arguments that do not suit it"),
    };

    public void Build(object? target, object? state)
    {
        switch (target, state)
        {
            case (PickledType type, object?[] { Length: 8 or 9 } parts):
                // Version, byte order, subtype, names, fields, size, alignment, flags.
                if (parts[1] is not string { Length: 1 } order || parts[2] is not null || parts[3] is not null || parts[4] is not null)
                    throw source.Damaged("a type is a structure, plain numbers, texts and objects are read");
                type.Type = type.Type.WithOrder(order[0]);
                return;
            case (NpyArray array, object?[] and [long, object?[] shape, PickledType type, bool fortran, List<object?> objects]) when type.Type.IsObject:
                array.Fill(type.Type, fortran, Shape(shape), default, InOrder(objects, Shape(shape), fortran));
                return;
            case (NpyArray array, object?[] and [long, object?[] shape, PickledType type, bool fortran, var data]):
                array.Fill(Plain(type.Type), fortran, Shape(shape), AsBytes(data), null);
                return;
            default:
                throw source.Damaged("a state is given to something that takes none such");
        }
    }

    private NpyType Type(string spelled) => NpyType.TryParse(spelled, out var type) ? type : throw source.Damaged($"the type {Unreadable.Quote(spelled)} is not read");

    private NpyType Plain(NpyType type) => type.IsObject ? throw source.Damaged("an array of objects has no list of them") : type;

    private object Scalar(NpyType type, byte[] item)
    {
        if (type.IsObject || item.Length != type.ItemSize) throw source.Damaged($"a number of type {type} has {item.Length} bytes");
        if (type.IsText) return type.ToText(item);
        if (type.Kind == 'b') return item[0] != 0;
        if (type.Kind == 'f') return type.ToDouble(item);
        if (type.Size < 8) return (long)type.ToDouble(item);
        var bits = type.ToLong(item);
        return type.Kind == 'u' && bits < 0 ? (double)(ulong)bits : bits;
    }

    private byte[] AsBytes(object? value) => value switch
    {
        byte[] bytes => bytes,
        string text => Encode(text),
        _ => throw source.Damaged("bytes were expected"),
    };

    private byte[] Encode(string text)
    {
        _encoded += text.Length;
        if (_encoded > source.Length + 4096L) throw source.Damaged("it turns the same text to bytes again and again");
        return text.All(c => c <= 255) ? Encoding.Latin1.GetBytes(text) : throw source.Damaged("a text that stands for bytes holds other characters");
    }

    private long[] Shape(object?[] extents)
        => [.. extents.Select(extent => extent is long number ? number : throw source.Damaged("a shape holds something else than whole numbers"))];

    /// <summary>The objects are listed in C order whatever the flag; only one dimension at most makes no difference.</summary>
    private List<object?> InOrder(List<object?> objects, long[] shape, bool fortran)
        => !fortran || shape.Length < 2 ? objects : throw source.Damaged("an array of objects is in Fortran order, save it in C order");
}
