using Decomposition = PoseEngine.Kkt.SymmetricEigen;

namespace PoseEngine.Tests.Krylov;

/// <summary>What a small symmetric matrix makes of a vector, by the eigenvectors that GramFactorTests prove.</summary>
internal sealed class SymmetricEigen
{
    private readonly Decomposition _eigen;

    public SymmetricEigen(double[,] matrix)
    {
        Size = matrix.GetLength(0);
        _eigen = new Decomposition([.. matrix.Cast<double>()], Size);
        Largest = _eigen.Values.ToArray().Max(Math.Abs);
    }

    public int Size { get; }

    public double Largest { get; }

    /// <summary>Eigenvalues below this count as 0.</summary>
    public double Cut => 1e-11 * Largest;

    public int Rank => Enumerable.Range(0, Size).Count(i => Math.Abs(Value(i)) > Cut);

    public double ConditionOfRange
        => Largest / Enumerable.Range(0, Size).Select(i => Math.Abs(Value(i))).Where(v => v > Cut).Min();

    public double Value(int i) => _eigen.Values[i];

    /// <summary>The min-length least-squares solution pinv(B) b.</summary>
    public double[] PseudoInverse(double[] b) => Sum(b, value => Math.Abs(value) > Cut ? 1 / value : 0);

    /// <summary>The part of b in the null space.</summary>
    public double[] NullPart(double[] b) => Sum(b, value => Math.Abs(value) > Cut ? 0 : 1);

    private double[] Sum(double[] b, Func<double, double> weight)
    {
        var result = new double[Size];
        for (var k = 0; k < Size; k++)
        {
            var w = weight(Value(k));
            var v = _eigen.Vector(k);
            if (w == 0) continue;
            var coefficient = 0.0;
            for (var i = 0; i < Size; i++) coefficient += v[i] * b[i];
            for (var i = 0; i < Size; i++) result[i] += w * coefficient * v[i];
        }
        return result;
    }
}
