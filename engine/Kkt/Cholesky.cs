using System.Numerics;
using System.Runtime.InteropServices;

namespace PoseEngine.Kkt;

/// <summary>
/// S = L L^T for a symmetric positive definite matrix in float64, four rows of L at a time: each pair of finished rows is
/// read once for eight inner products in registers.
/// </summary>
internal sealed class Cholesky
{
    private const int BlockRows = 4;
    private readonly int _n;
    private readonly double[] _l;

    private Cholesky(int n)
    {
        _n = n;
        _l = new double[n * n];
    }

    /// <summary>The smallest pivot, relative to <see cref="LargestElement"/>.</summary>
    public double SmallestPivot { get; private set; } = 1;

    /// <summary>The largest element on S's diagonal.</summary>
    public double LargestElement { get; private init; }

    /// <summary>Factors S, or returns null where a pivot is not above a limit: S is singular, or nearly so.</summary>
    /// <param name="s">S, n x n, row-major; the lower triangle is read.</param>
    /// <param name="n">Rows of S.</param>
    /// <param name="limit">The least pivot, relative to the largest element on the diagonal.</param>
    /// <param name="cancellation">Looked at between rows.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public static Cholesky? Try(ReadOnlySpan<double> s, int n, double limit, CancellationToken cancellation)
    {
        var largest = 0.0;
        for (var i = 0; i < n; i++) largest = Math.Max(largest, s[(i * n) + i]);
        if (!(largest > 0)) return null;
        var factor = new Cholesky(n) { LargestElement = largest };
        for (var first = 0; first < n; first += BlockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            var rows = Math.Min(BlockRows, n - first);
            if (rows == BlockRows) factor.AddBlock(s, first);
            else for (var i = first; i < n; i++) factor.AddRow(s, i, 0, first);
            for (var i = first; i < first + rows; i++)
            {
                factor.AddRow(s, i, first, i);
                var row = factor.Row(i, i);
                var pivot = s[(i * n) + i] - HostVectors.Dot(row, row);
                if (!(pivot > limit * largest)) return null;
                factor._l[(i * n) + i] = Math.Sqrt(pivot);
                factor.SmallestPivot = Math.Min(factor.SmallestPivot, pivot / largest);
            }
        }
        return factor;
    }

    /// <summary>x = S^-1 b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        var x = b.ToArray();
        for (var i = 0; i < _n; i++) x[i] = (x[i] - HostVectors.Dot(Row(i, i), x.AsSpan(0, i))) / _l[(i * _n) + i];
        for (var i = _n - 1; i >= 0; i--)
        {
            x[i] /= _l[(i * _n) + i];
            HostVectors.AddScaled(x.AsSpan(0, i), -x[i], Row(i, i));
        }
        return x;
    }

    private Span<double> Row(int i, int length) => _l.AsSpan(i * _n, length);

    /// <summary>Elements <paramref name="from"/> to <paramref name="to"/> - 1 of one row.</summary>
    private void AddRow(ReadOnlySpan<double> s, int i, int from, int to)
    {
        for (var j = from; j < to; j++)
        {
            _l[(i * _n) + j] = (s[(i * _n) + j] - HostVectors.Dot(Row(i, j), Row(j, j))) / _l[(j * _n) + j];
        }
    }

    /// <summary>The elements of four rows left of their diagonal block, two columns at a time.</summary>
    private void AddBlock(ReadOnlySpan<double> s, int first)
    {
        Span<double> dots = stackalloc double[2 * BlockRows];
        for (var j = 0; j < first; j += 2)
        {
            Dots(first, j, dots);
            var (own, next) = (_l[(j * _n) + j], _l[((j + 1) * _n) + j + 1]);
            var between = _l[((j + 1) * _n) + j];
            for (var r = 0; r < BlockRows; r++)
            {
                var at = ((first + r) * _n) + j;
                _l[at] = (s[at] - dots[2 * r]) / own;
                _l[at + 1] = (s[at + 1] - dots[(2 * r) + 1] - (_l[at] * between)) / next;
            }
        }
    }

    /// <summary>Inner products of the first j elements of rows i to i + 3 with those of rows j and j + 1.</summary>
    private void Dots(int i, int j, Span<double> dots)
    {
        var a0 = Vectors(i, j);
        var a1 = Vectors(i + 1, j);
        var a2 = Vectors(i + 2, j);
        var a3 = Vectors(i + 3, j);
        var b0 = Vectors(j, j);
        var b1 = Vectors(j + 1, j);
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
        for (var k = b0.Length * Vector<double>.Count; k < j; k++)
        {
            for (var r = 0; r < BlockRows; r++)
            {
                dots[2 * r] += _l[((i + r) * _n) + k] * _l[(j * _n) + k];
                dots[(2 * r) + 1] += _l[((i + r) * _n) + k] * _l[((j + 1) * _n) + k];
            }
        }
    }

    private ReadOnlySpan<Vector<double>> Vectors(int row, int length) => MemoryMarshal.Cast<double, Vector<double>>(Row(row, length));
}
