using System.Numerics;
using System.Runtime.InteropServices;

namespace PoseEngine.Models;

/// <summary>One tensor of a <see cref="SafeTensorsFile"/>: its type name, extents and little-endian bytes.</summary>
public sealed record SafeTensor(string Type, long[] Shape, byte[] Data)
{
    /// <summary>The types whose numbers <see cref="TryConvert"/> takes.</summary>
    internal const string RealTypes = "F32, F64, F16 or BF16";

    /// <summary>The extents joined by "x", such as "8x3x5x5"; "scalar" where there are none.</summary>
    public string ShapeText => Shape.Length == 0 ? "scalar" : string.Join('x', Shape);

    /// <summary>Whether the numbers are of a type that a network can take.</summary>
    public bool IsReal => Type is "F32" or "F64" or "F16" or "BF16";

    internal long Begin { get; init; }

    /// <summary>The numbers.</summary>
    /// <exception cref="ModelFileException">The tensor holds another type.</exception>
    public ReadOnlySpan<TElement> As<TElement>()
        where TElement : unmanaged
    {
        if (Type != NameOf<TElement>())
        {
            throw new ModelFileException($"a tensor holds {Type}, expected {NameOf<TElement>()}");
        }
        return MemoryMarshal.Cast<byte, TElement>(Data);
    }

    /// <summary>Rounds float32, float64, float16 or bfloat16 numbers to <typeparamref name="T"/>.</summary>
    /// <param name="target">As many numbers as the tensor has.</param>
    /// <returns>False where the tensor holds another type.</returns>
    internal bool TryConvert<T>(Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (Type)
        {
            case "F32":
                Convert(As<float>(), target);
                return true;
            case "F64":
                Convert(As<double>(), target);
                return true;
            case "F16":
                Convert(MemoryMarshal.Cast<byte, Half>(Data), target);
                return true;
            case "BF16":
                // The upper half of a float32.
                var upper = MemoryMarshal.Cast<byte, ushort>(Data);
                for (var i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)upper[i] << 16));
                return true;
            default:
                return false;
        }
    }

    internal static string NameOf<TElement>() => default(TElement) switch
    {
        float => "F32",
        double => "F64",
        long => "I64",
        ulong => "U64",
        int => "I32",
        byte => "U8",
        _ => throw new NotSupportedException($"safetensors: no type for {typeof(TElement).Name}"),
    };

    /// <summary>The bytes of a tensor, or -1 where type or shape is not valid or no array can hold them.</summary>
    internal static long ByteCount(string type, long[] shape)
    {
        long bytes = type switch { "F64" or "I64" or "U64" => 8, "F32" or "I32" or "U32" => 4, "F16" or "BF16" or "I16" or "U16" => 2, "U8" or "I8" or "BOOL" => 1, _ => -1 };
        foreach (var extent in shape)
        {
            if (extent < 0 || bytes < 0 || (extent > 0 && bytes > Array.MaxLength / extent)) return -1;
            bytes *= extent;
        }
        return bytes;
    }

    private static void Convert<TStored, T>(ReadOnlySpan<TStored> source, Span<T> target)
        where TStored : unmanaged, INumberBase<TStored>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(source[i]);
    }
}
