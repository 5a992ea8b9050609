using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// R-op at the winners, a sample a part: dy = W . dx's patch + dW . x's patch + db at each open window, 0 at closed ones.
/// Eight windows of a channel share the loads of the weights, hide the latency of the sums, and are summed over their lanes together: a
/// strip costs 9 loads, 8 masks and 8 multiply-adds for at most 8 V products.
/// </summary>
internal readonly unsafe struct PooledConvolutionRop<T, TVector, TLanes>(
    PooledConvolutionGeometry geometry, PatchLayout layout, PooledRopTerm<T> weight, PooledRopTerm<T> input, PooledRopOperands<T> operands) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    private const int Group = OpenPositions.Group;

    private readonly PatchLayout _layout = layout;
    private readonly TVector _all = TLanes.FirstLanes(TLanes.Count);
    private readonly TVector _tail = TLanes.FirstLanes(layout.TailLanes);
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

    [SkipLocalsInit]
    private void Channel(int o, OpenPositions list, int count, T* x, T* dx, T* dy)
    {
        // The last group is filled up with its last window, whose value is written more than once.
        for (var i = count; i < count + Group - 1; i++)
        {
            (list.Outputs[i], list.Corners[i]) = (list.Outputs[count - 1], list.Corners[count - 1]);
        }
        var kernel = (long)o * _layout.Strips * TLanes.Count;
        var values = stackalloc T[Group];
        for (var i = 0; i < count; i += Group)
        {
            Values(weight.Packed + kernel, x, input.Packed + kernel, dx, list.Corners + i, values);
            var outputs = list.Outputs + i;
            for (var q = 0; q < Group; q++) dy[outputs[q]] = operands.DBias[o] + values[q];
        }
    }

    /// <summary>The products of a channel's weights with eight patches.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Values(T* first, T* x, T* second, T* dx, int* corners, T* values)
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        AddPatches(first, x, corners, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
        if (dx != null) AddPatches(second, dx, corners, ref s0, ref s1, ref s2, ref s3, ref s4, ref s5, ref s6, ref s7);
        TLanes.Sums(s0, s1, s2, s3, s4, s5, s6, s7, values);
    }

    /// <summary>
    /// Adds the products of a channel's weights with eight patches. Lanes beyond a run are masked, since what they hold may be
    /// infinite or NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddPatches(
        T* kernel, T* sample, int* corners, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3, ref TVector s4, ref TVector s5,
        ref TVector s6, ref TVector s7)
    {
        nint spacing = _layout.Spacing;
        T* x0 = sample + (corners[0] * spacing), x1 = sample + (corners[1] * spacing);
        T* x2 = sample + (corners[2] * spacing), x3 = sample + (corners[3] * spacing);
        T* x4 = sample + (corners[4] * spacing), x5 = sample + (corners[5] * spacing);
        T* x6 = sample + (corners[6] * spacing), x7 = sample + (corners[7] * spacing);
        var strip = operands.Strips;
        for (var chunk = 1; chunk <= _layout.Chunks; chunk++)
        {
            var mask = chunk == _layout.Chunks ? _tail : _all;
            for (var end = strip + _layout.StripsPerChunk; strip < end; strip++, kernel += TLanes.Count)
            {
                var values = TLanes.Load(kernel);
                s0 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x0 + *strip), mask), values, s0);
                s1 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x1 + *strip), mask), values, s1);
                s2 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x2 + *strip), mask), values, s2);
                s3 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x3 + *strip), mask), values, s3);
                s4 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x4 + *strip), mask), values, s4);
                s5 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x5 + *strip), mask), values, s5);
                s6 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x6 + *strip), mask), values, s6);
                s7 = TLanes.MultiplyAdd(TLanes.And(TLanes.Load(x7 + *strip), mask), values, s7);
            }
        }
    }
}

/// <summary>One term: inputs and the weights they meet.</summary>
internal readonly unsafe record struct PooledRopTerm<T>(SampleReader<T> Input, nint PackedAddress)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Packed => (T*)PackedAddress;
}

/// <summary>What both terms share.</summary>
internal readonly unsafe record struct PooledRopOperands<T>(
    nint StripsAddress, nint WinnersAddress, nint DistancesAddress, nint DBiasAddress, nint DyAddress, ThreadScratch<int> Lists)
    where T : unmanaged
{
    public nint* Strips => (nint*)StripsAddress;

    public byte* Winners => (byte*)WinnersAddress;

    public int* Distances => (int*)DistancesAddress;

    public T* DBias => (T*)DBiasAddress;

    public T* Dy => (T*)DyAddress;
}
