namespace PoseEngine.Kkt;

/// <summary>
/// The pseudo-inverse of a Gram matrix S = A A^T, symmetric and positive semidefinite up to rounding: by Cholesky where S
/// is far from singular, else by eigendecomposition with the small eigenvalues cut off, which gives the solution of
/// minimum length, of least squares where there is none. Of a damped matrix, S + shift I, the inverse: nothing is cut off, and
/// eigenvalues that rounding has brought below the shift count as the shift.
/// </summary>
internal sealed class GramFactor
{
    /// <summary>
    /// Pivots down to this, relative to the largest, count as safely nonsingular: far above rounding and, with many rows,
    /// above the rank cut too, so that both ways keep the same directions.
    /// </summary>
    private const double LeastSafePivot = 1e-9;

    /// <summary>
    /// The least pivot of a matrix with the error of sums in blocks, 1e-6 or less: a row that depends on others leaves a pivot of
    /// that error times the square of the length of its coefficients, far below; and a refinement wins two digits.
    /// </summary>
    public const double BlockedPivot = 1e-4;

    private readonly int _n;
    private readonly Cholesky? _cholesky;
    private readonly SymmetricEigen? _eigen;
    private readonly SpectrumCut? _cut;
    private readonly double _shift;

    /// <summary>Factors S.</summary>
    /// <param name="s">S, n x n, row-major, both triangles.</param>
    /// <param name="n">Rows of S.</param>
    /// <param name="accuracy">Relative error of S's elements: eigenvalues below n times it times the largest are zero.</param>
    /// <param name="shift">What was added to the diagonal of the S that is given.</param>
    /// <param name="memory">Where L is put, which has to stay as long as the factor is used; memory of its own where there is none.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    /// <exception cref="NotFiniteNumberException">S holds NaN or infinity, or numbers whose products overflow.</exception>
    /// <exception cref="EigenvaluesNotFoundException">The QL iteration did not converge.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public GramFactor(ReadOnlySpan<double> s, int n, double accuracy, double shift = 0, Cholesky? memory = null, CancellationToken cancellation = default)
    {
        (_n, _shift) = (n, shift);
        var cholesky = memory ?? new Cholesky(n);
        if (cholesky.TryFactor(s, SafePivot(n, accuracy), cancellation))
        {
            _cholesky = cholesky;
            (Largest, Rank) = OfPivots(n, cholesky);
            return;
        }
        _eigen = new SymmetricEigen(s, n, cancellation);
        _cut = new SpectrumCut(_eigen.Values, accuracy, shift);
        (Largest, Rank) = (_cut.Largest, _cut.Rank);
    }

    private GramFactor(int n, Cholesky cholesky)
    {
        (_n, _cholesky) = (n, cholesky);
        (Largest, Rank) = OfPivots(n, cholesky);
    }

    /// <summary>Factors an S whose products were summed in blocks; null where it is not well conditioned, or not finite.</summary>
    /// <param name="s">S, n x n, row-major, both triangles.</param>
    /// <param name="n">Rows of S.</param>
    /// <param name="memory">Where L is put.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public static GramFactor? OfBlocked(ReadOnlySpan<double> s, int n, Cholesky memory, CancellationToken cancellation)
        => memory.TryFactor(s, BlockedPivot, cancellation) ? new GramFactor(n, memory) : null;

    /// <summary>The largest eigenvalue of S; where Cholesky served, the largest element on its diagonal, which is not above it.</summary>
    public double Largest { get; }

    /// <summary>What was found of the rank.</summary>
    public GramRank Rank { get; }

    /// <summary>The least pivot, relative to the largest element, with which an S of n rows counts as nonsingular.</summary>
    /// <param name="n">Rows of S.</param>
    /// <param name="accuracy">Relative error of S's elements.</param>
    public static double SafePivot(int n, double accuracy) => Math.Max(LeastSafePivot, 10 * n * accuracy);

    /// <summary>x = S^+ b.</summary>
    public double[] Solve(ReadOnlySpan<double> b)
    {
        Guard.Equal(b.Length, _n, "the right-hand side of a Gram system");
        return _cholesky?.Solve(b) ?? OverEigenvectors(b, (component, value) => component / value);
    }

    /// <summary>P b, the part of b in the range of S: b itself at full rank.</summary>
    public double[] Project(ReadOnlySpan<double> b) => _eigen is null || _shift > 0 ? b.ToArray() : OverEigenvectors(b, (component, _) => component);

    private static (double Largest, GramRank Rank) OfPivots(int n, Cholesky cholesky)
        => (cholesky.LargestElement, new GramRank(n, n, 1 / cholesky.SmallestPivot, double.PositiveInfinity));

    /// <summary>The sum over the eigenvectors v that are kept of f(v^T b, lambda) v.</summary>
    private double[] OverEigenvectors(ReadOnlySpan<double> b, Func<double, double, double> f)
    {
        var x = new double[_n];
        for (var i = 0; i < _n; i++)
        {
            var value = _eigen!.Values[i];
            if (_cut!.Keeps(value)) HostVectors.AddScaled(x, f(HostVectors.Dot(_eigen.Vector(i), b), _cut.Of(value)), _eigen.Vector(i));
        }
        return x;
    }
}
