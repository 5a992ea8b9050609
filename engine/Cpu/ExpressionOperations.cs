using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>An operation of expressions on numbers; see <see cref="Expressions.Operation"/>.</summary>
internal interface IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract T Apply(T a, T b);
}

/// <summary>The same on vectors as well.</summary>
internal interface IExpressionVectorOperation<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract Vector<T> Apply(Vector<T> a, Vector<T> b);
}

internal readonly struct Copied<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => a;
}

internal readonly struct Negated<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => -a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => -a;
}

internal readonly struct Added<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => a + b;
}

internal readonly struct Subtracted<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => a - b;
}

internal readonly struct Multiplied<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => a * b;
}

internal readonly struct GatedProduct<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a == T.Zero ? T.Zero : a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.AndNot(a * b, Vector.Equals(a, Vector<T>.Zero));
}

internal readonly struct Divided<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => a / b;
}

internal readonly struct Reciprocal<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a == T.Zero ? T.Zero : T.One / a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.AndNot(Vector<T>.One / a, Vector.Equals(a, Vector<T>.Zero));
}

internal readonly struct SquareRoot<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.SquareRoot(a);
}

internal readonly struct Magnitude<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.Abs(a);
}

internal readonly struct SignOf<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a > T.Zero ? T.One : a < T.Zero ? T.NegativeOne : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b)
        => Vector.ConditionalSelect(Vector.GreaterThan(a, Vector<T>.Zero), Vector<T>.One, Vector.ConditionalSelect(Vector.LessThan(a, Vector<T>.Zero), -Vector<T>.One, a));
}

internal readonly struct Smaller<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a <= b || T.IsNaN(a) ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.ConditionalSelect(Vector.LessThanOrEqual(a, b) | ~Vector.Equals(a, a), a, b);
}

internal readonly struct Larger<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a >= b || T.IsNaN(a) ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b) => Vector.ConditionalSelect(Vector.GreaterThanOrEqual(a, b) | ~Vector.Equals(a, a), a, b);
}

internal readonly struct Gate<T> : IExpressionVectorOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => a <= b ? T.One : a > b ? T.Zero : T.NaN;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply(Vector<T> a, Vector<T> b)
        => Vector.ConditionalSelect(Vector.LessThanOrEqual(a, b), Vector<T>.One, Vector.ConditionalSelect(Vector.GreaterThan(a, b), Vector<T>.Zero, new Vector<T>(T.NaN)));
}

internal readonly struct Exponential<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Exp(a);
}

internal readonly struct Logarithm<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Log(a);
}

internal readonly struct Sine<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Sin(a);
}

internal readonly struct Cosine<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Cos(a);
}

internal readonly struct HyperbolicTangent<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Tanh(a);
}

internal readonly struct ArcTangent<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.Atan2(a, b);
}

internal readonly struct Raised<T> : IExpressionOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static T Apply(T a, T b) => T.IsNaN(a) ? a : T.IsNaN(b) ? b : T.Pow(a, b);
}
