using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// Weights as the register tile reads them, [group of 4 output channels][tap c,k,l][4], zeros where the channels end,
/// and for each tap the place of its input relative to the first one of an output. An R-op has two terms, which are
/// packed as one kernel of twice as many taps; the taps of the second reach from x over to dx.
/// </summary>
internal static class PackedKernel
{
    /// <summary>Output channels of a register tile.</summary>
    public const int Channels = 4;

    public static int Groups(in ConvolutionGeometry geometry) => (geometry.OutChannels + Channels - 1) / Channels;

    public static int Taps(in ConvolutionGeometry geometry) => geometry.InChannels * geometry.KernelHeight * geometry.KernelWidth;

    /// <summary>The taps' places, moved by <paramref name="shift"/> elements.</summary>
    public static unsafe void WriteOffsets(in ConvolutionGeometry geometry, in InputLayout layout, nint shift, nint* offsets)
    {
        for (var c = 0; c < geometry.InChannels; c++)
        {
            for (var k = 0; k < geometry.KernelHeight; k++)
            {
                for (var l = 0; l < geometry.KernelWidth; l++) *offsets++ = shift + (c * layout.PlaneLength) + layout.Place(k, l);
            }
        }
    }

    /// <summary>Packs weights OIHW as the taps from <paramref name="firstTap"/> on of <paramref name="allTaps"/>.</summary>
    public static unsafe void Pack<T>(in ConvolutionGeometry geometry, T* weight, T* packed, int firstTap, int allTaps)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var taps = Taps(geometry);
        for (var o = 0; o < Groups(geometry) * Channels; o++)
        {
            var (group, lane) = Math.DivRem(o, Channels);
            var target = packed + ((((long)group * allTaps) + firstTap) * Channels) + lane;
            for (var tap = 0; tap < taps; tap++)
            {
                target[tap * Channels] = o < geometry.OutChannels ? weight[((long)o * taps) + tap] : T.Zero;
            }
        }
    }

    /// <summary>
    /// Packs the weights of the adjoint's correlation: <paramref name="adjoint"/> is its geometry, from the convolution's
    /// output channels to its input channels; the kernel is turned by half a turn.
    /// </summary>
    public static unsafe void PackTurned<T>(in ConvolutionGeometry adjoint, T* weight, T* packed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var taps = Taps(adjoint);
        var area = adjoint.KernelHeight * adjoint.KernelWidth;
        for (var c = 0; c < Groups(adjoint) * Channels; c++)
        {
            var (group, lane) = Math.DivRem(c, Channels);
            var target = packed + ((long)group * taps * Channels) + lane;
            for (var tap = 0; tap < taps; tap++)
            {
                var (o, place) = Math.DivRem(tap, area);
                target[tap * Channels] = c < adjoint.OutChannels
                    ? weight[((((long)o * adjoint.OutChannels) + c) * area) + (area - 1 - place)]
                    : T.Zero;
            }
        }
    }
}

/// <summary>
/// The sum of one or two convolutions (the two terms of an R-op) plus a bias, a block of output rows of one sample a
/// part, a <see cref="ChannelTile{T,TVector,TLanes}"/> at a time. Where the columns end, the last vector moves back over columns that are computed already; they come
/// out the same. Each output is one sum in the order of its taps.
/// </summary>
internal readonly unsafe struct ConvolutionForward<T>(
    ConvolutionGeometry geometry, InputLayout layout, T* x, T* packed, nint* offsets, int taps, T* bias, T* y) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Output rows of one part: enough parts for many processors, few rows of input read twice.</summary>
    private const int RowsPerPart = 32;

    private readonly int _outHeight = geometry.OutHeight;
    private readonly int _outWidth = geometry.OutWidth;

    public static int Parts(in ConvolutionGeometry geometry) => geometry.Batch * Blocks(geometry.OutHeight);

    public void Run(int part)
    {
        var (n, block) = Math.DivRem(part, Blocks(_outHeight));
        var end = Math.Min((block + 1) * RowsPerPart, _outHeight);
        for (var i = block * RowsPerPart; i < end; i++)
        {
            for (var group = 0; group < PackedKernel.Groups(geometry); group++) Row(n, i, group);
        }
    }

    private static int Blocks(int rows) => (rows + RowsPerPart - 1) / RowsPerPart;

    private void Row(int n, int i, int group)
    {
        var size = Vector<T>.Count;
        var last = Math.Max(_outWidth - size, 0);
        for (var j = 0; j < _outWidth; j += 2 * size)
        {
            Tile(n, i, group, Math.Min(j, last), Math.Min(j + size, last));
        }
    }

    /// <summary>Four channels of the columns from <paramref name="j0"/> and from <paramref name="j1"/> on.</summary>
    [SkipLocalsInit]
    private void Tile(int n, int i, int group, int j0, int j1)
    {
        var sums = stackalloc Vector<T>[2 * PackedKernel.Channels];
        var o = group * PackedKernel.Channels;
        for (var lane = 0; lane < PackedKernel.Channels; lane++) sums[2 * lane] = sums[(2 * lane) + 1] = Bias(o + lane);
        var weight = packed + ((long)group * taps * PackedKernel.Channels);
        var left = x + ((long)n * layout.SampleLength) + ((long)i * geometry.Stride * layout.RowLength) + j0;
        AddTaps(left, left + (j1 - j0), offsets, taps, weight, sums);
        for (var lane = 0; lane < PackedKernel.Channels; lane++) Store(n, o + lane, i, j0, j1, sums[2 * lane], sums[(2 * lane) + 1]);
    }

    /// <summary>A method of its own: sums that are handed to other calls would lie in memory throughout.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddTaps(T* left, T* right, nint* offsets, int taps, T* weight, Vector<T>* sums)
    {
        Vector<T> a0 = sums[0], b0 = sums[1], a1 = sums[2], b1 = sums[3], a2 = sums[4], b2 = sums[5], a3 = sums[6], b3 = sums[7];
        ChannelTile<T, Vector<T>, MachineLanes<T>>.AddTaps(
            left, right, offsets, taps, weight, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
        (sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7]) = (a0, b0, a1, b1, a2, b2, a3, b3);
    }

    private Vector<T> Bias(int o) => bias == null || o >= geometry.OutChannels ? Vector<T>.Zero : new Vector<T>(bias[o]);

    private void Store(int n, int o, int i, int j0, int j1, Vector<T> a, Vector<T> b)
    {
        if (o >= geometry.OutChannels) return;
        var row = y + (((((long)n * geometry.OutChannels) + o) * _outHeight) + i) * _outWidth;
        if (_outWidth >= Vector<T>.Count)
        {
            a.Store(row + j0);
            b.Store(row + j1);
            return;
        }
        for (var j = 0; j < _outWidth; j++) row[j] = a[j];
    }
}
