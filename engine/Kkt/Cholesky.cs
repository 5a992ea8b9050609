using System.Numerics;
using System.Runtime.InteropServices;

namespace PoseEngine.Kkt;

/// <summary>
/// S = L L^T for a symmetric positive definite matrix in float64, a block of columns of L at a time: rows below the diagonal
/// block are cut into parts that may run side by side. Four rows at a time meet two finished rows, which are read once for
/// eight inner products in registers. The memory serves one factorization after the other.
/// </summary>
/// <param name="n">Rows of S.</param>
/// <param name="onHost">Runs parts side by side; one after the other where there is none.</param>
internal sealed class Cholesky(int n, Action<int, Action<int>>? onHost = null)
{
    /// <summary>Rows that meet two others in registers.</summary>
    private const int TileRows = 4;

    /// <summary>Columns of a block, and rows of a part.</summary>
    private const int Block = 32;

    /// <summary>L below and on the diagonal; above it anything.</summary>
    private readonly double[] _l = new double[n * n];

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
        for (var i = 0; i < n; i++) LargestElement = Math.Max(LargestElement, s[(i * n) + i]);
        if (!(LargestElement > 0)) return false;
        for (var i = 0; i < n; i++) s.Slice(i * n, i + 1).CopyTo(Row(i, i + 1));
        for (var first = 0; first < n; first += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            var end = Math.Min(first + Block, n);
            AddRows(first, end, first, end);
            if (!TryFactorDiagonal(first, end, limit * LargestElement)) return false;
            RowsBelow(first, end);
        }
        return true;
    }

    /// <summary>x = S^-1 b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < n; i++) x[i] = (x[i] - HostVectors.Dot(Row(i, i), x.AsSpan(0, i))) / _l[(i * n) + i];
        for (var i = n - 1; i >= 0; i--)
        {
            x[i] /= _l[(i * n) + i];
            HostVectors.AddScaled(x.AsSpan(0, i), -x[i], Row(i, i));
        }
        return x;
    }

    private Span<double> Row(int i, int length) => _l.AsSpan(i * n, length);

    private bool TryFactorDiagonal(int first, int end, double least)
    {
        for (var i = first; i < end; i++)
        {
            SolveRow(i, first, i);
            var row = _l.AsSpan((i * n) + first, i - first);
            var pivot = _l[(i * n) + i] - HostVectors.Dot(row, row);
            if (!(pivot > least)) return false;
            _l[(i * n) + i] = Math.Sqrt(pivot);
            SmallestPivot = Math.Min(SmallestPivot, pivot / LargestElement);
        }
        return true;
    }

    private void RowsBelow(int first, int end)
    {
        var parts = (n - end + Block - 1) / Block;
        if (onHost is null || parts < 2)
        {
            for (var part = 0; part < parts; part++) RowsOf(part);
        }
        else
        {
            onHost(parts, RowsOf);
        }

        void RowsOf(int part)
        {
            var (from, to) = (end + (part * Block), Math.Min(end + ((part + 1) * Block), n));
            AddRows(from, to, first, end);
            for (var i = from; i < to; i++) SolveRow(i, first, end);
        }
    }

    /// <summary>Takes what the columns before <paramref name="first"/> explain from the columns of a block.</summary>
    private void AddRows(int from, int to, int first, int end)
    {
        if (first == 0) return;
        Span<double> dots = stackalloc double[2 * TileRows];
        for (var i = from; i < to; i += TileRows)
        {
            var rows = Math.Min(TileRows, to - i);
            for (var j = first; j < end; j += 2)
            {
                Dots(i, rows, j, Math.Min(j + 1, end - 1), first, dots);
                for (var r = 0; r < rows; r++)
                {
                    _l[((i + r) * n) + j] -= dots[2 * r];
                    if (j + 1 < end) _l[((i + r) * n) + j + 1] -= dots[(2 * r) + 1];
                }
            }
        }
    }

    /// <summary>Elements <paramref name="first"/> to <paramref name="end"/> - 1 of a row, by the rows of the diagonal block.</summary>
    private void SolveRow(int i, int first, int end)
    {
        var row = _l.AsSpan(i * n, n);
        for (var j = first; j < end; j++)
        {
            row[j] = (row[j] - HostVectors.Dot(row[first..j], _l.AsSpan((j * n) + first, j - first))) / _l[(j * n) + j];
        }
    }

    /// <summary>
    /// Inner products of the first <paramref name="length"/> elements of up to four rows from i on with those of rows j0 and j1;
    /// rows that are missing repeat the last.
    /// </summary>
    private void Dots(int i, int rows, int j0, int j1, int length, Span<double> dots)
    {
        var a0 = Vectors(i, length);
        var a1 = Vectors(i + Math.Min(1, rows - 1), length);
        var a2 = Vectors(i + Math.Min(2, rows - 1), length);
        var a3 = Vectors(i + Math.Min(3, rows - 1), length);
        var b0 = Vectors(j0, length);
        var b1 = Vectors(j1, length);
        Vector<double> c00 = default, c01 = default, c10 = default, c11 = default;
        Vector<double> c20 = default, c21 = default, c30 = default, c31 = default;
        for (var k = 0; k < b0.Length; k++)
        {
            var (x, y) = (b0[k], b1[k]);
            c00 = Vector.MultiplyAddEstimate(a0[k], x, c00);
            c01 = Vector.MultiplyAddEstimate(a0[k], y, c01);
            c10 = Vector.MultiplyAddEstimate(a1[k], x, c10);
            c11 = Vector.MultiplyAddEstimate(a1[k], y, c11);
            c20 = Vector.MultiplyAddEstimate(a2[k], x, c20);
            c21 = Vector.MultiplyAddEstimate(a2[k], y, c21);
            c30 = Vector.MultiplyAddEstimate(a3[k], x, c30);
            c31 = Vector.MultiplyAddEstimate(a3[k], y, c31);
        }
        (dots[0], dots[1]) = (Vector.Sum(c00), Vector.Sum(c01));
        (dots[2], dots[3]) = (Vector.Sum(c10), Vector.Sum(c11));
        (dots[4], dots[5]) = (Vector.Sum(c20), Vector.Sum(c21));
        (dots[6], dots[7]) = (Vector.Sum(c30), Vector.Sum(c31));
    }

    /// <summary>The first elements of a row; blocks are whole vectors, so nothing is left over.</summary>
    private ReadOnlySpan<Vector<double>> Vectors(int row, int length) => MemoryMarshal.Cast<double, Vector<double>>(Row(row, length));
}
