using MathNet.Numerics;
using MathNet.Numerics.LinearRegression;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>How a measured quantity grows with a size.</summary>
internal static class ScaleFit
{
    /// <summary>The slope of log y over log x by least squares, over the larger half of the sizes, where fixed costs no longer count: 1 is
    /// linear, 2 quadratic.</summary>
    public static double Slope(IReadOnlyList<ScalePoint> points)
    {
        var upper = points.OrderBy(p => p.Size).Skip((points.Count - 1) / 2).ToList();
        return Fit.Line([.. upper.Select(p => Math.Log(p.Size))], [.. upper.Select(p => Math.Log(p.Value))]).B;
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

    /// <summary>Least squares of the chosen powers, with columns scaled to the largest size; null where there are fewer points.</summary>
    private static CubicTerms? Solve(IReadOnlyList<ScalePoint> points, int[] powers)
    {
        if (points.Count < powers.Length) return null;
        var largest = points.Max(p => p.Size);
        double[][] rows = [.. points.Select(point => powers.Select(p => Math.Pow(point.Size / largest, p) / point.Value).ToArray())];
        var found = MultipleRegression.QR(rows, [.. points.Select(_ => 1.0)]);
        double Term(int power) => Array.IndexOf(powers, power) is >= 0 and var at ? found[at] / Math.Pow(largest, power) : 0;
        return new CubicTerms(Term(1), Term(2), Term(3));
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
