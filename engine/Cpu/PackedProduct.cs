using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>
/// The blocked matrix product. A is rearranged once, by all threads, into panels of rows; each part then takes some
/// columns of B, rearranges strips of them on its stack, 16 or 32 kB in the first-level cache, and multiplies each with
/// all panels, see <see cref="RegisterTile"/>. Sums run over k in blocks of 256, in order.
/// </summary>
internal static class PackedProduct
{
    /// <summary>Rows of B that a part holds at a time.</summary>
    public const int BlockDepth = 256;

    /// <summary>Strips of a part at the least: memory comes in pairs of cache lines.</summary>
    private const int LeastStrips = 2;

    /// <summary>The bytes of A that stay in the second-level cache while a part's columns pass by.</summary>
    private const int BlockBytes = 256 * 1024;

    public static unsafe void Multiply<T>(CpuContext context, MatrixView<T> a, MatrixView<T> b, MatrixView<T> c, bool add)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var panels = (a.Rows + RegisterTile.Rows - 1) / RegisterTile.Rows;
        var packed = context.Scratch<T>(ScratchArea.PackedMatrix, (long)panels * RegisterTile.Rows * a.Columns);
        context.Pool.Run(new PackPanels<T>(a, packed), panels);
        var cut = ProductCut.Of<T>(c.Rows, c.Columns, a.Columns);
        context.Pool.Run(new PackedProductWork<T>(packed, a.Columns, b, c, cut, add), cut.Parts);
    }

    /// <summary>How C is cut into parts; it depends on the shape alone.</summary>
    /// <param name="Rows">Rows of C of one part, a multiple of <see cref="RegisterTile.Rows"/>.</param>
    /// <param name="Strips">Strips of <see cref="RegisterTile.Columns"/> of one part.</param>
    /// <param name="Across">Parts side by side.</param>
    /// <param name="Parts">All of them.</param>
    internal readonly record struct ProductCut(int Rows, int Strips, int Across, int Parts)
    {
        public static unsafe ProductCut Of<T>(int rows, int columns, int depth)
            where T : unmanaged
        {
            var most = BlockBytes / (BlockDepth * sizeof(T));
            var down = (rows + most - 1) / most;
            var blockRows = RoundUp((rows + down - 1) / down, RegisterTile.Rows);
            // Where the sums are short, more strips fit into the first-level cache and rows of C are written in longer runs.
            var strips = Math.Max(LeastStrips, BlockDepth / Math.Max(depth, 1));
            var across = (columns + (strips * RegisterTile.Columns<T>()) - 1) / (strips * RegisterTile.Columns<T>());
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
        var width = RegisterTile.Columns<T>();
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
        var width = RegisterTile.Columns<T>();
        for (; row < rowEnd; row += RegisterTile.Rows)
        {
            var left = packed + ((long)row * depth) + ((long)k * RegisterTile.Rows);
            for (var column = first; column < end; column += width)
            {
                var right = strips + ((column - first) * count);
                var (rows, columns) = (Math.Min(RegisterTile.Rows, rowEnd - row), Math.Min(width, end - column));
                if (rows == RegisterTile.Rows && columns == width && c.ColumnStride == 1)
                {
                    RegisterTile.Multiply(left, right, count, Element(row, column), c.RowStride, add || k > 0);
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
        var width = RegisterTile.Columns<T>();
        var tile = stackalloc T[RegisterTile.MostElements];
        RegisterTile.Multiply(left, right, count, tile, width, accumulate: false);
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
}
