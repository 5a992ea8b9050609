using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>Rearranges the operands of a matrix product into the order in which its register tile reads them.</summary>
internal static unsafe class ProductPacking
{
    /// <summary>How far ahead rows are fetched.</summary>
    private const int RowsAhead = 8;

    /// <summary>
    /// Copies rows k to k + <paramref name="count"/> - 1 of a few columns of B: rows follow each other, each with two
    /// vectors of elements, zeros where the columns end.
    /// </summary>
    public static void PackStrip<T>(MatrixView<T> b, int k, int count, int column, int columns, T* strip)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var width = RegisterTile.Columns<T>();
        var source = b.Data + ((long)k * b.RowStride) + ((long)column * b.ColumnStride);
        if (columns == width && b.ColumnStride == 1)
        {
            CopyRows(source, b.RowStride, count, strip);
            return;
        }
        if (columns < width) new Span<T>(strip, count * width).Clear();
        var done = columns == width && b.RowStride == 1 ? TransposeStrip(source, b.ColumnStride, count, strip) : 0;
        source += (long)done * b.RowStride;
        strip += done * width;
        for (var j = 0; j < columns; j++, source += b.ColumnStride) CopyStrided(source, b.RowStride, strip + j, width, count - done);
    }

    /// <summary>Copies elements that lie one stride apart to places another stride apart.</summary>
    public static void CopyStrided<T>(T* source, nint sourceStride, T* target, nint targetStride, int count)
        where T : unmanaged
    {
        for (; count >= 4; count -= 4)
        {
            target[0] = source[0];
            target[targetStride] = source[sourceStride];
            target[2 * targetStride] = source[2 * sourceStride];
            target[3 * targetStride] = source[3 * sourceStride];
            source += 4 * sourceStride;
            target += 4 * targetStride;
        }
        for (; count > 0; count--, source += sourceStride, target += targetStride) *target = *source;
    }

    /// <summary>
    /// Rows of <paramref name="depth"/> elements, <paramref name="stride"/> apart, become neighbours: those of a column lie side by
    /// side, columns <paramref name="group"/> elements apart.
    /// </summary>
    public static void Interleave<T>(T* source, nint stride, int rows, int depth, T* target, int group)
        where T : unmanaged
    {
        var row = 0;
        for (; typeof(T) == typeof(float) && Transpose8.IsSupported && row <= rows - Transpose8.Width; row += Transpose8.Width)
        {
            T* first = source + (row * stride), place = target + row;
            var done = Transpose8.Columns((float*)first, depth, (int)stride, (float*)place, group);
            for (var i = 0; i < Transpose8.Width; i++) CopyStrided(first + (i * stride) + done, 1, place + i + ((long)done * group), group, depth - done);
        }
        for (; typeof(T) == typeof(float) && Transpose8.IsSupported && row <= rows - 4; row += 4)
        {
            T* first = source + (row * stride), place = target + row;
            var done = InterleaveFour((float*)first, stride, depth, (float*)place, group);
            for (var i = 0; i < 4; i++) CopyStrided(first + (i * stride) + done, 1, place + i + ((long)done * group), group, depth - done);
        }
        for (; row < rows; row++) CopyStrided(source + (row * stride), 1, target + row, group, depth);
    }

    /// <summary>Four rows, eight columns at a time; returns the columns done.</summary>
    private static int InterleaveFour(float* source, nint stride, int depth, float* target, nint group)
    {
        var k = 0;
        for (; k <= depth - 8; k += 8, source += 8, target += 8 * group)
        {
            Transpose8.Quarter(
                Vector256.Load(source), Vector256.Load(source + stride), Vector256.Load(source + (2 * stride)), Vector256.Load(source + (3 * stride)),
                out var c0, out var c1, out var c2, out var c3);
            StoreHalves(c0, target, 4 * group);
            StoreHalves(c1, target + group, 4 * group);
            StoreHalves(c2, target + (2 * group), 4 * group);
            StoreHalves(c3, target + (3 * group), 4 * group);
        }
        return k;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalves(Vector256<float> column, float* target, nint fourColumns)
    {
        column.GetLower().Store(target);
        column.GetUpper().Store(target + fourColumns);
    }

    private static void CopyRows<T>(T* source, nint stride, int count, T* strip)
        where T : unmanaged
    {
        var width = RegisterTile.Columns<T>();
        for (; count > 0; count--, source += stride, strip += width)
        {
            // Rows stand far apart, where the processor does not expect the next read.
            for (var j = 0; Sse.IsSupported && j < width; j += HostHeap.Alignment / sizeof(T)) Sse.Prefetch0(source + (RowsAhead * stride) + j);
            for (var j = 0; j < width; j += Vector<T>.Count) Vector.Load(source + j).Store(strip + j);
        }
    }

    /// <summary>
    /// Turns contiguous columns into rows by vectors of 32 bytes and returns how many rows it has done: a multiple of the
    /// vector's width, or 0 where the machine has no such vectors.
    /// </summary>
    private static int TransposeStrip<T>(T* source, nint stride, int count, T* strip)
        where T : unmanaged
    {
        var (size, width) = (Vector256<T>.Count, RegisterTile.Columns<T>());
        if (!Avx.IsSupported || width % size != 0) return 0;
        var done = count / 4 * 4;
        for (var j = 0; j < width; j += size, source += size * stride, strip += size)
        {
            for (var k = 0; k < done; k += 4)
            {
                if (typeof(T) == typeof(float)) Transpose4By8((float*)source + k, stride, (float*)strip + (width * k), width);
                else Transpose4((double*)source + k, stride, (double*)strip + (width * k), width);
            }
        }
        return done;
    }

    /// <summary>Four elements of 8 columns: 8 loads, 8 shuffles, 4 stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4By8(float* source, nint stride, float* strip, nint width)
    {
        var x0 = Pair(source, 4 * stride);
        var x1 = Pair(source + stride, 4 * stride);
        var x2 = Pair(source + (2 * stride), 4 * stride);
        var x3 = Pair(source + (3 * stride), 4 * stride);
        Transpose8.Quarter(x0, x1, x2, x3, out var c0, out var c1, out var c2, out var c3);
        c0.Store(strip);
        c1.Store(strip + width);
        c2.Store(strip + (2 * width));
        c3.Store(strip + (3 * width));
    }

    /// <summary>Four elements of 4 columns: 8 loads, 4 shuffles, 4 stores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(double* source, nint stride, double* strip, nint width)
    {
        for (var k = 0; k < 4; k += 2, source += 2, strip += 2 * width)
        {
            var x0 = Pair(source, 2 * stride);
            var x1 = Pair(source + stride, 2 * stride);
            Avx.UnpackLow(x0, x1).Store(strip);
            Avx.UnpackHigh(x0, x1).Store(strip + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Pair<T>(T* low, nint high)
        where T : unmanaged
        => Vector256.Create(Vector128.Load(low), Vector128.Load(low + high));
}

/// <summary>
/// Copies one panel of rows of A, zeros where A ends: the elements of a column lie side by side, columns follow each
/// other.
/// </summary>
internal readonly unsafe struct PackPanels<T>(MatrixView<T> a, T* packed) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var target = packed + ((long)part * RegisterTile.Rows * a.Columns);
        var row = part * RegisterTile.Rows;
        var source = a.Data + ((long)row * a.RowStride);
        var rows = Math.Min(RegisterTile.Rows, a.Rows - row);
        if (rows < RegisterTile.Rows) new Span<T>(target, RegisterTile.Rows * a.Columns).Clear();
        else if (a.RowStride == 1)
        {
            CopyColumns(source, target);
            return;
        }
        if (a.ColumnStride == 1)
        {
            ProductPacking.Interleave(source, a.RowStride, rows, a.Columns, target, RegisterTile.Rows);
            return;
        }
        for (var r = 0; r < rows; r++, source += a.RowStride)
        {
            ProductPacking.CopyStrided(source, a.ColumnStride, target + r, RegisterTile.Rows, a.Columns);
        }
    }

    /// <summary>Neighbours of all rows at a time; a stride of whole rows would miss the cache for each element.</summary>
    private void CopyColumns(T* source, T* target)
    {
        for (var k = 0; k < a.Columns; k++, source += a.ColumnStride, target += RegisterTile.Rows)
        {
            Unsafe.CopyBlockUnaligned(target, source, (uint)(RegisterTile.Rows * sizeof(T)));
        }
    }
}
