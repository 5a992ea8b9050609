using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// S = S + w * A A^T, element by element w, on and above the diagonal only. Products of up to <see cref="BlockDepth"/> columns
/// of A are summed in TFactor in registers (<see cref="RegisterTile"/>) and these sums in float64: exact but for the rounding of
/// float64 where TFactor is double, at the rate of a matrix product where it is float. Rows are rearranged twice, once for all as panels
/// of the left factor, and by each part as a strip of the right one. A part is one strip of columns of S with all panels above its
/// diagonal.
/// </summary>
internal static unsafe class SymmetricProduct
{
    /// <summary>Columns of A that are multiplied before sums go to S: a strip of so many stays in the first-level cache.</summary>
    public const int BlockDepth = 256;

    /// <summary>Adds the products of rows.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="a">A [rows,depth].</param>
    /// <param name="rows">Rows of A.</param>
    /// <param name="depth">Columns of A.</param>
    /// <param name="weights">w.</param>
    /// <param name="s">S [rows,rows].</param>
    public static void Add<T, TFactor>(CpuContext context, T* a, int rows, int depth, PairWeights weights, double* s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFactor : unmanaged, IBinaryFloatingPointIeee754<TFactor>
    {
        if (!context.UseSimd)
        {
            context.Pool.Run(new ReferenceSymmetricProduct<T>(a, rows, depth, weights, s), rows);
            return;
        }
        var (panels, strips) = (Count(rows, RegisterTile.Rows), Count(rows, RegisterTile.Columns<TFactor>()));
        var left = context.Scratch<TFactor>(ScratchArea.LeftRows, (long)panels * RegisterTile.Rows * depth);
        context.Pool.Run(new ConvertRows<T, TFactor>(a, rows, depth, left), panels);
        context.Pool.Run(new SymmetricProductWork<T, TFactor>(a, left, rows, depth, weights, s), strips);
    }

    /// <summary>Converts some columns of a group of rows so that the elements of a column lie side by side; zeros where A ends.</summary>
    /// <param name="source">The first element.</param>
    /// <param name="stride">Distance of the rows.</param>
    /// <param name="used">Rows that there are.</param>
    /// <param name="count">Columns.</param>
    /// <param name="target">[columns,group].</param>
    /// <param name="group">Rows of the group.</param>
    public static void Convert<T, TFactor>(T* source, nint stride, int used, int count, TFactor* target, int group)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFactor : unmanaged, IBinaryFloatingPointIeee754<TFactor>
    {
        if (used < group) new Span<TFactor>(target, group * count).Clear();
        if (typeof(T) == typeof(TFactor))
        {
            ProductPacking.Interleave((TFactor*)source, stride, used, count, target, group);
            return;
        }
        for (var i = 0; i < used; i++, source += stride)
        {
            for (var k = 0; k < count; k++) target[((long)k * group) + i] = TFactor.CreateTruncating(source[k]);
        }
    }

    private static int Count(int rows, int unit) => (rows + unit - 1) / unit;
}

/// <summary>
/// Factors w of the products of two rows, by the samples k = r mod N that they belong to; without a table all are 1.
/// </summary>
/// <param name="table">[N + <see cref="MostRows"/>, N + <see cref="MostColumns"/>], rows and columns repeated from the first on, or null.</param>
/// <param name="samples">N.</param>
internal readonly unsafe struct PairWeights(double* table, int samples)
{
    /// <summary>Neighbouring rows and columns that a table is read for at once: those of a register tile.</summary>
    public const int MostRows = 12, MostColumns = 32;

    /// <summary>Distance of the rows; 0 without a table.</summary>
    public int Stride => table is null ? 0 : samples + MostColumns;

    /// <summary>Elements of a table for N samples.</summary>
    public static long Count(int samples) => (long)(samples + MostRows) * (samples + MostColumns);

    /// <summary>The weights of row r with column c and those that follow, or null.</summary>
    public double* At(int r, int c) => table is null ? null : table + ((long)(r % samples) * Stride) + (c % samples);
}

/// <summary>One panel of the left factor.</summary>
internal readonly unsafe struct ConvertRows<T, TFactor>(T* a, int rows, int depth, TFactor* packed) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFactor : unmanaged, IBinaryFloatingPointIeee754<TFactor>
{
    public void Run(int part)
    {
        var first = (long)part * RegisterTile.Rows;
        SymmetricProduct.Convert(a + (first * depth), depth, (int)Math.Min(RegisterTile.Rows, rows - first), depth, packed + (first * depth), RegisterTile.Rows);
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

/// <summary>One strip of columns of S, down to the diagonal.</summary>
internal readonly unsafe struct SymmetricProductWork<T, TFactor>(T* a, TFactor* left, int rows, int depth, PairWeights weights, double* s) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TFactor : unmanaged, IBinaryFloatingPointIeee754<TFactor>
{
    [SkipLocalsInit]
    public void Run(int part)
    {
        var width = RegisterTile.Columns<TFactor>();
        var tile = stackalloc TFactor[RegisterTile.MostElements];
        var strip = stackalloc TFactor[SymmetricProduct.BlockDepth * width];
        var column = part * width;
        var columns = Math.Min(width, rows - column);
        for (var k = 0; k < depth; k += SymmetricProduct.BlockDepth)
        {
            var count = Math.Min(SymmetricProduct.BlockDepth, depth - k);
            SymmetricProduct.Convert(a + ((long)column * depth) + k, depth, columns, count, strip, width);
            for (var row = 0; row < column + columns; row += RegisterTile.Rows)
            {
                Fetch(row, column, columns);
                RegisterTile.Multiply(left + ((long)row * depth) + ((long)k * RegisterTile.Rows), strip, count, tile, width, accumulate: false);
                AddTile(tile, row, column, columns);
            }
        }
    }

    /// <summary>Sums meet these elements of S long after this: their lines are on the way meanwhile.</summary>
    private void Fetch(int row, int column, int columns)
    {
        for (var r = row; Sse.IsSupported && r < Math.Min(row + RegisterTile.Rows, rows); r++)
        {
            var target = s + ((long)r * rows) + column;
            for (var c = 0; c < columns; c += HostHeap.Alignment / sizeof(double)) Sse.Prefetch0(target + c);
        }
    }

    private void AddTile(TFactor* tile, int row, int column, int columns)
    {
        var weight = weights.At(row, column);
        for (var r = row; r < Math.Min(row + RegisterTile.Rows, rows); r++, tile += RegisterTile.Columns<TFactor>(), weight += weights.Stride)
        {
            var target = s + ((long)r * rows) + column;
            var c = 0;
            if (typeof(TFactor) == typeof(float) && Avx512F.IsSupported) c = AddWide((float*)tile, weight, target, columns);
            else for (; c <= columns - Vector<TFactor>.Count; c += Vector<TFactor>.Count) AddVectors(tile + c, weight is null ? null : weight + c, target + c);
            for (; c < columns; c++) target[c] += double.CreateTruncating(tile[c]) * (weight is null ? 1 : weight[c]);
        }
    }

    /// <summary>Eight elements at a time; returns those done.</summary>
    private static int AddWide(float* tile, double* weight, double* target, int columns)
    {
        var c = 0;
        for (; c <= columns - Vector512<double>.Count; c += Vector512<double>.Count)
        {
            var sum = Avx512F.ConvertToVector512Double(Vector256.Load(tile + c));
            if (weight is not null) sum *= Vector512.Load(weight + c);
            (Vector512.Load(target + c) + sum).Store(target + c);
        }
        return c;
    }

    private static void AddVectors(TFactor* tile, double* weight, double* target)
    {
        Simd.Widen(Vector.Load(tile), out var lower, out var upper);
        AddVector(lower, weight, target);
        if (typeof(TFactor) == typeof(float)) AddVector(upper, weight is null ? null : weight + Vector<double>.Count, target + Vector<double>.Count);
    }

    private static void AddVector(Vector<double> sum, double* weight, double* target)
    {
        if (weight is not null) sum *= Vector.Load(weight);
        (Vector.Load(target) + sum).Store(target);
    }
}
