using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;

namespace PoseEngine.Kkt;

/// <summary>
/// S = L L^T for a symmetric positive definite matrix in float64, a block of columns of L at a time: rows below the diagonal
/// block are cut into parts that may run side by side. Four rows at a time meet two finished rows, which are read once for
/// eight inner products in registers. The memory serves one factorization after the other.
/// </summary>
internal sealed unsafe class Cholesky
{
    /// <summary>Rows that meet others in registers.</summary>
    private const int TileRows = 4;

    /// <summary>Columns of a block: whole vectors.</summary>
    private const int Block = 32;

    /// <summary>Rows of a part.</summary>
    private const int PartRows = 16;

    /// <summary>L begins at a multiple of so many bytes, the longest vector.</summary>
    private const int Alignment = 64;

    private readonly int _n;
    private readonly int _stride;
    private readonly Action<int, Action<int>> _onHost;
    private readonly double[] _memory;

    /// <summary>L below and on the diagonal, rows <see cref="_stride"/> apart; above it anything.</summary>
    private readonly double* _l;

    /// <summary>The diagonal block of L transposed, without its diagonal, zeros below; and the reciprocals of the diagonal.</summary>
    private readonly double* _block, _reciprocals;

    /// <summary>Memory for factors of one size.</summary>
    /// <param name="n">Rows of S.</param>
    /// <param name="onHost">Runs parts side by side; one after the other where there is none.</param>
    public Cholesky(int n, Action<int, Action<int>>? onHost = null)
    {
        (_n, _stride, _onHost) = (n, Stride(n), onHost ?? OneByOne);
        _memory = GC.AllocateArray<double>((int)MemoryLength(n), pinned: true);
        _l = (double*)(((nint)Unsafe.AsPointer(ref _memory[0]) + Alignment - 1) / Alignment * Alignment);
        _block = _l + (_stride * _n);
        _reciprocals = _block + (Block * Block);
    }

    /// <summary>Numbers of the memory for n rows.</summary>
    public static long MemoryLength(int n) => ((long)Stride(n) * n) + (Block * Block) + Block + (Alignment / sizeof(double));

    /// <summary>The smallest pivot, relative to <see cref="LargestElement"/>.</summary>
    public double SmallestPivot { get; private set; }

    /// <summary>The largest element on S's diagonal.</summary>
    public double LargestElement { get; private set; }

    /// <summary>Factors S, or returns false where a pivot is not above a limit: S is singular, or nearly so.</summary>
    /// <param name="s">S, n x n, row-major; the lower triangle is read.</param>
    /// <param name="limit">The least pivot, relative to the largest element on the diagonal.</param>
    /// <param name="cancellation">Looked at between blocks.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public bool TryFactor(ReadOnlySpan<double> s, double limit, CancellationToken cancellation = default)
    {
        (SmallestPivot, LargestElement) = (1, 0);
        for (var i = 0; i < _n; i++) LargestElement = Math.Max(LargestElement, s[(i * _n) + i]);
        if (!(LargestElement > 0)) return false;
        fixed (double* source = s)
        {
            for (var first = 0; first < _n; first += Block)
            {
                cancellation.ThrowIfCancellationRequested();
                var columns = new BlockColumns((nint)source, first, Math.Min(first + Block, _n));
                if (!TryFactorDiagonal(columns, limit * LargestElement)) return false;
                var parts = (_n - columns.End + PartRows - 1) / PartRows;
                if (parts > 0) _onHost(parts, part => RowsBelow(columns, columns.End + (part * PartRows)));
            }
        }
        return true;
    }

    /// <summary>x = S^-1 b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < _n; i++) x[i] = (x[i] - HostVectors.Dot(Row(i, i), x.AsSpan(0, i))) / Row(i)[i];
        for (var i = _n - 1; i >= 0; i--)
        {
            x[i] /= Row(i)[i];
            HostVectors.AddScaled(x.AsSpan(0, i), -x[i], Row(i, i));
        }
        return x;
    }

    private static int Stride(int n) => (n + Block - 1) / Block * Block;

    private static void OneByOne(int parts, Action<int> run)
    {
        for (var part = 0; part < parts; part++) run(part);
    }

    private double* Row(int i) => _l + ((nint)i * _stride);

    private Span<double> Row(int i, int length) => new(Row(i), length);

    private bool TryFactorDiagonal(BlockColumns columns, double least)
    {
        var first = columns.First;
        AddRows(columns, first, columns.End);
        new Span<double>(_block, Block * Block).Clear();
        for (var i = first; i < columns.End; i++)
        {
            SolveRows(i, 1, first, i);
            var row = new ReadOnlySpan<double>(Row(i) + first, i - first);
            var pivot = Row(i)[i] - HostVectors.Dot(row, row);
            if (!(pivot > least)) return false;
            Row(i)[i] = Math.Sqrt(pivot);
            _reciprocals[i - first] = 1 / Row(i)[i];
            SmallestPivot = Math.Min(SmallestPivot, pivot / LargestElement);
            for (var j = 0; j < row.Length; j++) _block[(j * Block) + i - first] = row[j];
        }
        return true;
    }

    private void RowsBelow(BlockColumns columns, int from)
    {
        var to = Math.Min(from + PartRows, _n);
        AddRows(columns, from, to);
        for (var i = from; i < to; i += TileRows) SolveRows(i, Math.Min(TileRows, to - i), columns.First, columns.End);
    }

    /// <summary>S less what the columns before a block explain of its columns.</summary>
    private void AddRows(BlockColumns columns, int from, int to)
    {
        if (Vector512.IsHardwareAccelerated) AddRows<Vector512<double>, WideLanes<double>>(columns, from, to);
        else AddRows<Vector<double>, MachineLanes<double>>(columns, from, to);
    }

    private void AddRows<TVector, TLanes>(BlockColumns columns, int from, int to)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, double>
    {
        var dots = stackalloc double[2 * TileRows];
        for (var i = from; i < to; i += TileRows)
        {
            var rows = Math.Min(TileRows, to - i);
            var end = Math.Min(columns.End, i + rows);
            for (var r = i; r < i + rows; r++) new ReadOnlySpan<double>(columns.Source + ((nint)r * _n) + columns.First, end - columns.First).CopyTo(new(Row(r) + columns.First, end - columns.First));
            for (var j = columns.First; j < end; j += 2)
            {
                Dots<TVector, TLanes>(i, rows, j, Math.Min(j + 1, end - 1), columns.First, dots);
                for (var r = 0; r < rows; r++)
                {
                    Row(i + r)[j] -= dots[2 * r];
                    if (j + 1 < end) Row(i + r)[j + 1] -= dots[(2 * r) + 1];
                }
            }
        }
    }

    /// <summary>
    /// Elements <paramref name="first"/> to <paramref name="end"/> - 1 of up to four rows, by substitution: each that is known is taken
    /// from all that follow. A chain of so many steps waits for itself; four rows fill the time.
    /// </summary>
    private void SolveRows(int i, int rows, int first, int end)
    {
        if (Vector512.IsHardwareAccelerated) SolveRows<Vector512<double>, WideLanes<double>>(i, rows, first, end);
        else SolveRows<Vector<double>, MachineLanes<double>>(i, rows, first, end);
    }

    private void SolveRows<TVector, TLanes>(int i, int rows, int first, int end)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, double>
    {
        double* row = Row(i) + first, column = _block;
        for (var j = 0; j < end - first; j++, column += Block)
        {
            for (var r = 0; r < rows; r++)
            {
                var target = row + ((nint)r * _stride);
                var x = target[j] *= _reciprocals[j];
                var factor = TLanes.Create(-x);
                // The columns up to j are zeros of the block.
                for (var k = j / TLanes.Count * TLanes.Count; k < Block; k += TLanes.Count)
                {
                    TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.Load(column + k), TLanes.Load(target + k)), target + k);
                }
            }
        }
    }

    /// <summary>
    /// Inner products of the first <paramref name="length"/> elements of up to four rows from i on with those of rows j0 and j1;
    /// rows that are missing repeat the last. Blocks are whole vectors, so nothing is left over.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Dots<TVector, TLanes>(int i, int rows, int j0, int j1, int length, double* dots)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, double>
    {
        double* a0 = Row(i), a1 = Row(i + Math.Min(1, rows - 1)), a2 = Row(i + Math.Min(2, rows - 1)), a3 = Row(i + rows - 1);
        double* b0 = Row(j0), b1 = Row(j1);
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        for (nint k = 0; k < length; k += TLanes.Count)
        {
            var (x, y) = (TLanes.Load(b0 + k), TLanes.Load(b1 + k));
            Add<TVector, TLanes>(a0 + k, x, y, ref c00, ref c01);
            Add<TVector, TLanes>(a1 + k, x, y, ref c10, ref c11);
            Add<TVector, TLanes>(a2 + k, x, y, ref c20, ref c21);
            Add<TVector, TLanes>(a3 + k, x, y, ref c30, ref c31);
        }
        (dots[0], dots[1], dots[2], dots[3]) = (TLanes.Sum(c00), TLanes.Sum(c01), TLanes.Sum(c10), TLanes.Sum(c11));
        (dots[4], dots[5], dots[6], dots[7]) = (TLanes.Sum(c20), TLanes.Sum(c21), TLanes.Sum(c30), TLanes.Sum(c31));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TVector, TLanes>(double* a, TVector x, TVector y, ref TVector c0, ref TVector c1)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, double>
    {
        var row = TLanes.Load(a);
        c0 = TLanes.MultiplyAdd(row, x, c0);
        c1 = TLanes.MultiplyAdd(row, y, c1);
    }

    /// <summary>The columns of a block, and S.</summary>
    private readonly record struct BlockColumns(nint SourceAddress, int First, int End)
    {
        public double* Source => (double*)SourceAddress;
    }
}
