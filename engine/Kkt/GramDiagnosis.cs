namespace PoseEngine.Kkt;

/// <summary>
/// What the Gram matrix S = A A^T of constraint rows, A = dC/dw, says of them: its spectrum, how many directions of w they
/// really ask for, and what of C no step can change to first order.
/// </summary>
public sealed class GramDiagnosis
{
    private readonly SymmetricEigen _eigen;
    private readonly int[] _order;

    /// <summary>Decomposes S.</summary>
    /// <param name="s">S, n x n, row-major, both triangles.</param>
    /// <param name="rows">n.</param>
    /// <param name="accuracy">Relative error of S's elements: eigenvalues up to n times it times the largest count as 0, as in <see cref="GramSolver{T}"/>.</param>
    /// <param name="cancellation">Looked at between rows.</param>
    /// <exception cref="ArgumentException">There are not n^2 elements.</exception>
    /// <exception cref="NotFiniteNumberException">S holds NaN or infinity, or products of its elements overflow.</exception>
    /// <exception cref="EigenvaluesNotFoundException">The QL iteration did not converge.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public GramDiagnosis(ReadOnlySpan<double> s, int rows, double accuracy, CancellationToken cancellation = default)
    {
        Guard.Positive(rows, "the rows of a Gram matrix");
        _eigen = new SymmetricEigen(s, rows, cancellation);
        // S is positive semidefinite: what lies below 0 is rounding.
        var values = Array.ConvertAll(_eigen.Values.ToArray(), value => Math.Max(value, 0));
        _order = [.. Enumerable.Range(0, rows).OrderByDescending(i => values[i])];
        Spectrum = [.. _order.Select(i => values[i])];
        Cut = rows * accuracy * Spectrum[0];
        Rank = Spectrum.Count(value => value > Cut);
        EffectiveRank = EffectiveRankOf(Spectrum);
        Condition = Rank == 0 ? 1 : Spectrum[0] / Spectrum[Rank - 1];
    }

    /// <summary>The eigenvalues, the largest first.</summary>
    public IReadOnlyList<double> Spectrum { get; }

    /// <summary>Eigenvalues up to this count as 0.</summary>
    public double Cut { get; }

    /// <summary>The numerical rank: eigenvalues above <see cref="Cut"/>.</summary>
    public int Rank { get; }

    /// <summary>
    /// The effective rank exp(-sum_i p_i ln p_i) with p_i the share of an eigenvalue in their sum (Roy and Vetterli, The
    /// effective rank, EUSIPCO 2007): n where all are alike, 1 where one is all there is, 0 for S = 0.
    /// </summary>
    public double EffectiveRank { get; }

    /// <summary>The largest over the smallest eigenvalue above <see cref="Cut"/>, the square of the condition of A; 1 for S = 0.</summary>
    public double Condition { get; }

    /// <summary>x = S^+ b, from the eigenvalues above <see cref="Cut"/>.</summary>
    /// <exception cref="ArgumentException">b has not n elements.</exception>
    public double[] Solve(ReadOnlySpan<double> b) => Sum(b, (component, value) => component / value);

    /// <summary>b less its part in the range of S: of C, what no step changes to first order.</summary>
    /// <exception cref="ArgumentException">b has not n elements.</exception>
    public double[] Contradiction(ReadOnlySpan<double> b) => HostVectors.Combine(1, b, -1, Sum(b, (component, _) => component));

    /// <summary>The effective rank of a spectrum without negative values.</summary>
    private static double EffectiveRankOf(IReadOnlyList<double> spectrum)
    {
        var (sum, entropy) = (spectrum.Sum(), 0.0);
        foreach (var value in spectrum)
        {
            if (value > 0) entropy -= value / sum * Math.Log(value / sum);
        }
        return sum > 0 ? Math.Exp(entropy) : 0;
    }

    private double[] Sum(ReadOnlySpan<double> b, Func<double, double, double> f)
    {
        Guard.Equal(b.Length, _order.Length, "a vector of constraint rows");
        var x = new double[b.Length];
        for (var i = 0; i < Rank; i++)
        {
            var vector = _eigen.Vector(_order[i]);
            HostVectors.AddScaled(x, f(HostVectors.Dot(vector, b), Spectrum[i]), vector);
        }
        return x;
    }
}
