namespace PoseEngine.Experiments.Evaluations;

/// <summary>The eigenvector of the largest eigenvalue of a symmetric 4 x 4 matrix, by Jacobi's rotations.</summary>
internal static class LargestEigenvector
{
    private const int Size = 4;

    // Convergence is quadratic: five sweeps reach the last bit, and numbers that are not finite must end the loop too.
    private const int Sweeps = 12;

    /// <summary>Finds it.</summary>
    /// <param name="a">The matrix, 16 values; destroyed.</param>
    /// <param name="vector">The unit eigenvector, 4 values.</param>
    /// <returns>The eigenvalue.</returns>
    public static double Of(Span<double> a, Span<double> vector)
    {
        Span<double> v = stackalloc double[Size * Size];
        v.Clear();
        for (var i = 0; i < Size; i++) v[(Size + 1) * i] = 1;
        for (var sweep = 0; sweep < Sweeps && !IsDiagonal(a); sweep++)
        {
            for (var p = 0; p < Size - 1; p++)
            {
                for (var q = p + 1; q < Size; q++) Rotate(a, v, p, q);
            }
        }
        var best = 0;
        for (var i = 1; i < Size; i++)
        {
            if (a[(Size + 1) * i] > a[(Size + 1) * best]) best = i;
        }
        for (var i = 0; i < Size; i++) vector[i] = v[(Size * i) + best];
        return a[(Size + 1) * best];
    }

    private static bool IsDiagonal(ReadOnlySpan<double> a)
    {
        var (off, diagonal) = (0.0, 0.0);
        for (var i = 0; i < Size; i++)
        {
            diagonal += Math.Abs(a[(Size + 1) * i]);
            for (var j = i + 1; j < Size; j++) off += Math.Abs(a[(Size * i) + j]);
        }
        return off <= 1e-17 * diagonal;
    }

    /// <summary>Makes a_pq zero by a rotation in the plane of p and q, and turns the eigenvectors along.</summary>
    private static void Rotate(Span<double> a, Span<double> v, int p, int q)
    {
        var apq = a[(Size * p) + q];
        if (apq == 0) return;
        var theta = (a[(Size + 1) * q] - a[(Size + 1) * p]) / (2 * apq);
        // The smaller root; a theta that overflows when squared gives t = 0, which is right to the last bit.
        var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((t * t) + 1);
        var sine = t * cosine;
        for (var k = 0; k < Size; k++) Turn(ref a[(Size * k) + p], ref a[(Size * k) + q], cosine, sine);
        for (var k = 0; k < Size; k++) Turn(ref a[(Size * p) + k], ref a[(Size * q) + k], cosine, sine);
        for (var k = 0; k < Size; k++) Turn(ref v[(Size * k) + p], ref v[(Size * k) + q], cosine, sine);
        (a[(Size * p) + q], a[(Size * q) + p]) = (0, 0);
    }

    private static void Turn(ref double x, ref double y, double cosine, double sine)
        => (x, y) = ((cosine * x) - (sine * y), (sine * x) + (cosine * y));
}
