using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>f and f' of <see cref="Kernels.ElementwiseFunction"/> on a vector of float64 numbers.</summary>
internal interface IElementwiseFormula
{
    /// <summary>The values, with the derivatives beside them.</summary>
    static abstract Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope);
}

/// <summary>What the formulas share. Only exp(-|x|) is ever taken, which cannot overflow.</summary>
internal static class ElementwiseFormulas
{
    /// <summary>Beyond it exp(-|x|) is 0 and every function here is at its limit.</summary>
    private const double Far = 1000;

    /// <summary>x where it is above -1000, so that a limit of 0 is not -infinity times 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> NotFarBelow(Vector<double> x) => Vector.Max(x, new Vector<double>(-Far));

    /// <summary>x between -1000 and 1000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> NotFar(Vector<double> x) => Vector.Min(NotFarBelow(x), new Vector<double>(Far));

    /// <summary>s(x) and s(-x) = 1 - s(x), both without cancellation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Sigmoid(Vector<double> x, out Vector<double> mirrored)
    {
        var e = Vector.Exp(-Vector.Abs(x));
        var larger = Vector<double>.One / (Vector<double>.One + e);
        var smaller = e * larger;
        var positive = Vector.GreaterThanOrEqual(x, Vector<double>.Zero);
        mirrored = Vector.ConditionalSelect(positive, smaller, larger);
        return Vector.ConditionalSelect(positive, larger, smaller);
    }

    /// <summary>The polynomial with the coefficients of the highest power first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Polynomial(Vector<double> x, ReadOnlySpan<double> coefficients)
    {
        var sum = new Vector<double>(coefficients[0]);
        for (var i = 1; i < coefficients.Length; i++) sum = Vector.FusedMultiplyAdd(sum, x, new Vector<double>(coefficients[i]));
        return sum;
    }
}

/// <summary>With e = exp(-2 |x|): tanh |x| = (1 - e) / (1 + e), and for small x, where that cancels, a rational function.</summary>
internal readonly struct TanhFormula : IElementwiseFormula
{
    private const double Small = 0.625;

    // tanh x = x + x^3 P(x^2) / Q(x^2): Moshier, Cephes mathematical library, tanh.c.
    private static ReadOnlySpan<double> P => [-9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3];

    private static ReadOnlySpan<double> Q => [1, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3];

    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        var (one, size) = (Vector<double>.One, Vector.Abs(x));
        var e = Vector.Exp(-(size + size));
        var inverse = one / (one + e);
        slope = 4 * e * inverse * inverse;
        var square = x * x;
        var near = Vector.FusedMultiplyAdd(
            x * square, ElementwiseFormulas.Polynomial(square, P) / ElementwiseFormulas.Polynomial(square, Q), x);
        var far = Vector.CopySign((one - e) * inverse, x);
        return Vector.ConditionalSelect(Vector.LessThan(size, new Vector<double>(Small)), near, far);
    }
}

internal readonly struct SigmoidFormula : IElementwiseFormula
{
    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        var value = ElementwiseFormulas.Sigmoid(x, out var mirrored);
        slope = value * mirrored;
        return value;
    }
}

/// <summary>max(x, 0) + log(1 + exp(-|x|)).</summary>
internal readonly struct SoftplusFormula : IElementwiseFormula
{
    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        slope = ElementwiseFormulas.Sigmoid(x, out _);
        var (one, e) = (Vector<double>.One, Vector.Exp(-Vector.Abs(x)));
        // What is lost by rounding u = 1 + e is lost in u - 1 too (Kahan's log1p).
        var u = one + e;
        var logarithm = Vector.ConditionalSelect(Vector.Equals(u, one), e, Vector.Log(u) * (e / (u - one)));
        return Vector.Max(x, Vector<double>.Zero) + logarithm;
    }
}

internal readonly struct SiluFormula : IElementwiseFormula
{
    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        var s = ElementwiseFormulas.Sigmoid(x, out var mirrored);
        slope = s * Vector.FusedMultiplyAdd(ElementwiseFormulas.NotFar(x), mirrored, Vector<double>.One);
        return ElementwiseFormulas.NotFarBelow(x) * s;
    }
}

/// <summary>
/// With a = |x| and t = (a - 5) / (a + 5): Phi(-a) = exp(-a^2 / 2) P(t) / (1 + a), where P is the Chebyshev expansion of
/// (1 + a) exp(a^2 / 2) Phi(-a) to degree 23, computed in 60 digits; its relative error is below 3e-16.
/// </summary>
internal readonly struct GeluFormula : IElementwiseFormula
{
    private const double Centre = 5;
    private const double InverseRootOfTwoPi = 0.39894228040143267794;

    private static ReadOnlySpan<double> P =>
    [
        -3.815816262632953e-10, -2.8220772290629865e-10, 4.4011596227599254e-09, 3.627373163401201e-09,
        -3.095201755804207e-08, -2.6286205089898754e-08, 1.9627809920091187e-07, 1.27878221820937e-07,
        -1.3074486019237587e-06, -7.034644683537101e-08, 9.05982468125664e-06, -9.896097759279782e-06,
        -5.36075811148722e-05, 0.00018233414511643843, 7.791597409338999e-06, -0.00167607234455447,
        0.006522000667783896, -0.015170415402514863, 0.024536963243678652, -0.026401042966308307,
        0.010002352385229382, 0.031030368425963708, -0.09155228183400904, 0.46151582985003775,
    ];

    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        var (one, half, centre) = (Vector<double>.One, new Vector<double>(0.5), new Vector<double>(Centre));
        var near = ElementwiseFormulas.NotFar(x);
        var a = Vector.Abs(near);
        // The rounding of a^2 would be multiplied by a^2: it is put back to first order.
        var square = a * a;
        var lost = Vector.FusedMultiplyAdd(a, a, -square);
        var bell = Vector.Exp(-(half * square));
        bell = Vector.FusedMultiplyAdd(bell, -(half * lost), bell);
        var tail = bell * ElementwiseFormulas.Polynomial((a - centre) / (a + centre), P) / (one + a);
        var phi = Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), tail, one - tail);
        slope = Vector.FusedMultiplyAdd(near, bell * InverseRootOfTwoPi, phi);
        return ElementwiseFormulas.NotFarBelow(x) * phi;
    }
}

internal readonly struct LeakyReluFormula : IElementwiseFormula
{
    public static Vector<double> Apply(Vector<double> x, Vector<double> parameter, out Vector<double> slope)
    {
        var open = Vector.GreaterThan(x, Vector<double>.Zero);
        slope = Vector.ConditionalSelect(open, Vector<double>.One, parameter);
        return Vector.ConditionalSelect(open, x, parameter * x);
    }
}
