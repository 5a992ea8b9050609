using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>Rearrangement of the columns of a row.</summary>
internal static unsafe class Columns
{
    /// <summary>
    /// Splits a row into runs: columns 0, s, 2s .. into the first, 1, s + 1, .. into the second, and so on.
    /// </summary>
    public static void Split<T>(T* row, int width, int runs, T* target, int runLength)
        where T : unmanaged
    {
        if (runs == 1)
        {
            new ReadOnlySpan<T>(row, width).CopyTo(new Span<T>(target, width));
            return;
        }
        var begin = runs == 4 && typeof(T) == typeof(float) && Sse.IsSupported
            ? SplitInFour((float*)row, width, (float*)target, runLength)
            : 0;
        for (var run = 0; run < runs; run++)
        {
            var place = target + ((long)run * runLength) + (begin / runs);
            for (var column = begin + run; column < width; column += runs) *place++ = row[column];
        }
    }

    /// <summary>Sixteen columns at a time: the transpose of a 4 x 4 block. Returns the columns done.</summary>
    private static int SplitInFour(float* row, int width, float* target, int runLength)
    {
        var column = 0;
        for (; column <= width - 16; column += 16, row += 16, target += 4)
        {
            var (a, b) = (Vector128.Load(row), Vector128.Load(row + 4));
            var (c, d) = (Vector128.Load(row + 8), Vector128.Load(row + 12));
            var (low0, low1) = (Sse.UnpackLow(a, b), Sse.UnpackLow(c, d));
            var (high0, high1) = (Sse.UnpackHigh(a, b), Sse.UnpackHigh(c, d));
            Sse.MoveLowToHigh(low0, low1).Store(target);
            Sse.MoveHighToLow(low1, low0).Store(target + runLength);
            Sse.MoveLowToHigh(high0, high1).Store(target + (2 * runLength));
            Sse.MoveHighToLow(high1, high0).Store(target + (3 * runLength));
        }
        return column;
    }
}
