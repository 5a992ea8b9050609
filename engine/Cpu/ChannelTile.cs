using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The register tile of the convolutions: 4 output channels times 2 vectors of outputs, 8 accumulators, enough to hide the
/// latency of a multiply-add. A tap costs 6 loads (2 of inputs, 4 of weights) and 8 multiply-adds. Where there are 32 registers,
/// two groups of channels go together: 10 loads and 16 multiply-adds.
/// </summary>
internal static unsafe class ChannelTile<T, TVector, TLanes>
    where T : unmanaged
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    /// <summary>
    /// Adds the products of all taps, in their order: offset[tap] from left and from
    /// right on with weight[tap][4], see <see cref="PackedKernel"/>, to the first vectors a and the
    /// second vectors b of the channels 0 to 3.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTaps(
        T* left, T* right, nint* offset, int taps, T* weight, ref TVector a0, ref TVector a1, ref TVector a2,
        ref TVector a3, ref TVector b0, ref TVector b1, ref TVector b2, ref TVector b3)
    {
        for (var end = offset + taps; offset < end; offset++)
        {
            var x0 = TLanes.Load(left + *offset);
            var x1 = TLanes.Load(right + *offset);
            AddChannel(weight[0], x0, x1, ref a0, ref b0);
            AddChannel(weight[1], x0, x1, ref a1, ref b1);
            AddChannel(weight[2], x0, x1, ref a2, ref b2);
            AddChannel(weight[3], x0, x1, ref a3, ref b3);
            weight += PackedKernel.Channels;
        }
    }

    /// <summary>The same for two groups of channels; those of the second are c and d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTaps(
        T* left, T* right, nint* offset, int taps, T* weight, T* second, ref TVector a0, ref TVector a1, ref TVector a2, ref TVector a3,
        ref TVector b0, ref TVector b1, ref TVector b2, ref TVector b3, ref TVector c0, ref TVector c1, ref TVector c2, ref TVector c3,
        ref TVector d0, ref TVector d1, ref TVector d2, ref TVector d3)
    {
        for (var end = offset + taps; offset < end; offset++)
        {
            var x0 = TLanes.Load(left + *offset);
            var x1 = TLanes.Load(right + *offset);
            AddChannel(weight[0], x0, x1, ref a0, ref b0);
            AddChannel(weight[1], x0, x1, ref a1, ref b1);
            AddChannel(weight[2], x0, x1, ref a2, ref b2);
            AddChannel(weight[3], x0, x1, ref a3, ref b3);
            AddChannel(second[0], x0, x1, ref c0, ref d0);
            AddChannel(second[1], x0, x1, ref c1, ref d1);
            AddChannel(second[2], x0, x1, ref c2, ref d2);
            AddChannel(second[3], x0, x1, ref c3, ref d3);
            weight += PackedKernel.Channels;
            second += PackedKernel.Channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddChannel(T weight, TVector x0, TVector x1, ref TVector a, ref TVector b)
    {
        var broadcast = TLanes.Create(weight);
        a = TLanes.MultiplyAdd(broadcast, x0, a);
        b = TLanes.MultiplyAdd(broadcast, x1, b);
    }
}
