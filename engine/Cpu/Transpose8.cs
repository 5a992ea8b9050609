using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>
/// Transposes of float32 in blocks of 8 x 8: 24 shuffles for 64 numbers. Eight channels of a plane become eight neighbours
/// of a pixel, and back.
/// </summary>
internal static unsafe class Transpose8
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Width = 8;

    public static bool IsSupported => Avx.IsSupported;

    /// <summary>
    /// Eight rows of <paramref name="columns"/> numbers, <paramref name="stride"/> apart, become the eight neighbours of
    /// each column, <paramref name="spacing"/> apart; returns the columns done, whole blocks.
    /// </summary>
    public static int Columns(float* rows, int columns, int stride, float* target, int spacing)
    {
        var column = 0;
        for (; column <= columns - Width; column += Width) Block(rows + column, stride, target + (column * spacing), spacing);
        return column;
    }

    /// <summary>The way back: pixels of eight neighbours, <paramref name="spacing"/> apart, become eight rows; returns the pixels done.</summary>
    public static int Rows(float* pixels, int count, int spacing, float* rows, int stride)
    {
        var pixel = 0;
        for (; pixel <= count - Width; pixel += Width) Block(pixels + (pixel * spacing), spacing, rows + pixel, stride);
        return pixel;
    }

    /// <summary>Transposes one block.</summary>
    public static void Block(float* source, nint stride, float* target, nint targetStride)
    {
        Vector256<float> r0 = Vector256.Load(source), r1 = Vector256.Load(source + stride);
        Vector256<float> r2 = Vector256.Load(source + (2 * stride)), r3 = Vector256.Load(source + (3 * stride));
        Vector256<float> r4 = Vector256.Load(source + (4 * stride)), r5 = Vector256.Load(source + (5 * stride));
        Vector256<float> r6 = Vector256.Load(source + (6 * stride)), r7 = Vector256.Load(source + (7 * stride));
        Quarter(r0, r1, r2, r3, out var a0, out var a1, out var a2, out var a3);
        Quarter(r4, r5, r6, r7, out var b0, out var b1, out var b2, out var b3);
        StorePair(a0, b0, target, 4 * targetStride);
        StorePair(a1, b1, target + targetStride, 4 * targetStride);
        StorePair(a2, b2, target + (2 * targetStride), 4 * targetStride);
        StorePair(a3, b3, target + (3 * targetStride), 4 * targetStride);
    }

    /// <summary>Transposes the 4 x 4 blocks in both halves of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quarter(
        Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3, out Vector256<float> c0,
        out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<float> low01 = Avx.UnpackLow(r0, r1), low23 = Avx.UnpackLow(r2, r3);
        Vector256<float> high01 = Avx.UnpackHigh(r0, r1), high23 = Avx.UnpackHigh(r2, r3);
        c0 = Avx.Shuffle(low01, low23, 0b_01_00_01_00);
        c1 = Avx.Shuffle(low01, low23, 0b_11_10_11_10);
        c2 = Avx.Shuffle(high01, high23, 0b_01_00_01_00);
        c3 = Avx.Shuffle(high01, high23, 0b_11_10_11_10);
    }

    /// <summary>The low halves of both are one column, the high halves the column four further on.</summary>
    private static void StorePair(Vector256<float> top, Vector256<float> bottom, float* target, nint fourColumns)
    {
        Avx.Permute2x128(top, bottom, 0x20).Store(target);
        Avx.Permute2x128(top, bottom, 0x31).Store(target + fourColumns);
    }
}
