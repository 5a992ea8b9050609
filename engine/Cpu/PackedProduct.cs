using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>
/// The blocked matrix product. A is rearranged once into panels of 6 rows; each part then takes a strip of two vectors
/// of columns of B, rearranges 256 rows of it at a time into 16 kB on its stack (half of the first-level cache) and
/// multiplies it with all panels in 6 x 2 vector registers. Sums run over k in blocks of 256, in order.
/// </summary>
internal static class PackedProduct
{
    /// <summary>Rows of a register tile: 12 accumulators, two vectors of B and one of A fill 15 of 16 registers.</summary>
    public const int TileRows = 6;

    /// <summary>Rows of B that a part holds at a time.</summary>
    public const int BlockDepth = 256;

    /// <summary>Rows of C of one part, a multiple of <see cref="TileRows"/>.</summary>
    public const int PartRows = 240;

    /// <summary>Columns of a register tile.</summary>
    public static int TileColumns<T>()
        where T : unmanaged
        => 2 * Vector<T>.Count;

    public static unsafe void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var panels = (a.Rows + TileRows - 1) / TileRows;
        var packed = context.Scratch<T>(ScratchArea.PackedMatrix, (long)panels * TileRows * a.Columns);
        context.Pool.Run(new PackRows<T>(a, packed), panels);
        var strips = (c.Columns + TileColumns<T>() - 1) / TileColumns<T>();
        var blocks = (c.Rows + PartRows - 1) / PartRows;
        context.Pool.Run(new PackedProductWork<T>(packed, a.Columns, b, c, strips, add), strips * blocks);
    }

    /// <summary>Copies elements that lie one stride apart to places another stride apart.</summary>
    public static unsafe void CopyStrided<T>(T* source, nint sourceStride, T* target, nint targetStride, int count)
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
}

/// <summary>
/// Copies one panel of rows of A, zeros where A ends: the elements of a column lie side by side, columns follow each
/// other.
/// </summary>
internal readonly unsafe struct PackRows<T>(MatrixView<T> a, T* packed) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var target = packed + ((long)part * PackedProduct.TileRows * a.Columns);
        for (var r = 0; r < PackedProduct.TileRows; r++)
        {
            var row = (part * PackedProduct.TileRows) + r;
            if (row >= a.Rows) ClearRow(target + r);
            else PackedProduct.CopyStrided(a.Data + ((long)row * a.RowStride), a.ColumnStride, target + r, PackedProduct.TileRows, a.Columns);
        }
    }

    private void ClearRow(T* target)
    {
        for (var k = 0; k < a.Columns; k++, target += PackedProduct.TileRows) *target = T.Zero;
    }
}

/// <summary>One part of C: up to <see cref="PackedProduct.PartRows"/> rows of one strip of columns.</summary>
internal readonly unsafe struct PackedProductWork<T>(
    T* packed, int depth, MatrixView<T> b, MatrixView<T> c, int strips, bool add) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [SkipLocalsInit]
    public void Run(int part)
    {
        var (block, strip) = Math.DivRem(part, strips);
        var width = PackedProduct.TileColumns<T>();
        var columns = Math.Min(width, c.Columns - (strip * width));
        var rowEnd = Math.Min((block + 1) * PackedProduct.PartRows, c.Rows);
        var panel = stackalloc T[PackedProduct.BlockDepth * width];
        if (depth == 0 && !add) Clear(block * PackedProduct.PartRows, rowEnd, strip * width, columns);
        for (var k = 0; k < depth; k += PackedProduct.BlockDepth)
        {
            var count = Math.Min(PackedProduct.BlockDepth, depth - k);
            PackColumns(k, count, strip * width, columns, panel);
            for (var row = block * PackedProduct.PartRows; row < rowEnd; row += PackedProduct.TileRows)
            {
                var left = packed + ((long)row * depth) + ((long)k * PackedProduct.TileRows);
                var rows = Math.Min(PackedProduct.TileRows, rowEnd - row);
                Tile(left, panel, count, new Corner(row, strip * width, rows, columns), add || k > 0);
            }
        }
    }

    private void Clear(int row, int rowEnd, int column, int columns)
    {
        for (; row < rowEnd; row++)
        {
            for (var j = column; j < column + columns; j++) *Element(row, j) = T.Zero;
        }
    }

    private T* Element(int row, int column) => c.Data + ((long)row * c.RowStride) + ((long)column * c.ColumnStride);

    private void PackColumns(int k, int count, int column, int columns, T* panel)
    {
        var width = PackedProduct.TileColumns<T>();
        var source = b.Data + ((long)k * b.RowStride) + ((long)column * b.ColumnStride);
        if (columns == width && b.ColumnStride == 1)
        {
            for (var i = 0; i < count; i++, source += b.RowStride, panel += width)
            {
                Vector.Load(source).Store(panel);
                Vector.Load(source + Vector<T>.Count).Store(panel + Vector<T>.Count);
            }
            return;
        }
        if (columns < width) new Span<T>(panel, count * width).Clear();
        for (var j = 0; j < columns; j++, source += b.ColumnStride) PackedProduct.CopyStrided(source, b.RowStride, panel + j, width, count);
    }

    /// <summary>The product of a panel of A and a panel of B in registers.</summary>
    private void Tile(T* left, T* right, int count, Corner corner, bool accumulate)
    {
        var size = Vector<T>.Count;
        Vector<T> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector<T> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (var k = 0; k < count; k++)
        {
            var b0 = Vector.Load(right);
            var b1 = Vector.Load(right + size);
            AddRow(left[0], b0, b1, ref c00, ref c01);
            AddRow(left[1], b0, b1, ref c10, ref c11);
            AddRow(left[2], b0, b1, ref c20, ref c21);
            AddRow(left[3], b0, b1, ref c30, ref c31);
            AddRow(left[4], b0, b1, ref c40, ref c41);
            AddRow(left[5], b0, b1, ref c50, ref c51);
            left += PackedProduct.TileRows;
            right += 2 * size;
        }
        StoreRow(corner, 0, c00, c01, accumulate);
        StoreRow(corner, 1, c10, c11, accumulate);
        StoreRow(corner, 2, c20, c21, accumulate);
        StoreRow(corner, 3, c30, c31, accumulate);
        StoreRow(corner, 4, c40, c41, accumulate);
        StoreRow(corner, 5, c50, c51, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(T a, Vector<T> b0, Vector<T> b1, ref Vector<T> c0, ref Vector<T> c1)
    {
        var broadcast = new Vector<T>(a);
        c0 = Simd.MultiplyAdd(broadcast, b0, c0);
        c1 = Simd.MultiplyAdd(broadcast, b1, c1);
    }

    private void StoreRow(Corner corner, int row, Vector<T> c0, Vector<T> c1, bool accumulate)
    {
        if (row >= corner.Rows) return;
        var target = Element(corner.Row + row, corner.Column);
        var size = Vector<T>.Count;
        if (corner.Columns == 2 * size && c.ColumnStride == 1)
        {
            (accumulate ? Vector.Load(target) + c0 : c0).Store(target);
            (accumulate ? Vector.Load(target + size) + c1 : c1).Store(target + size);
            return;
        }
        for (var j = 0; j < corner.Columns; j++, target += c.ColumnStride)
        {
            var value = j < size ? c0[j] : c1[j - size];
            *target = accumulate ? *target + value : value;
        }
    }

    /// <summary>Where a tile lies in C and how much of it C has.</summary>
    private readonly record struct Corner(int Row, int Column, int Rows, int Columns);
}
