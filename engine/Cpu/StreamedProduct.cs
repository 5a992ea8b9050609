using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The matrix product of few rows of A with a B whose rows are contiguous (a dense layer's L-op to its input, u W, at a
/// small batch): B is read once, straight from where it lies, since packing it would cost as much as the product. Eight
/// rows of B are in registers while all rows of A pass by; for 8 multiply-adds a row of C is loaded and stored once and 8
/// factors are broadcast, 9 loads in all.
/// </summary>
internal static unsafe class StreamedProduct
{
    /// <summary>Rows of A up to which B is streamed.</summary>
    public const int MostRows = 16;

    /// <summary>Rows of B in registers.</summary>
    public const int Depth = 8;

    /// <summary>Vectors of a row of C in one part: with 16 rows they stay in the first-level cache.</summary>
    public const int PartVectors = 16;

    public static bool Fits<T>(MatrixView<T> a, MatrixView<T> b, MatrixView<T> c)
        where T : unmanaged
        => a.Rows <= MostRows && b.ColumnStride == 1 && c.ColumnStride == 1;

    public static void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var steps = (a.Columns + Depth - 1) / Depth;
        var packed = context.Scratch<T>(ScratchArea.PackedMatrix, (long)steps * a.Rows * Depth);
        Pack(a, steps, packed);
        if (Vector512.IsHardwareAccelerated) Run<T, Vector512<T>, WideLanes<T>>(context, packed, b, c, steps, add);
        else Run<T, Vector<T>, MachineLanes<T>>(context, packed, b, c, steps, add);
    }

    private static void Run<T, TVector, TLanes>(CpuContext context, T* packed, MatrixView<T> b, MatrixView<T> c, int steps, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var width = PartVectors * TLanes.Count;
        context.Pool.Run(new StreamedProductWork<T, TVector, TLanes>(packed, b, c, steps, add), (c.Columns + width - 1) / width);
    }

    /// <summary>A as [step][row][8], zeros behind its last column.</summary>
    private static void Pack<T>(MatrixView<T> a, int steps, T* packed)
        where T : unmanaged
    {
        for (var step = 0; step < steps; step++)
        {
            for (var row = 0; row < a.Rows; row++)
            {
                for (var k = step * Depth; k < (step + 1) * Depth; k++)
                {
                    *packed++ = k < a.Columns ? a.Data[((long)row * a.RowStride) + ((long)k * a.ColumnStride)] : default;
                }
            }
        }
    }
}

/// <summary>One part: all rows of some columns of C, each element one sum in the order of B's rows.</summary>
internal readonly unsafe struct StreamedProductWork<T, TVector, TLanes>(T* packed, MatrixView<T> b, MatrixView<T> c, int steps, bool add) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    private static readonly int _width = StreamedProduct.PartVectors * TLanes.Count;

    [SkipLocalsInit]
    public void Run(int part)
    {
        var sums = stackalloc T[StreamedProduct.MostRows * _width];
        var first = part * _width;
        var columns = Math.Min(_width, c.Columns - first);
        new Span<T>(sums, c.Rows * _width).Clear();
        for (var step = 0; step < steps; step++)
        {
            var factors = packed + ((long)step * c.Rows * StreamedProduct.Depth);
            for (var j = 0; j < columns; j += TLanes.Count) AddRows(factors, step * StreamedProduct.Depth, first + j, sums + j);
        }
        for (var row = 0; row < c.Rows; row++) StoreRow(row, first, columns, sums + (row * _width));
    }

    /// <summary>Adds eight rows of B to a vector of columns of all rows of C. Behind B's last row it stands in, times zero.</summary>
    private void AddRows(T* factors, int k, int column, T* target)
    {
        TVector b0 = Row(k, column), b1 = Row(k + 1, column), b2 = Row(k + 2, column), b3 = Row(k + 3, column);
        TVector b4 = Row(k + 4, column), b5 = Row(k + 5, column), b6 = Row(k + 6, column), b7 = Row(k + 7, column);
        FetchRows(k + StreamedProduct.Depth, column);
        var width = _width;
        for (var end = factors + (c.Rows * StreamedProduct.Depth); factors < end; factors += StreamedProduct.Depth)
        {
            var sum = TLanes.Load(target);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[0]), b0, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[1]), b1, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[2]), b2, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[3]), b3, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[4]), b4, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[5]), b5, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[6]), b6, sum);
            sum = TLanes.MultiplyAdd(TLanes.Create(factors[7]), b7, sum);
            TLanes.Store(sum, target);
            target += width;
        }
    }

    /// <summary>
    /// Asks for the next eight rows: they stand a row's length apart, where the processor does not expect the next read.
    /// </summary>
    private void FetchRows(int k, int column)
    {
        if (!Sse.IsSupported || k + StreamedProduct.Depth > b.Rows) return;
        var row = b.Data + ((long)k * b.RowStride) + column;
        for (var i = 0; i < StreamedProduct.Depth; i++, row += b.RowStride) Sse.Prefetch0(row);
    }

    /// <summary>A vector of B; lanes beyond its columns hold numbers that nobody reads.</summary>
    private TVector Row(int k, int column) => TLanes.Load(b.Data + ((long)Math.Min(k, b.Rows - 1) * b.RowStride) + column);

    private void StoreRow(int row, int first, int columns, T* sums)
    {
        var target = c.Data + ((long)row * c.RowStride) + first;
        for (var j = 0; j < columns; j++) target[j] = add ? target[j] + sums[j] : sums[j];
    }
}
