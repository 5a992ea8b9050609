using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>Stored pixels, channels last, as numbers x / 255 - 1/2, in planes or as they lie.</summary>
internal static unsafe class ImageRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const byte None = 255;

    private static readonly T[] _table = Table();

    /// <summary>Writes some pixels, each channel into its own plane.</summary>
    /// <param name="source">Pixels of <paramref name="channels"/> bytes; 8 bytes beyond them may be read.</param>
    /// <param name="pixels">Their number.</param>
    /// <param name="channels">Channels of a pixel.</param>
    /// <param name="target">Where the first channel goes.</param>
    /// <param name="planeLength">Distance to the next channel.</param>
    /// <param name="useSimd">False takes the scalar path.</param>
    public static void ToPlanes(byte* source, int pixels, int channels, T* target, int planeLength, bool useSimd)
    {
        var begin = useSimd && channels == 3 && typeof(T) == typeof(float) && Avx2.IsSupported && Fma.IsSupported
            ? Vectors(source, pixels, (float*)target, planeLength)
            : 0;
        for (var c = 0; c < channels; c++)
        {
            for (var i = begin; i < pixels; i++) target[(c * planeLength) + i] = Value(source[(i * channels) + c]);
        }
    }

    /// <summary>Writes the numbers of some bytes in their order.</summary>
    public static void ToNumbers(byte* source, int count, T* target)
    {
        var i = 0;
        for (; typeof(T) == typeof(float) && Avx2.IsSupported && Fma.IsSupported && i <= count - 8; i += 8) Scaled(Avx2.ConvertToVector256Int32(source + i)).Store((float*)target + i);
        for (; i < count; i++) target[i] = Value(source[i]);
    }

    /// <summary>The number that one byte stands for.</summary>
    public static T Value(byte x) => _table[x];

    /// <summary>
    /// Eight pixels of three channels at a time, 12 bytes in each half of a vector; returns the pixels done. A shuffle, a
    /// conversion and 4 operations for 8 numbers.
    /// </summary>
    private static int Vectors(byte* source, int pixels, float* target, int planeLength)
    {
        var i = 0;
        for (; i <= pixels - 8; i += 8, source += 24)
        {
            var bytes = Vector256.Create(Vector128.Load(source), Vector128.Load(source + 12));
            Scaled(Avx2.Shuffle(bytes, Every(0)).AsInt32()).Store(target + i);
            Scaled(Avx2.Shuffle(bytes, Every(1)).AsInt32()).Store(target + planeLength + i);
            Scaled(Avx2.Shuffle(bytes, Every(2)).AsInt32()).Store(target + (2 * planeLength) + i);
        }
        return i;
    }

    /// <summary>Picks the bytes of one channel, each as the lowest of four.</summary>
    private static Vector256<byte> Every(byte c)
    {
        var half = Vector128.Create(
            c, None, None, None, (byte)(c + 3), None, None, None, (byte)(c + 6), None, None, None, (byte)(c + 9), None, None, None);
        return Vector256.Create(half, half);
    }

    /// <summary>
    /// The quotient by 255 without a division: the product with the reciprocal, corrected by its remainder, is the rounded
    /// quotient for every byte.
    /// </summary>
    private static Vector256<float> Scaled(Vector256<int> values)
    {
        var x = Vector256.ConvertToSingle(values);
        var reciprocal = Vector256.Create(1f / 255f);
        var quotient = x * reciprocal;
        var remainder = Fma.MultiplyAddNegated(quotient, Vector256.Create(255f), x);
        return Fma.MultiplyAdd(remainder, reciprocal, quotient) - Vector256.Create(0.5f);
    }

    private static T[] Table()
    {
        var half = T.One / (T.One + T.One);
        return [.. Enumerable.Range(0, 256).Select(x => (T.CreateTruncating(x) / T.CreateTruncating(255)) - half)];
    }
}
