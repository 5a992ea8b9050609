namespace PoseEngine.Krylov;

/// <summary>
/// min ||R y - g|| with the shortest y, for a small square matrix on the host in float64: a singular value decomposition by
/// one-sided Jacobi rotations, in which singular values below a cut count as zero. A sweep rotates each pair of columns
/// until all are orthogonal; their norms are then the singular values.
/// </summary>
/// <remarks>
/// M. R. Hestenes, "Inversion of matrices by biorthogonalization and related results", J. SIAM 6(1), 1958; the rotation as
/// in Golub and Van Loan, Matrix Computations, section 8.6.3.
/// </remarks>
internal sealed class SmallLeastSquares
{
    private const int MostSweeps = 40;
    private const double RoundOff = 1e-15;

    private readonly int _most;
    private readonly double[] _columns;
    private readonly double[] _rotations;
    private readonly double[] _y;

    /// <summary>Memory for matrices of up to <paramref name="most"/> columns.</summary>
    public SmallLeastSquares(int most)
    {
        _most = most;
        _columns = new double[most * most];
        _rotations = new double[most * most];
        _y = new double[most];
    }

    /// <summary>The largest singular value of the last solve.</summary>
    public double Largest { get; private set; }

    /// <summary>The smallest one that was not cut.</summary>
    public double Smallest { get; private set; }

    /// <summary>Solves for y.</summary>
    /// <param name="r">R, [n, n] in columns of <paramref name="stride"/> numbers.</param>
    /// <param name="stride">The distance of columns.</param>
    /// <param name="g">The right-hand side, n numbers or more.</param>
    /// <param name="n">Rows and columns, at most as many as there is memory for.</param>
    /// <param name="cut">Singular values up to this part of the largest count as zero.</param>
    public ReadOnlySpan<double> Solve(ReadOnlySpan<double> r, int stride, ReadOnlySpan<double> g, int n, double cut)
    {
        for (var j = 0; j < n; j++)
        {
            r.Slice(j * stride, n).CopyTo(Column(_columns, j, n));
            Column(_rotations, j, n).Clear();
            _rotations[(j * _most) + j] = 1;
        }
        for (var sweep = 0; sweep < MostSweeps && Sweep(n); sweep++)
        {
        }
        return Assemble(g, n, cut);
    }

    private Span<double> Column(double[] matrix, int j, int n) => matrix.AsSpan(j * _most, n);

    /// <summary>Rotates every pair of columns once; false where all were orthogonal.</summary>
    private bool Sweep(int n)
    {
        var rotated = false;
        for (var i = 0; i < n - 1; i++)
        {
            for (var j = i + 1; j < n; j++)
            {
                var a = Column(_columns, i, n);
                var b = Column(_columns, j, n);
                var (aa, bb, ab) = (Dot(a, a), Dot(b, b), Dot(a, b));
                if (Math.Abs(ab) <= RoundOff * Math.Sqrt(aa) * Math.Sqrt(bb)) continue;
                rotated = true;
                var cot = (bb - aa) / (2 * ab);
                var tan = (cot < 0 ? -1 : 1) / (Math.Abs(cot) + double.Hypot(1, cot));
                var cs = 1 / double.Hypot(1, tan);
                Rotate(a, b, cs, cs * tan);
                Rotate(Column(_rotations, i, n), Column(_rotations, j, n), cs, cs * tan);
            }
        }
        return rotated;
    }

    /// <summary>y = sum over the kept singular values of (u^T g / sigma) v; a column is sigma u.</summary>
    private ReadOnlySpan<double> Assemble(ReadOnlySpan<double> g, int n, double cut)
    {
        Largest = 0;
        for (var j = 0; j < n; j++) Largest = Math.Max(Largest, Math.Sqrt(Dot(Column(_columns, j, n), Column(_columns, j, n))));
        Smallest = Largest;
        var y = _y.AsSpan(0, n);
        y.Clear();
        for (var j = 0; j < n; j++)
        {
            var column = Column(_columns, j, n);
            var square = Dot(column, column);
            var sigma = Math.Sqrt(square);
            if (sigma <= cut * Largest || square == 0) continue;
            Smallest = Math.Min(Smallest, sigma);
            var part = Dot(column, g) / square;
            var v = Column(_rotations, j, n);
            for (var i = 0; i < n; i++) y[i] += part * v[i];
        }
        return y;
    }

    private static void Rotate(Span<double> a, Span<double> b, double cs, double sn)
    {
        for (var k = 0; k < a.Length; k++) (a[k], b[k]) = ((cs * a[k]) - (sn * b[k]), (sn * a[k]) + (cs * b[k]));
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }
}
