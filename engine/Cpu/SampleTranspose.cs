using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>Transposes of small matrices of any size, in blocks of 8 x 8 float32 or 4 x 4 float64 where the machine can.</summary>
internal static unsafe class SampleTranspose
{
    /// <summary>target[c, r] = source[r, c] for rows and columns with any distance between rows.</summary>
    public static void Run<T>(T* source, int stride, T* target, int targetStride, int rows, int columns, bool useSimd)
        where T : unmanaged
    {
        var width = sizeof(T) == sizeof(float) ? Transpose8.Width : 4;
        if (!useSimd || !Avx.IsSupported || rows < width || columns < width)
        {
            Plain(source, stride, target, targetStride, rows, columns);
            return;
        }

        // The last block of a row or column overlaps the one before instead of leaving a rest.
        for (var r = 0; r < rows; r += width)
        {
            var row = Math.Min(r, rows - width);
            for (var c = 0; c < columns; c += width)
            {
                var column = Math.Min(c, columns - width);
                Block(source + ((long)row * stride) + column, stride, target + ((long)column * targetStride) + row, targetStride);
            }
        }
    }

    private static void Plain<T>(T* source, int stride, T* target, int targetStride, int rows, int columns)
        where T : unmanaged
    {
        for (var c = 0; c < columns; c++)
        {
            var from = source + c;
            var to = target + ((long)c * targetStride);
            for (var r = 0; r < rows; r++, from += stride) to[r] = *from;
        }
    }

    private static void Block<T>(T* source, nint stride, T* target, nint targetStride)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) Transpose8.Block((float*)source, stride, (float*)target, targetStride);
        else Block4((double*)source, stride, (double*)target, targetStride);
    }

    private static void Block4(double* source, nint stride, double* target, nint targetStride)
    {
        Vector256<double> r0 = Vector256.Load(source), r1 = Vector256.Load(source + stride);
        Vector256<double> r2 = Vector256.Load(source + (2 * stride)), r3 = Vector256.Load(source + (3 * stride));
        Vector256<double> even01 = Avx.UnpackLow(r0, r1), odd01 = Avx.UnpackHigh(r0, r1);
        Vector256<double> even23 = Avx.UnpackLow(r2, r3), odd23 = Avx.UnpackHigh(r2, r3);
        Avx.Permute2x128(even01, even23, 0x20).Store(target);
        Avx.Permute2x128(odd01, odd23, 0x20).Store(target + targetStride);
        Avx.Permute2x128(even01, even23, 0x31).Store(target + (2 * targetStride));
        Avx.Permute2x128(odd01, odd23, 0x31).Store(target + (3 * targetStride));
    }
}
