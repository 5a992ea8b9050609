using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PoseEngine.Kernels;

/// <summary>The few vector instructions that <see cref="Vector{T}"/> has for float and double only, for a generic T.</summary>
public static class Simd
{
    /// <summary>a b + c, fused where the machine has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> MultiplyAdd<T>(Vector<T> a, Vector<T> b, Vector<T> c)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Vector.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>();
        }
        return Vector.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();
    }

    /// <summary>The same on 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        return Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();
    }

    /// <summary>Whether no element is NaN or infinite: the sum of 0 x is 0 then, and NaN else.</summary>
    public static unsafe bool AreFinite<T>(T* x, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = Vector<T>.Zero;
        var i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count) sum += Vector.Load(x + i) * T.Zero;
        var rest = Vector.Sum(sum);
        for (; i < count; i++) rest += x[i] * T.Zero;
        return rest == T.Zero;
    }

    /// <summary>A whole number as the bits of every lane, for a vector that only selects.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Bits<T>(int number)
        where T : unmanaged
        => typeof(T) == typeof(float) ? new Vector<int>(number).As<int, T>() : new Vector<long>(number).As<long, T>();

    /// <summary>The elements in float64: the lower half and the upper half, or for float64 all of them and zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Widen<T>(Vector<T> x, out Vector<double> lower, out Vector<double> upper)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(x.As<T, float>(), out lower, out upper);
            return;
        }
        (lower, upper) = (x.As<T, double>(), Vector<double>.Zero);
    }

    /// <summary>Adds the products of two vectors to two float64 sums (the second is used by float32 only).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddProducts<T>(Vector<T> x, Vector<T> y, ref Vector<double> sum0, ref Vector<double> sum1)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            Vector.Widen(x.As<T, float>(), out var x0, out var x1);
            Vector.Widen(y.As<T, float>(), out var y0, out var y1);
            sum0 = Vector.FusedMultiplyAdd(x0, y0, sum0);
            sum1 = Vector.FusedMultiplyAdd(x1, y1, sum1);
            return;
        }
        sum0 = Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum0);
    }
}
