using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Cpu;

/// <summary>
/// Multiply-adds on registers alone, in 12 independent chains: 2 units of latency 4 or 5 are busy from 10 on. One function for
/// each width of vectors that the machine may have.
/// </summary>
internal static class FmaChains
{
    /// <summary>Steps of a run, 2 to 3 ms: long beside the start of its threads, short beside what else the machine does.</summary>
    private const int Steps = 1_000_000;

    private const int Chains = 12;

    /// <summary>The widths in bits: that of <see cref="Vector{T}"/>, and 512 where the processor has them, whether or not they are fast.</summary>
    public static IReadOnlyList<int> Widths { get; } = Vector512.IsHardwareAccelerated || Avx512F.IsSupported
        ? [.. ((int[])[8 * Vector<byte>.Count, 512]).Distinct()]
        : [8 * Vector<byte>.Count];

    /// <summary>Operations of a run by one thread, a multiply-add counted as two.</summary>
    public static double Operations<T>(int width)
        where T : unmanaged
        => 2.0 * Chains * Steps * width / (8 * Unsafe.SizeOf<T>());

    /// <summary>One run in vectors of a width.</summary>
    public static void Run<T>(int width)
        where T : unmanaged
        => Sink<T>.Value = width == 8 * Vector<byte>.Count ? Chain(new Vector<T>(Sink<T>.Value)) : Chain(Vector512.Create(Sink<T>.Value));

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Chain<T>(Vector<T> x)
        where T : unmanaged
    {
        Vector<T> a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, b0 = x, b1 = x, b2 = x, b3 = x, b4 = x, b5 = x;
        for (var step = 0; step < Steps; step++)
        {
            a0 = Simd.MultiplyAdd(a0, x, x);
            a1 = Simd.MultiplyAdd(a1, x, x);
            a2 = Simd.MultiplyAdd(a2, x, x);
            a3 = Simd.MultiplyAdd(a3, x, x);
            a4 = Simd.MultiplyAdd(a4, x, x);
            a5 = Simd.MultiplyAdd(a5, x, x);
            b0 = Simd.MultiplyAdd(b0, x, x);
            b1 = Simd.MultiplyAdd(b1, x, x);
            b2 = Simd.MultiplyAdd(b2, x, x);
            b3 = Simd.MultiplyAdd(b3, x, x);
            b4 = Simd.MultiplyAdd(b4, x, x);
            b5 = Simd.MultiplyAdd(b5, x, x);
        }
        return Vector.Sum(a0 + a1 + a2 + a3 + a4 + a5 + b0 + b1 + b2 + b3 + b4 + b5);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Chain<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, b0 = x, b1 = x, b2 = x, b3 = x, b4 = x, b5 = x;
        for (var step = 0; step < Steps; step++)
        {
            a0 = MultiplyAdd(a0, x);
            a1 = MultiplyAdd(a1, x);
            a2 = MultiplyAdd(a2, x);
            a3 = MultiplyAdd(a3, x);
            a4 = MultiplyAdd(a4, x);
            a5 = MultiplyAdd(a5, x);
            b0 = MultiplyAdd(b0, x);
            b1 = MultiplyAdd(b1, x);
            b2 = MultiplyAdd(b2, x);
            b3 = MultiplyAdd(b3, x);
            b4 = MultiplyAdd(b4, x);
            b5 = MultiplyAdd(b5, x);
        }
        return Vector512.Sum(a0 + a1 + a2 + a3 + a4 + a5 + b0 + b1 + b2 + b3 + b4 + b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> x)
        where T : unmanaged
        => typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.As<T, float>(), x.As<T, float>(), x.As<T, float>()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.As<T, double>(), x.As<T, double>(), x.As<T, double>()).As<double, T>();

    /// <summary>Where results go, so that no compiler can leave the work out.</summary>
    private static class Sink<T>
    {
        public static T? Value { get; set; }
    }
}
