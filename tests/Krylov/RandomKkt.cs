using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// A random system [eta I + J^T J, A^T; A, 0] of multiples of 1/16, exact in both precisions, whose A may repeat,
/// negate and double some of its rows.
/// </summary>
internal sealed class RandomKkt
{
    public RandomKkt(ulong seed, int n, int m, double eta, int duplicates, int jacobianRows = 0, bool consistent = false)
    {
        var random = new RandomGenerator(seed, 77);
        PrimalCount = n;
        Eta = eta;
        var a = new double[m, n];
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                // The factors 1, -1 and 2 of three earlier rows, one after the other.
                var copy = i - (m - duplicates);
                a[i, j] = copy < 0 ? (random.NextInt(17) - 8) / 8.0 : a[copy, j] * (copy % 3 == 0 ? 1 : copy % 3 == 1 ? -1 : 2);
            }
        }
        var jacobian = new double[jacobianRows, n];
        for (var i = 0; i < jacobian.Length; i++) jacobian[i / n, i % n] = (random.NextInt(9) - 4) / 8.0;
        Matrix = Assemble(a, jacobian, eta);
        RightHandSide = new double[n + m];
        if (consistent)
        {
            var z = Enumerable.Range(0, n + m).Select(_ => (random.NextInt(5) - 2) / 2.0).ToArray();
            RightHandSide = [.. Enumerable.Range(0, n + m).Select(i => Enumerable.Range(0, n + m).Sum(j => Matrix[i, j] * z[j]))];
        }
        else
        {
            for (var i = 0; i < n + m; i++) RightHandSide[i] = (random.NextInt(129) - 64) / 64.0;
        }
        for (var i = 0; i < a.Length; i++) Trace += a[i / n, i % n] * a[i / n, i % n];
    }

    public int PrimalCount { get; }

    public double Eta { get; }

    public double[,] Matrix { get; }

    public double[] RightHandSide { get; }

    /// <summary>trace(A A^T).</summary>
    public double Trace { get; }

    private static double[,] Assemble(double[,] a, double[,] jacobian, double eta)
    {
        var (m, n) = (a.GetLength(0), a.GetLength(1));
        var matrix = new double[n + m, n + m];
        for (var i = 0; i < n; i++)
        {
            matrix[i, i] = eta;
            for (var j = 0; j < n; j++)
            {
                for (var k = 0; k < jacobian.GetLength(0); k++) matrix[i, j] += jacobian[k, i] * jacobian[k, j];
            }
            for (var j = 0; j < m; j++) matrix[i, n + j] = matrix[n + j, i] = a[j, i];
        }
        return matrix;
    }
}
