using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PoseEngine.Kernels;

/// <summary>The sums of the lanes of eight vectors at once, lane i that of vector i: neighbours are added until one vector holds them all.</summary>
internal static class EightSums
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(
        Vector256<float> x0, Vector256<float> x1, Vector256<float> x2, Vector256<float> x3, Vector256<float> x4, Vector256<float> x5,
        Vector256<float> x6, Vector256<float> x7)
        => AddHalves(Pairs(Pairs(x0, x1), Pairs(x2, x3)), Pairs(Pairs(x4, x5), Pairs(x6, x7)));

    /// <summary>The same for 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(
        Vector512<float> x0, Vector512<float> x1, Vector512<float> x2, Vector512<float> x3, Vector512<float> x4, Vector512<float> x5,
        Vector512<float> x6, Vector512<float> x7)
    {
        var (low, high) = (Pairs(Pairs(x0, x1), Pairs(x2, x3)), Pairs(Pairs(x4, x5), Pairs(x6, x7)));
        return AddHalves(low.GetLower() + low.GetUpper(), high.GetLower() + high.GetUpper());
    }

    /// <summary>Sums of two lanes: of the even ones of x, the even ones of y and so on, in each group of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pairs(Vector256<float> x, Vector256<float> y)
        => Avx.Shuffle(x, y, 0b_10_00_10_00) + Avx.Shuffle(x, y, 0b_11_01_11_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pairs(Vector512<float> x, Vector512<float> y)
        => Avx512F.Shuffle(x, y, 0b_10_00_10_00) + Avx512F.Shuffle(x, y, 0b_11_01_11_01);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddHalves(Vector256<float> low, Vector256<float> high)
        => Avx.Permute2x128(low, high, 0x20) + Avx.Permute2x128(low, high, 0x31);
}
