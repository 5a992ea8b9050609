using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>
/// The blocked matrix product. A is rearranged once, by all threads, into panels of 6 rows; each part then takes some
/// columns of B, rearranges strips of 16 kB of them on its stack (half of the first-level cache) and multiplies each with
/// all panels in 6 x 2 vector registers. Sums run over k in blocks of 256, in order.
/// </summary>
internal static class PackedProduct
{
    /// <summary>Rows of a register tile: 12 accumulators, two vectors of B and one of A fill 15 of 16 registers.</summary>
    public const int TileRows = 6;

    /// <summary>Rows of B that a part holds at a time.</summary>
    public const int BlockDepth = 256;

    /// <summary>Strips of a part at the least: memory comes in pairs of cache lines.</summary>
    private const int LeastStrips = 2;

    /// <summary>The bytes of A that stay in the second-level cache while a part's columns pass by.</summary>
    private const int BlockBytes = 256 * 1024;

    /// <summary>Columns of a register tile.</summary>
    public static int TileColumns<T>()
        where T : unmanaged
        => 2 * Vector<T>.Count;

    public static unsafe void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var panels = (a.Rows + TileRows - 1) / TileRows;
        var packed = context.Scratch<T>(ScratchArea.PackedMatrix, (long)panels * TileRows * a.Columns);
        context.Pool.Run(new PackPanels<T>(a, packed), panels);
        var cut = ProductCut.Of<T>(c.Rows, c.Columns, a.Columns);
        context.Pool.Run(new PackedProductWork<T>(packed, a.Columns, b, c, cut, add), cut.Parts);
    }

    /// <summary>How C is cut into parts; it depends on the shape alone.</summary>
    /// <param name="Rows">Rows of C of one part, a multiple of <see cref="TileRows"/>.</param>
    /// <param name="Strips">Strips of <see cref="TileColumns"/> of one part.</param>
    /// <param name="Across">Parts side by side.</param>
    /// <param name="Parts">All of them.</param>
    internal readonly record struct ProductCut(int Rows, int Strips, int Across, int Parts)
    {
        public static unsafe ProductCut Of<T>(int rows, int columns, int depth)
            where T : unmanaged
        {
            var most = BlockBytes / (BlockDepth * sizeof(T));
            var down = (rows + most - 1) / most;
            var blockRows = RoundUp((rows + down - 1) / down, TileRows);
            // Where the sums are short, more strips fit into the first-level cache and rows of C are written in longer runs.
            var strips = Math.Max(LeastStrips, BlockDepth / Math.Max(depth, 1));
            var across = (columns + (strips * TileColumns<T>()) - 1) / (strips * TileColumns<T>());
            return new ProductCut(blockRows, strips, across, across * ((rows + blockRows - 1) / blockRows));
        }

        private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
    }
}

/// <summary>One part of C: a block of rows of some strips of columns.</summary>
internal readonly unsafe struct PackedProductWork<T>(
    T* packed, int depth, MatrixView<T> b, MatrixView<T> c, PackedProduct.ProductCut cut, bool add) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [SkipLocalsInit]
    public void Run(int part)
    {
        var (down, across) = Math.DivRem(part, cut.Across);
        var width = PackedProduct.TileColumns<T>();
        var first = across * cut.Strips * width;
        var end = Math.Min(first + (cut.Strips * width), c.Columns);
        var (row, rowEnd) = (down * cut.Rows, Math.Min((down + 1) * cut.Rows, c.Rows));
        // Strips lie behind each other.
        var strips = stackalloc T[cut.Strips * Math.Min(PackedProduct.BlockDepth, depth) * width];
        if (depth == 0 && !add) Clear(row, rowEnd, first, end);
        for (var k = 0; k < depth; k += PackedProduct.BlockDepth)
        {
            var count = Math.Min(PackedProduct.BlockDepth, depth - k);
            for (var column = first; column < end; column += width)
            {
                ProductPacking.PackStrip(b, k, count, column, Math.Min(width, end - column), strips + ((column - first) * count));
            }
            // A long strip fills the first-level cache, so strip after strip; short ones fit in together.
            var together = cut.Strips * count <= PackedProduct.BlockDepth ? end - first : width;
            for (var column = first; column < end; column += together)
            {
                MultiplyBlock(row, rowEnd, column, Math.Min(end, column + together), k, count, strips + ((column - first) * count));
            }
        }
    }

    private void MultiplyBlock(int row, int rowEnd, int first, int end, int k, int count, T* strips)
    {
        var width = PackedProduct.TileColumns<T>();
        for (; row < rowEnd; row += PackedProduct.TileRows)
        {
            var left = packed + ((long)row * depth) + ((long)k * PackedProduct.TileRows);
            for (var column = first; column < end; column += width)
            {
                var right = strips + ((column - first) * count);
                var (rows, columns) = (Math.Min(PackedProduct.TileRows, rowEnd - row), Math.Min(width, end - column));
                if (rows == PackedProduct.TileRows && columns == width && c.ColumnStride == 1)
                {
                    Tile(left, right, count, Element(row, column), c.RowStride, add || k > 0);
                }
                else
                {
                    EdgeTile(left, right, count, row, rows, column, columns, add || k > 0);
                }
            }
        }
    }

    private void Clear(int row, int rowEnd, int column, int columnEnd)
    {
        for (; row < rowEnd; row++)
        {
            for (var j = column; j < columnEnd; j++) *Element(row, j) = T.Zero;
        }
    }

    private T* Element(int row, int column) => c.Data + ((long)row * c.RowStride) + ((long)column * c.ColumnStride);

    /// <summary>A tile of which C has a part only, or whose rows do not lie in runs: by way of the stack.</summary>
    [SkipLocalsInit]
    private void EdgeTile(T* left, T* right, int count, int row, int rows, int column, int columns, bool accumulate)
    {
        var width = PackedProduct.TileColumns<T>();
        var tile = stackalloc T[PackedProduct.TileRows * width];
        Tile(left, right, count, tile, width, accumulate: false);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                var target = Element(row + i, column + j);
                var value = tile[(i * width) + j];
                *target = accumulate ? *target + value : value;
            }
        }
    }

    /// <summary>
    /// The product of a panel of A and a strip of B in registers: for each k 2 loads, 6 broadcasts and 12 multiply-adds.
    /// It must call nothing: no vector register outlives a call, so the compiler would store every sum in the loop.
    /// </summary>
    private static void Tile(T* left, T* right, int count, T* target, nint stride, bool accumulate)
    {
        nint size = Vector<T>.Count;
        // The sums are written long after this; without the hint their stores would wait for memory.
        for (nint i = 0; Sse.IsSupported && i < PackedProduct.TileRows; i++) Sse.Prefetch0(target + (i * stride));
        Vector<T> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector<T> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        for (; count > 0; count--)
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
        StoreRow(target, c00, c01, accumulate);
        StoreRow(target + stride, c10, c11, accumulate);
        StoreRow(target + (2 * stride), c20, c21, accumulate);
        StoreRow(target + (3 * stride), c30, c31, accumulate);
        StoreRow(target + (4 * stride), c40, c41, accumulate);
        StoreRow(target + (5 * stride), c50, c51, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(T a, Vector<T> b0, Vector<T> b1, ref Vector<T> c0, ref Vector<T> c1)
    {
        var broadcast = new Vector<T>(a);
        c0 = Simd.MultiplyAdd(broadcast, b0, c0);
        c1 = Simd.MultiplyAdd(broadcast, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(T* target, Vector<T> c0, Vector<T> c1, bool accumulate)
    {
        var next = target + Vector<T>.Count;
        if (accumulate)
        {
            c0 += Vector.Load(target);
            c1 += Vector.Load(next);
        }
        c0.Store(target);
        c1.Store(next);
    }
}
