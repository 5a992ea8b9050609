using System.Numerics;
using System.Runtime.InteropServices;

namespace PoseEngine.Kkt;

/// <summary>
/// The eigendecomposition S = V diag(lambda) V^T of a symmetric matrix in float64: Householder reflections to tridiagonal
/// form, then QL iterations with implicit shifts (Golub and Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3).
/// Eigenvectors are kept as rows, so that every rotation runs along memory: at 768 rows half the time of the managed
/// decomposition of MathNet.Numerics 5.0.0.
/// </summary>
public sealed class SymmetricEigen
{
    /// <summary>QL steps an eigenvalue takes at most; two are usual.</summary>
    private const int MostSteps = 60;

    /// <summary>2^-52.</summary>
    private const double RoundOff = 2.220446049250313e-16;

    private readonly int _n;
    private readonly CancellationToken _cancellation;
    private readonly double[] _vectors;
    private readonly double[] _diagonal;
    private readonly double[] _off;
    private double _negligible;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">S, n x n, row-major; both triangles are read. It is left as it is.</param>
    /// <param name="n">Rows of S.</param>
    /// <param name="cancellation">Looked at between rows and steps.</param>
    /// <exception cref="ArgumentException">There are not n^2 elements.</exception>
    /// <exception cref="NotFiniteNumberException">S holds NaN or infinity, or products of its elements overflow.</exception>
    /// <exception cref="EigenvaluesNotFoundException">The QL iteration did not converge.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public SymmetricEigen(ReadOnlySpan<double> matrix, int n, CancellationToken cancellation = default)
        : this(matrix, n, MostSteps, cancellation)
    {
    }

    /// <summary>The same with another limit of steps, for tests.</summary>
    internal SymmetricEigen(ReadOnlySpan<double> matrix, int n, int mostSteps, CancellationToken cancellation)
    {
        Guard.Equal(matrix.Length, n * n, "the elements of a symmetric matrix");
        (_n, _cancellation) = (n, cancellation);
        _diagonal = new double[n];
        _off = new double[n];
        var a = matrix.ToArray();
        _vectors = Tridiagonalize(a);
        if (!HostVectors.IsFinite(_diagonal) || !HostVectors.IsFinite(_off))
        {
            throw new NotFiniteNumberException($"a symmetric matrix of {n} rows holds NaN or infinity, or numbers whose products overflow");
        }
        Diagonalize(mostSteps);
    }

    /// <summary>lambda, in no particular order.</summary>
    public ReadOnlySpan<double> Values => _diagonal;

    /// <summary>The eigenvector of <see cref="Values"/>[i], of length 1.</summary>
    public ReadOnlySpan<double> Vector(int i) => _vectors.AsSpan(i * _n, _n);

    /// <summary>
    /// Reflects one column after the other to tridiagonal form and returns Q^T, the product of the reflections, by rows.
    /// </summary>
    private double[] Tridiagonalize(double[] a)
    {
        var reflectors = new double[_n][];
        var w = new double[_n];
        for (var k = 0; k < _n - 1; k++)
        {
            _cancellation.ThrowIfCancellationRequested();
            _diagonal[k] = a[(k * _n) + k];
            var v = a.AsSpan((k * _n) + k + 1, _n - k - 1).ToArray();
            _off[k] = Reflector(v);
            reflectors[k] = v;
            if (v[0] != 0) ReflectBothSides(a, k + 1, v, w);
        }
        _diagonal[_n - 1] = a[^1];
        return Accumulate(reflectors);
    }

    /// <summary>
    /// Turns x into the vector v of length sqrt(2) with (I - v v^T) x = alpha e_1 and returns alpha; v = 0 where x needs no
    /// reflection.
    /// </summary>
    private static double Reflector(double[] x)
    {
        var scale = 0.0;
        for (var i = 1; i < x.Length; i++) scale = Math.Max(scale, Math.Abs(x[i]));
        if (scale == 0)
        {
            var first = x[0];
            x[0] = 0;
            return first;
        }
        scale = Math.Max(scale, Math.Abs(x[0]));
        foreach (ref var element in x.AsSpan()) element /= scale;
        var norm = Math.Sqrt(HostVectors.Dot(x, x));
        var alpha = x[0] > 0 ? -norm : norm;
        x[0] -= alpha;
        var factor = Math.Sqrt(2 / HostVectors.Dot(x, x));
        foreach (ref var element in x.AsSpan()) element *= factor;
        return alpha * scale;
    }

    /// <summary>A = (I - v v^T) A (I - v v^T) on the block from row and column <paramref name="first"/> on.</summary>
    private void ReflectBothSides(double[] a, int first, double[] v, double[] w)
    {
        var size = _n - first;
        var p = w.AsSpan(0, size);
        for (var i = 0; i < size; i++) p[i] = HostVectors.Dot(a.AsSpan(((first + i) * _n) + first, size), v);
        var half = HostVectors.Dot(p, v) / 2;
        HostVectors.AddScaled(p, -half, v);
        for (var i = 0; i < size; i++)
        {
            var row = a.AsSpan(((first + i) * _n) + first, size);
            HostVectors.AddScaled(row, -v[i], p);
            HostVectors.AddScaled(row, -p[i], v);
        }
    }

    /// <summary>Q^T = H_n-2 ... H_0 by rows: row i of the result is the i-th basis vector of the tridiagonal form.</summary>
    private double[] Accumulate(double[][] reflectors)
    {
        var q = new double[_n * _n];
        for (var i = 0; i < _n; i++) q[(i * _n) + i] = 1;
        for (var k = _n - 2; k >= 0; k--)
        {
            _cancellation.ThrowIfCancellationRequested();
            var v = reflectors[k];
            if (v[0] == 0) continue;
            // Q = H_k Q on rows and columns from k + 1 on; kept transposed, so rows of q are columns of Q.
            for (var i = k + 1; i < _n; i++)
            {
                var row = q.AsSpan((i * _n) + k + 1, _n - k - 1);
                HostVectors.AddScaled(row, -HostVectors.Dot(row, v), v);
            }
        }
        return q;
    }

    /// <summary>QL with implicit shifts; the rotations go to the rows of the eigenvectors.</summary>
    private void Diagonalize(int mostSteps)
    {
        for (var i = 0; i < _n; i++) _negligible = Math.Max(_negligible, Math.Abs(_diagonal[i]) + Math.Abs(_off[i]));
        _negligible *= RoundOff;
        for (var l = 0; l < _n; l++)
        {
            for (var step = 0; ; step++)
            {
                var m = SmallOffDiagonal(l);
                if (m == l) break;
                if (step == mostSteps) throw new EigenvaluesNotFoundException(mostSteps);
                _cancellation.ThrowIfCancellationRequested();
                Step(l, m);
            }
        }
    }

    /// <summary>
    /// Where the block from m on ends. What counts is the size of the whole matrix: its rounding is all that stands in a
    /// block of zeros, and no number of steps makes it small beside its neighbours.
    /// </summary>
    private int SmallOffDiagonal(int m)
    {
        for (; m < _n - 1; m++)
        {
            if (Math.Abs(_off[m]) <= _negligible) break;
        }
        return m;
    }

    /// <summary>One implicit QL step on the unreduced block from l to m (Wilkinson's shift).</summary>
    private void Step(int l, int m)
    {
        var g = (_diagonal[l + 1] - _diagonal[l]) / (2 * _off[l]);
        var r = double.Hypot(g, 1);
        g = _diagonal[m] - _diagonal[l] + (_off[l] / (g + (g >= 0 ? r : -r)));
        var (s, c, p) = (1.0, 1.0, 0.0);
        for (var i = m - 1; i >= l; i--)
        {
            var f = s * _off[i];
            var b = c * _off[i];
            r = double.Hypot(f, g);
            _off[i + 1] = r;
            if (r == 0)
            {
                _diagonal[i + 1] -= p;
                _off[m] = 0;
                return;
            }
            (s, c) = (f / r, g / r);
            g = _diagonal[i + 1] - p;
            r = ((_diagonal[i] - g) * s) + (2 * c * b);
            p = s * r;
            _diagonal[i + 1] = g + p;
            g = (c * r) - b;
            Rotate(_vectors.AsSpan(i * _n, _n), _vectors.AsSpan((i + 1) * _n, _n), c, s);
        }
        _diagonal[l] -= p;
        _off[l] = g;
        _off[m] = 0;
    }

    /// <summary>(x, y) = (c x - s y, s x + c y).</summary>
    private static void Rotate(Span<double> x, Span<double> y, double c, double s)
    {
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        var (vc, vs) = (new Vector<double>(c), new Vector<double>(s));
        for (var i = 0; i < xs.Length; i++) (xs[i], ys[i]) = ((vc * xs[i]) - (vs * ys[i]), (vs * xs[i]) + (vc * ys[i]));
        for (var i = xs.Length * Vector<double>.Count; i < x.Length; i++) (x[i], y[i]) = ((c * x[i]) - (s * y[i]), (s * x[i]) + (c * y[i]));
    }
}

/// <summary>The QL iteration for the eigenvalues of a symmetric matrix did not converge.</summary>
/// <param name="steps">Steps that one eigenvalue had.</param>
public sealed class EigenvaluesNotFoundException(int steps)
    : ArithmeticException($"the eigenvalues of a symmetric matrix were not found in {steps} steps each");
