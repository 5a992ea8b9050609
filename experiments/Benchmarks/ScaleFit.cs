namespace PoseEngine.Experiments.Benchmarks;

/// <summary>How a measured quantity grows with a size.</summary>
internal static class ScaleFit
{
    /// <summary>The slope of log y over log x by least squares, over the larger half of the sizes, where fixed costs no longer count: 1 is
    /// linear, 2 quadratic.</summary>
    public static double Slope(IReadOnlyList<ScalePoint> points)
    {
        var upper = points.OrderBy(p => p.Size).Skip((points.Count - 1) / 2).ToList();
        var (x, y) = (upper.Average(p => Math.Log(p.Size)), upper.Average(p => Math.Log(p.Value)));
        var spread = upper.Sum(p => Square(Math.Log(p.Size) - x));
        return spread == 0 ? double.NaN : upper.Sum(p => (Math.Log(p.Size) - x) * (Math.Log(p.Value) - y)) / spread;
    }

    /// <summary>The terms of y = a x + b x^2 + c x^3 with a, b, c of 0 or more that miss the points least, relative to each y.</summary>
    public static CubicTerms Cubic(IReadOnlyList<ScalePoint> points)
    {
        // The best of the unconstrained solutions on each subset of terms that has no negative term: three terms are few.
        var (best, least) = (default(CubicTerms), double.PositiveInfinity);
        for (var subset = 1; subset < 8; subset++)
        {
            int[] powers = [.. Enumerable.Range(1, 3).Where(p => (subset & (1 << (p - 1))) != 0)];
            if (Solve(points, powers) is not { } terms || terms.Min < 0) continue;
            var miss = points.Sum(p => Square((terms.At(p.Size) / p.Value) - 1));
            if (miss < least) (best, least) = (terms, miss);
        }
        return best;
    }

    /// <summary>Normal equations of the chosen powers, with columns scaled to the largest size; null where they are singular.</summary>
    private static CubicTerms? Solve(IReadOnlyList<ScalePoint> points, int[] powers)
    {
        var n = powers.Length;
        var largest = points.Max(p => p.Size);
        var system = new double[n, n + 1];
        foreach (var point in points)
        {
            double[] row = [.. powers.Select(p => Math.Pow(point.Size / largest, p) / point.Value)];
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < n; j++) system[i, j] += row[i] * row[j];
                system[i, n] += row[i];
            }
        }
        if (!Eliminate(system, n)) return null;
        var terms = new double[4];
        for (var i = 0; i < n; i++) terms[powers[i]] = system[i, n] / Math.Pow(largest, powers[i]);
        return new CubicTerms(terms[1], terms[2], terms[3]);
    }

    /// <summary>Gauss and Jordan on a small positive definite system with its right-hand side.</summary>
    private static bool Eliminate(double[,] a, int n)
    {
        for (var k = 0; k < n; k++)
        {
            if (!(a[k, k] > 0)) return false;
            for (var j = n; j >= k; j--) a[k, j] /= a[k, k];
            for (var i = 0; i < n; i++)
            {
                if (i == k) continue;
                for (var j = n; j >= k; j--) a[i, j] -= a[i, k] * a[k, j];
            }
        }
        return true;
    }

    private static double Square(double x) => x * x;
}

internal readonly record struct ScalePoint(double Size, double Value);

/// <summary>The terms of y = Linear x + Quadratic x^2 + Cubic x^3.</summary>
internal readonly record struct CubicTerms(double Linear, double Quadratic, double Cubic)
{
    public double Min => Math.Min(Linear, Math.Min(Quadratic, Cubic));

    public double At(double x) => x * (Linear + (x * (Quadratic + (x * Cubic))));

    /// <summary>The part of the cubic term in y, 0 to 1.</summary>
    public double CubicShare(double x) => Cubic * x * x * x / At(x);

    public double QuadraticShare(double x) => Quadratic * x * x / At(x);
}
