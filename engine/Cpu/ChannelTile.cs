using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>
/// The register tile of the convolutions: 4 output channels times 2 vectors of outputs, 8 accumulators, enough to hide the
/// latency of a multiply-add. A tap costs 6 loads (2 of inputs, 4 of weights) and 8 multiply-adds.
/// </summary>
internal static unsafe class ChannelTile<T>
    where T : unmanaged
{
    /// <summary>
    /// Adds the products of all taps, in their order: offset[tap] from left and from
    /// right on with weight[tap][4], see <see cref="PackedKernel"/>, to the first vectors a and the
    /// second vectors b of the channels 0 to 3.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTaps(
        T* left, T* right, nint* offset, int taps, T* weight, ref Vector<T> a0, ref Vector<T> a1, ref Vector<T> a2,
        ref Vector<T> a3, ref Vector<T> b0, ref Vector<T> b1, ref Vector<T> b2, ref Vector<T> b3)
    {
        for (var end = offset + taps; offset < end; offset++)
        {
            var x0 = Vector.Load(left + *offset);
            var x1 = Vector.Load(right + *offset);
            AddChannel(weight[0], x0, x1, ref a0, ref b0);
            AddChannel(weight[1], x0, x1, ref a1, ref b1);
            AddChannel(weight[2], x0, x1, ref a2, ref b2);
            AddChannel(weight[3], x0, x1, ref a3, ref b3);
            weight += PackedKernel.Channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChannel(T weight, Vector<T> x0, Vector<T> x1, ref Vector<T> a, ref Vector<T> b)
    {
        var broadcast = new Vector<T>(weight);
        a = Simd.MultiplyAdd(broadcast, x0, a);
        b = Simd.MultiplyAdd(broadcast, x1, b);
    }
}
