using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PoseEngine.Cpu;

/// <summary>
/// S = S + w * A A^T, element by element w, in float64 for rows of float32 or float64, on and above the diagonal only.
/// Rows are widened once into panels of 12, in which the elements of a column lie side by side. A part is one panel of
/// columns of S with all panels of rows above it; it holds 128 columns of two panels (24 kB) in the first-level cache.
/// </summary>
internal static unsafe class SymmetricProduct
{
    /// <summary>Rows of a panel: three vectors of four.</summary>
    public const int PanelRows = 12;

    /// <summary>
    /// Rows of a register tile: 4 x 12 sums, a row of 12 and one broadcast fill 16 registers, and 7 loads feed 12 FMAs.
    /// </summary>
    public const int TileRows = 4;

    /// <summary>Columns of A that are multiplied before sums go to memory.</summary>
    public const int BlockDepth = 128;

    /// <summary>Adds the products of rows.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="a">A [rows,depth].</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="depth">Columns of A.</param>
    /// <param name="weights">w.</param>
    /// <param name="s">S [rows,rows].</param>
    public static void Add<T>(CpuContext context, T* a, int rows, int depth, PairWeights weights, double* s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!context.UseSimd)
        {
            context.Pool.Run(new ReferenceSymmetricProduct<T>(a, rows, depth, weights, s), rows);
            return;
        }
        var panels = (rows + PanelRows - 1) / PanelRows;
        var packed = context.Scratch<double>(ScratchArea.WideRows, (long)panels * PanelRows * depth);
        context.Pool.Run(new WidenPanels<T>(a, rows, depth, packed), panels);
        context.Pool.Run(new SymmetricProductWork(packed, rows, depth, weights, s), panels);
    }
}

/// <summary>
/// Factors w of the products of two rows, by the samples k = r mod N that they belong to; without a table all are 1.
/// </summary>
/// <param name="table">[N, N + <see cref="SymmetricProduct.PanelRows"/>], the columns repeated from the first on, or null.</param>
/// <param name="samples">N.</param>
internal readonly unsafe struct PairWeights(double* table, int samples)
{
    /// <summary>Elements of a table for N samples.</summary>
    public static long Count(int samples) => (long)samples * (samples + SymmetricProduct.PanelRows);

    /// <summary>The weights of row r with column c and those that follow, or null.</summary>
    public double* At(int r, int c)
        => table is null ? null : table + ((long)(r % samples) * (samples + SymmetricProduct.PanelRows)) + (c % samples);
}

/// <summary>Copies one panel of rows to float64, zeros where A ends.</summary>
internal readonly unsafe struct WidenPanels<T>(T* a, int rows, int depth, double* packed) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var first = part * SymmetricProduct.PanelRows;
        var used = Math.Min(SymmetricProduct.PanelRows, rows - first);
        var source = a + ((long)first * depth);
        var target = packed + ((long)first * depth);
        for (var k = 0; k < depth; k++, target += SymmetricProduct.PanelRows)
        {
            for (var i = 0; i < used; i++) target[i] = double.CreateTruncating(source[((long)i * depth) + k]);
            for (var i = used; i < SymmetricProduct.PanelRows; i++) target[i] = 0;
        }
    }
}

/// <summary>The scalar twin: one row of S, sums in order.</summary>
internal readonly unsafe struct ReferenceSymmetricProduct<T>(T* a, int rows, int depth, PairWeights weights, double* s) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var row = a + ((long)part * depth);
        for (var c = part; c < rows; c++)
        {
            var other = a + ((long)c * depth);
            var sum = 0.0;
            for (var k = 0; k < depth; k++) sum += double.CreateTruncating(row[k]) * double.CreateTruncating(other[k]);
            var weight = weights.At(part, c);
            s[((long)part * rows) + c] += weight is null ? sum : *weight * sum;
        }
    }
}

/// <summary>One panel of columns of S, down to the diagonal.</summary>
internal readonly unsafe struct SymmetricProductWork(double* packed, int rows, int depth, PairWeights weights, double* s) : IParts
{
    private const int Lanes = 4;

    [SkipLocalsInit]
    public void Run(int part)
    {
        var tile = stackalloc double[SymmetricProduct.TileRows * SymmetricProduct.PanelRows];
        var right = packed + ((long)part * SymmetricProduct.PanelRows * depth);
        for (var k = 0; k < depth; k += SymmetricProduct.BlockDepth)
        {
            var count = Math.Min(SymmetricProduct.BlockDepth, depth - k);
            var column = right + ((long)k * SymmetricProduct.PanelRows);
            for (var panel = 0; panel <= part; panel++)
            {
                var left = packed + ((((long)panel * depth) + k) * SymmetricProduct.PanelRows);
                for (var i = 0; i < SymmetricProduct.PanelRows; i += SymmetricProduct.TileRows)
                {
                    Tile(left + i, column, count, tile);
                    AddTile(tile, (panel * SymmetricProduct.PanelRows) + i, part * SymmetricProduct.PanelRows);
                }
            }
        }
    }

    /// <summary>
    /// The products of 4 rows with 12 over some columns of A in registers: for each column 3 loads, 4 broadcasts and 12
    /// multiply-adds. It must call nothing: no vector register outlives a call.
    /// </summary>
    private static void Tile(double* left, double* right, int count, double* tile)
    {
        Vector256<double> c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default;
        Vector256<double> c20 = default, c21 = default, c22 = default, c30 = default, c31 = default, c32 = default;
        for (; count > 0; count--)
        {
            var b0 = Vector256.Load(right);
            var b1 = Vector256.Load(right + Lanes);
            var b2 = Vector256.Load(right + (2 * Lanes));
            AddRow(left[0], b0, b1, b2, ref c00, ref c01, ref c02);
            AddRow(left[1], b0, b1, b2, ref c10, ref c11, ref c12);
            AddRow(left[2], b0, b1, b2, ref c20, ref c21, ref c22);
            AddRow(left[3], b0, b1, b2, ref c30, ref c31, ref c32);
            left += SymmetricProduct.PanelRows;
            right += SymmetricProduct.PanelRows;
        }
        Store(tile, c00, c01, c02);
        Store(tile + SymmetricProduct.PanelRows, c10, c11, c12);
        Store(tile + (2 * SymmetricProduct.PanelRows), c20, c21, c22);
        Store(tile + (3 * SymmetricProduct.PanelRows), c30, c31, c32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(
        double a, Vector256<double> b0, Vector256<double> b1, Vector256<double> b2, ref Vector256<double> c0,
        ref Vector256<double> c1, ref Vector256<double> c2)
    {
        var broadcast = Vector256.Create(a);
        c0 = Vector256.MultiplyAddEstimate(broadcast, b0, c0);
        c1 = Vector256.MultiplyAddEstimate(broadcast, b1, c1);
        c2 = Vector256.MultiplyAddEstimate(broadcast, b2, c2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(double* target, Vector256<double> c0, Vector256<double> c1, Vector256<double> c2)
    {
        c0.Store(target);
        c1.Store(target + Lanes);
        c2.Store(target + (2 * Lanes));
    }

    private void AddTile(double* tile, int row, int column)
    {
        var columns = Math.Min(SymmetricProduct.PanelRows, rows - column);
        for (var r = row; r < Math.Min(row + SymmetricProduct.TileRows, rows); r++, tile += SymmetricProduct.PanelRows)
        {
            var weight = weights.At(r, column);
            var target = s + ((long)r * rows) + column;
            if (columns < SymmetricProduct.PanelRows)
            {
                for (var c = 0; c < columns; c++) target[c] += weight is null ? tile[c] : weight[c] * tile[c];
                continue;
            }
            for (var c = 0; c < SymmetricProduct.PanelRows; c += Lanes)
            {
                var sum = Vector256.Load(tile + c);
                if (weight is not null) sum *= Vector256.Load(weight + c);
                (Vector256.Load(target + c) + sum).Store(target + c);
            }
        }
    }
}
