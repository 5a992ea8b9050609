using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Multiply-adds on registers alone, in 12 independent chains: 2 units of latency 4 or 5 are busy from 10 on, in each width
/// of vectors that the machine may have.
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
        => Sink<T>.Value = width == 8 * Vector<byte>.Count
            ? Chain<T, Vector<T>, MachineLanes<T>>(new Vector<T>(Sink<T>.Value))
            : Chain<T, Vector512<T>, WideLanes<T>>(Vector512.Create(Sink<T>.Value));

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Chain<T, TVector, TLanes>(TVector x)
        where T : unmanaged
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        TVector a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, b0 = x, b1 = x, b2 = x, b3 = x, b4 = x, b5 = x;
        for (var step = 0; step < Steps; step++)
        {
            a0 = TLanes.MultiplyAdd(a0, x, x);
            a1 = TLanes.MultiplyAdd(a1, x, x);
            a2 = TLanes.MultiplyAdd(a2, x, x);
            a3 = TLanes.MultiplyAdd(a3, x, x);
            a4 = TLanes.MultiplyAdd(a4, x, x);
            a5 = TLanes.MultiplyAdd(a5, x, x);
            b0 = TLanes.MultiplyAdd(b0, x, x);
            b1 = TLanes.MultiplyAdd(b1, x, x);
            b2 = TLanes.MultiplyAdd(b2, x, x);
            b3 = TLanes.MultiplyAdd(b3, x, x);
            b4 = TLanes.MultiplyAdd(b4, x, x);
            b5 = TLanes.MultiplyAdd(b5, x, x);
        }
        var a = TLanes.Add(TLanes.Add(TLanes.Add(a0, a1), TLanes.Add(a2, a3)), TLanes.Add(a4, a5));
        var b = TLanes.Add(TLanes.Add(TLanes.Add(b0, b1), TLanes.Add(b2, b3)), TLanes.Add(b4, b5));
        return TLanes.Sum(TLanes.Add(a, b));
    }

    /// <summary>Where results go, so that no compiler can leave the work out.</summary>
    private static class Sink<T>
    {
        public static T? Value { get; set; }
    }
}
