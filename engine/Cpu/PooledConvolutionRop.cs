using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// R-op at the winners, a sample a part: dy = W . dx's patch + dW . x's patch + db at each open window, 0 at closed ones.
/// Eight windows of a channel share the loads of the weights and hide the latency of the sums: a strip costs 9 loads, 8 masks and
/// 8 multiply-adds for at most 8 V products.
/// </summary>
internal readonly unsafe struct PooledConvolutionRop<T>(
    PooledConvolutionGeometry geometry, PatchLayout layout, PooledConvolutionRop<T>.Term weight, PooledConvolutionRop<T>.Term input,
    PooledConvolutionRop<T>.Operands operands) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Group = OpenPositions.Group;

    private readonly PatchLayout _layout = layout;
    private readonly Vector<T> _tail = FirstLanes(layout.TailLanes);
    private readonly int _outChannels = geometry.Convolution.OutChannels;
    private readonly int _outputs = geometry.OutHeight * geometry.OutWidth;
    private readonly int _rowsPerBlock = OpenPositions.RowsPerBlock<T>(geometry, layout.RowLength);

    public void Run(int part)
    {
        var x = weight.Input.Read(_layout, part);
        var dx = input.Input.IsPresent ? input.Input.Read(_layout, part) : null;
        var list = OpenPositions.In(operands.Lists.Here, geometry);
        var first = (long)part * _outChannels * _outputs;
        new Span<T>(operands.Dy + first, _outChannels * _outputs).Clear();
        for (var row = 0; row < geometry.OutHeight; row += _rowsPerBlock)
        {
            var rows = Math.Min(_rowsPerBlock, geometry.OutHeight - row);
            for (var o = 0; o < _outChannels; o++)
            {
                var plane = first + ((long)o * _outputs);
                var count = list.Collect(geometry, operands.Winners + plane, operands.Distances, row, rows);
                if (count > 0) Channel(o, list, count, x, dx, operands.Dy + plane);
            }
        }
    }

    /// <summary>All ones in the first lanes, zeros in the others.</summary>
    private static Vector<T> FirstLanes(int count)
    {
        var mask = Vector<T>.Zero;
        for (var lane = 0; lane < count; lane++) mask = mask.WithElement(lane, Vector<T>.AllBitsSet[0]);
        return mask;
    }

    [SkipLocalsInit]
    private void Channel(int o, OpenPositions list, int count, T* x, T* dx, T* dy)
    {
        // The last group is filled up with its last window, whose value is written more than once.
        for (var i = count; i < count + Group - 1; i++)
        {
            (list.Outputs[i], list.Corners[i]) = (list.Outputs[count - 1], list.Corners[count - 1]);
        }
        var kernel = (long)o * _layout.Strips * Vector<T>.Count;
        var sums = stackalloc Vector<T>[Group];
        for (var i = 0; i < count; i += Group)
        {
            new Span<Vector<T>>(sums, Group).Clear();
            AddPatches(weight.Packed + kernel, x, list.Corners + i, sums);
            if (dx != null) AddPatches(input.Packed + kernel, dx, list.Corners + i, sums);
            var outputs = list.Outputs + i;
            for (var q = 0; q < Group; q++) dy[outputs[q]] = operands.DBias[o] + Vector.Sum(sums[q]);
        }
    }

    /// <summary>
    /// Adds the products of a channel's weights with eight patches. Lanes beyond a patch are masked, since what they hold
    /// may be infinite or NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddPatches(T* kernel, T* sample, int* corners, Vector<T>* sums)
    {
        var (s0, s1, s2, s3) = (sums[0], sums[1], sums[2], sums[3]);
        var (s4, s5, s6, s7) = (sums[4], sums[5], sums[6], sums[7]);
        nint spacing = _layout.Spacing;
        T* x0 = sample + (corners[0] * spacing), x1 = sample + (corners[1] * spacing);
        T* x2 = sample + (corners[2] * spacing), x3 = sample + (corners[3] * spacing);
        T* x4 = sample + (corners[4] * spacing), x5 = sample + (corners[5] * spacing);
        T* x6 = sample + (corners[6] * spacing), x7 = sample + (corners[7] * spacing);
        var strip = operands.Strips;
        for (var chunk = 0; chunk < _layout.Chunks; chunk++)
        {
            var mask = chunk == _layout.Chunks - 1 ? _tail : Vector<T>.AllBitsSet;
            for (var end = strip + _layout.StripsPerChunk; strip < end; strip++, kernel += Vector<T>.Count)
            {
                var values = Vector.Load(kernel);
                s0 = Simd.MultiplyAdd(Vector.Load(x0 + *strip) & mask, values, s0);
                s1 = Simd.MultiplyAdd(Vector.Load(x1 + *strip) & mask, values, s1);
                s2 = Simd.MultiplyAdd(Vector.Load(x2 + *strip) & mask, values, s2);
                s3 = Simd.MultiplyAdd(Vector.Load(x3 + *strip) & mask, values, s3);
                s4 = Simd.MultiplyAdd(Vector.Load(x4 + *strip) & mask, values, s4);
                s5 = Simd.MultiplyAdd(Vector.Load(x5 + *strip) & mask, values, s5);
                s6 = Simd.MultiplyAdd(Vector.Load(x6 + *strip) & mask, values, s6);
                s7 = Simd.MultiplyAdd(Vector.Load(x7 + *strip) & mask, values, s7);
            }
        }
        (sums[0], sums[1], sums[2], sums[3]) = (s0, s1, s2, s3);
        (sums[4], sums[5], sums[6], sums[7]) = (s4, s5, s6, s7);
    }

    /// <summary>One term: inputs and the weights they meet.</summary>
    internal readonly record struct Term(SampleReader<T> Input, nint PackedAddress)
    {
        public T* Packed => (T*)PackedAddress;
    }

    /// <summary>What both terms share.</summary>
    internal readonly record struct Operands(
        nint StripsAddress, nint WinnersAddress, nint DistancesAddress, nint DBiasAddress, nint DyAddress, ThreadScratch<int> Lists)
    {
        public nint* Strips => (nint*)StripsAddress;

        public byte* Winners => (byte*)WinnersAddress;

        public int* Distances => (int*)DistancesAddress;

        public T* DBias => (T*)DBiasAddress;

        public T* Dy => (T*)DyAddress;
    }
}
