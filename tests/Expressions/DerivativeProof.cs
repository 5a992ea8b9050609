using PoseEngine.Expressions;

namespace PoseEngine.Tests.Expressions;

/// <summary>Derivatives against differences and against each other, for one sample of one row.</summary>
internal static class DerivativeProof
{
    /// <summary>
    /// Checks R-op, L-op and curvature at a point. False where differences say nothing: a kink is between the points, or
    /// quotients of two steps are far apart, as beside a pole.
    /// </summary>
    public static bool Check(Derived derived, double[] y, double[] x, double[] dy, double[] u, double[] v, string? what = null)
    {
        what ??= "row";
        var rop = Reference.Run(derived.Rop, y, x, dy);
        var lop = Reference.Run(derived.Lop, y, x, u);
        var curvature = Reference.Run(derived.Curvature, y, x, u, v);
        var size = Size(derived.Rop, y, x, dy) + Size(derived.Lop, y, x, u);
        if (!double.IsFinite(size) || size > 1e6) return false;
        Assert.That(Dot(u, rop), Is.EqualTo(Dot(lop, dy)).Within(1e-12 * Math.Max(1, size)), $"{what}: <u, Rop dy> = <Lop u, dy>");
        return Differences(derived.Value, y, x, dy, [], rop, $"{what}: R-op")
            & Differences(derived.Lop, y, x, v, u, curvature, $"{what}: curvature");
    }

    /// <summary>Compares a derivative along a direction with central differences, extrapolated from two steps.</summary>
    private static bool Differences(SampleProgram program, double[] y, double[] x, double[] direction, double[] u, double[] derivative, string what)
    {
        const double h = 1e-4;
        double[] At(double step) => [.. y.Zip(direction, (a, d) => a + (step * d))];
        double[] Value(double step) => u.Length == 0 ? Reference.Run(program, At(step), x) : Reference.Run(program, At(step), x, u);
        string Branches(double step) => (u.Length == 0 ? Reference.Kinks(program, At(step), x) : Reference.Kinks(program, At(step), x, u)).Branches;
        var branches = Branches(0);
        if (new[] { -2 * h, -h, h, 2 * h }.Any(step => Branches(step) != branches)) return false;
        var (near, far) = (Quotients(Value(h), Value(-h), h), Quotients(Value(2 * h), Value(-2 * h), 2 * h));
        var scale = Math.Max(1, Math.Max(near.Max(Math.Abs), Reference.Run(program, u.Length == 0 ? [y, x] : [y, x, u]).Max(Math.Abs)));
        if (near.Zip(far, (a, b) => Math.Abs(a - b)).Max() > 1e-4 * scale) return false;
        var best = near.Zip(far, (a, b) => ((4 * a) - b) / 3).ToArray();
        Assert.That(derivative, Is.EqualTo(best).Within(1e-6 * scale), what);
        return true;
    }

    private static double[] Quotients(double[] above, double[] below, double h) => [.. above.Zip(below, (a, b) => (a - b) / (2 * h))];

    /// <summary>The largest value on the way, which rounding errors are relative to.</summary>
    private static double Size(SampleProgram program, params double[][] inputs) => Reference.Values(program, inputs).Max(Math.Abs);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
}
