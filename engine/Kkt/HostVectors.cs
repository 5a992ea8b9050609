using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>Vector arithmetic of the small dense systems that are solved on the host, in float64.</summary>
internal static class HostVectors
{
    /// <summary>x^T y, always in the same order.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        var (even, odd) = (Vector<double>.Zero, Vector<double>.Zero);
        var i = 0;
        for (; i + 1 < xs.Length; i += 2)
        {
            even += xs[i] * ys[i];
            odd += xs[i + 1] * ys[i + 1];
        }
        if (i < xs.Length) even += xs[i] * ys[i];
        var sum = Vector.Sum(even + odd);
        for (i = xs.Length * Vector<double>.Count; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y = y + a x.</summary>
    public static void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        var xs = MemoryMarshal.Cast<double, Vector<double>>(x);
        var ys = MemoryMarshal.Cast<double, Vector<double>>(y);
        var factor = new Vector<double>(a);
        for (var i = 0; i < ys.Length; i++) ys[i] += factor * xs[i];
        for (var i = ys.Length * Vector<double>.Count; i < y.Length; i++) y[i] += a * x[i];
    }

    /// <summary>a x + b y.</summary>
    public static double[] Combine(double a, ReadOnlySpan<double> x, double b, ReadOnlySpan<double> y)
    {
        var result = new double[x.Length];
        for (var i = 0; i < result.Length; i++) result[i] = (a * x[i]) + (b * y[i]);
        return result;
    }

    /// <summary>A device's numbers in float64.</summary>
    public static double[] Read<T>(Tensor<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => Read<T>(x.ToArray());

    /// <summary>The same of numbers that were read already.</summary>
    public static double[] Read<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var values = new double[x.Length];
        for (var i = 0; i < x.Length; i++) values[i] = double.CreateTruncating(x[i]);
        return values;
    }

    /// <summary>Writes numbers to a device.</summary>
    public static void Write<T>(double[] values, Tensor<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => x.CopyFrom(Array.ConvertAll(values, T.CreateTruncating));

    /// <summary>||x||.</summary>
    public static double Norm(ReadOnlySpan<double> x) => Math.Sqrt(Dot(x, x));

    /// <summary>Whether no element is NaN or infinite: the sum of 0 x is 0 then, and NaN else.</summary>
    public static bool IsFinite(ReadOnlySpan<double> x)
    {
        var sum = Vector<double>.Zero;
        foreach (var vector in MemoryMarshal.Cast<double, Vector<double>>(x)) sum += vector * 0;
        var rest = 0.0;
        foreach (var element in x[(x.Length / Vector<double>.Count * Vector<double>.Count)..]) rest += element * 0;
        return Vector.Sum(sum) + rest == 0;
    }
}
