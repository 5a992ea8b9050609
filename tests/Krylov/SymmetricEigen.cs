namespace PoseEngine.Tests.Krylov;

/// <summary>Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations, in float64.</summary>
internal sealed class SymmetricEigen
{
    private readonly double[][] _rows;
    private readonly double[][] _vectors;

    public SymmetricEigen(double[,] matrix)
    {
        Size = matrix.GetLength(0);
        _rows = [.. Enumerable.Range(0, Size).Select(i => Enumerable.Range(0, Size).Select(j => matrix[i, j]).ToArray())];
        _vectors = [.. Enumerable.Range(0, Size).Select(i => Enumerable.Range(0, Size).Select(j => i == j ? 1.0 : 0).ToArray())];
        for (var sweep = 0; sweep < 40 && Sweep(); sweep++)
        {
        }
    }

    public int Size { get; }

    public double Value(int i) => _rows[i][i];

    public double Largest => Enumerable.Range(0, Size).Max(i => Math.Abs(Value(i)));

    /// <summary>Eigenvalues below this count as 0.</summary>
    public double Cut => 1e-11 * Largest;

    public int Rank => Enumerable.Range(0, Size).Count(i => Math.Abs(Value(i)) > Cut);

    public double ConditionOfRange
        => Largest / Enumerable.Range(0, Size).Select(i => Math.Abs(Value(i))).Where(v => v > Cut).Min();

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
            if (w == 0) continue;
            var coefficient = 0.0;
            for (var i = 0; i < Size; i++) coefficient += _vectors[k][i] * b[i];
            for (var i = 0; i < Size; i++) result[i] += w * coefficient * _vectors[k][i];
        }
        return result;
    }

    /// <summary>One rotation for each pair; false once nothing is left to rotate.</summary>
    private bool Sweep()
    {
        var rotated = false;
        for (var p = 0; p < Size; p++)
        {
            for (var q = p + 1; q < Size; q++) rotated |= Rotate(p, q);
        }
        return rotated;
    }

    private bool Rotate(int p, int q)
    {
        var off = _rows[p][q];
        if (Math.Abs(off) <= 1e-17 * (Math.Abs(Value(p)) + Math.Abs(Value(q))) || Math.Abs(off) < 1e-290) return false;
        var theta = (Value(q) - Value(p)) / (2 * off);
        var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var c = 1 / Math.Sqrt((t * t) + 1);
        var s = t * c;
        for (var i = 0; i < Size; i++)
        {
            (_rows[i][p], _rows[i][q]) = ((c * _rows[i][p]) - (s * _rows[i][q]), (s * _rows[i][p]) + (c * _rows[i][q]));
        }
        Combine(_rows[p], _rows[q], c, s);
        Combine(_vectors[p], _vectors[q], c, s);
        return true;
    }

    private static void Combine(double[] a, double[] b, double c, double s)
    {
        for (var i = 0; i < a.Length; i++) (a[i], b[i]) = ((c * a[i]) - (s * b[i]), (s * a[i]) + (c * b[i]));
    }
}
