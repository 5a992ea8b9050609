using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The matrix product when the rows of A and the columns of B are contiguous (a dense layer's forward pass, x W^T):
/// every element of C is a dot product of two runs of memory. A register tile of 4 x 3 dot products needs 7 loads for 12
/// multiply-adds, and the weight need not be packed, which would be as much work as the product itself when the batch is
/// small. With many rows packing pays: rows a power of two apart fall on the same cache lines.
/// </summary>
internal static class RowProduct
{
    /// <summary>Rows of A in a register tile.</summary>
    public const int TileRows = 4;

    /// <summary>Columns of B in a register tile.</summary>
    public const int TileColumns = 3;

    /// <summary>Rows up to which packing costs more than it saves.</summary>
    private const int MostRows = 16;

    /// <summary>Whether the operands are few and lie as this product reads them.</summary>
    public static bool Fits<T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c)
        where T : unmanaged
        => a.Rows <= MostRows && a.ColumnStride == 1 && b.RowStride == 1 && c.ColumnStride == 1;

    public static void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // 24 columns of 1,024 float32 stay in the second-level cache while all rows of A pass by.
        var width = c.Columns >= 256 ? 8 * TileColumns : 2 * TileColumns;
        var parts = (c.Columns + width - 1) / width;
        if (Vector512.IsHardwareAccelerated) context.Pool.Run(new RowProductWork<T, Vector512<T>, WideLanes<T>>(a, b, c, width, add), parts);
        else context.Pool.Run(new RowProductWork<T, Vector<T>, MachineLanes<T>>(a, b, c, width, add), parts);
    }
}

/// <summary>One part: all rows of a few columns of C.</summary>
internal readonly unsafe struct RowProductWork<T, TVector, TLanes>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, int width, bool add)
    : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    public void Run(int part)
    {
        var end = Math.Min((part + 1) * width, c.Columns);
        for (var row = 0; row < c.Rows; row += RowProduct.TileRows)
        {
            for (var column = part * width; column < end; column += RowProduct.TileColumns) Tile(row, column, end);
        }
    }

    private T* Row(int row) => a.Data + ((long)Math.Min(row, a.Rows - 1) * a.RowStride);

    private T* Column(int column) => b.Data + ((long)Math.Min(column, b.Columns - 1) * b.ColumnStride);

    /// <summary>Twelve dot products; where C ends, the last row or column stands in and its result is dropped.</summary>
    [SkipLocalsInit]
    private void Tile(int row, int column, int columnEnd)
    {
        var sums = stackalloc T[RowProduct.TileRows * RowProduct.TileColumns];
        var tail = a.Columns / TLanes.Count * TLanes.Count;
        SumVectors(row, column, tail, sums);
        var rows = Math.Min(RowProduct.TileRows, c.Rows - row);
        var columns = Math.Min(RowProduct.TileColumns, columnEnd - column);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++) Store(row + i, column + j, tail, sums[(i * RowProduct.TileColumns) + j]);
        }
    }

    /// <summary>
    /// The parts of the dot products that fill vectors: 7 loads and 12 multiply-adds a step. It must call nothing in or
    /// after the loop: no vector register outlives a call, so the compiler would store every sum in the loop.
    /// </summary>
    private void SumVectors(int row, int column, nint end, T* sums)
    {
        T* a0 = Row(row), a1 = Row(row + 1), a2 = Row(row + 2), a3 = Row(row + 3);
        T* b0 = Column(column), b1 = Column(column + 1), b2 = Column(column + 2);
        TVector c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        for (nint k = 0; k < end; k += TLanes.Count)
        {
            var x0 = TLanes.Load(b0 + k);
            var x1 = TLanes.Load(b1 + k);
            var x2 = TLanes.Load(b2 + k);
            AddRow(a0 + k, x0, x1, x2, ref c00, ref c01, ref c02);
            AddRow(a1 + k, x0, x1, x2, ref c10, ref c11, ref c12);
            AddRow(a2 + k, x0, x1, x2, ref c20, ref c21, ref c22);
            AddRow(a3 + k, x0, x1, x2, ref c30, ref c31, ref c32);
        }
        (sums[0], sums[1], sums[2]) = (TLanes.Sum(c00), TLanes.Sum(c01), TLanes.Sum(c02));
        (sums[3], sums[4], sums[5]) = (TLanes.Sum(c10), TLanes.Sum(c11), TLanes.Sum(c12));
        (sums[6], sums[7], sums[8]) = (TLanes.Sum(c20), TLanes.Sum(c21), TLanes.Sum(c22));
        (sums[9], sums[10], sums[11]) = (TLanes.Sum(c30), TLanes.Sum(c31), TLanes.Sum(c32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(
        T* row, TVector x0, TVector x1, TVector x2, ref TVector c0, ref TVector c1, ref TVector c2)
    {
        var value = TLanes.Load(row);
        c0 = TLanes.MultiplyAdd(value, x0, c0);
        c1 = TLanes.MultiplyAdd(value, x1, c1);
        c2 = TLanes.MultiplyAdd(value, x2, c2);
    }

    /// <summary>Finishes one dot product with the elements that fill no vector.</summary>
    private void Store(int row, int column, int tail, T sum)
    {
        var left = Row(row);
        var right = Column(column);
        for (var k = tail; k < a.Columns; k++) sum += left[k] * right[k];
        var target = c.Data + ((long)row * c.RowStride) + column;
        *target = add ? *target + sum : sum;
    }
}
