using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The L-op of a stack of adjoints that keeps samples apart, a sample a part: up to <see cref="StackTile.Adjoints"/> adjoints share
/// the list of open windows, each patch that is loaded, and each kernel. An adjoint of zero must add nothing even where x or W is
/// infinite or NaN; where one is, the sample goes the way of <see cref="PooledConvolutionLop{T, TVector, TLanes}"/>, adjoint by adjoint.
/// </summary>
internal readonly unsafe struct PooledConvolutionStack<T, TVector, TLanes>(
    PooledConvolutionGeometry geometry, PatchLayout layout, PooledConvolutionLop<T, TVector, TLanes> single, PooledWeightAdjoint<T> weight,
    PooledInputAdjoint<T> input, PooledLopOperands<T> operands) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<TVector, T>
{
    /// <summary>The least stack that it is faster for.</summary>
    public const int LeastStack = 3;

    private readonly PatchLayout _layout = layout;
    private readonly PatchLayout _padded = PatchLayout.Padded<T>(geometry.Convolution);
    private readonly int _sumsLength = PooledConvolutionLop<T, TVector, TLanes>.SumsPerPart(layout, geometry.Convolution.OutChannels);
    private readonly int _sumsPerChannel = PooledConvolutionLop<T, TVector, TLanes>.SumsPerPart(layout, 1);
    private readonly int _strips = PatchSums.Rounded(layout.Strips);
    private readonly int _batch = geometry.Convolution.Batch;
    private readonly int _outChannels = geometry.Convolution.OutChannels;
    private readonly int _outputs = geometry.OutHeight * geometry.OutWidth;
    private readonly int _rowsPerBlock = OpenPositions.RowsPerBlock<T>(geometry, layout.RowLength);

    public void Run(int n)
    {
        var x = weight.Input.Read(_layout, n);
        if (!weight.Input.IsFinite(_layout, x))
        {
            single.Run(n);
            return;
        }
        for (var first = 0; first < weight.Count; first += StackTile.Adjoints) Group(n, x, first, Math.Min(StackTile.Adjoints, weight.Count - first));
    }

    /// <summary>Some adjoints of sample n: their rows of uW, and their adjoints of its inputs.</summary>
    private void Group(int n, T* x, int first, int adjoints)
    {
        var sums = weight.ThreadSums.Here;
        new Span<double>(sums, StackTile.Adjoints * _sumsLength).Clear();
        var ux = input.Ux == null ? null : input.Scratch.Here;
        if (ux != null) new Span<T>(ux, StackTile.Adjoints * _padded.SampleLength).Clear();
        var list = OpenPositions.In(operands.Lists.Here, geometry);
        for (var row = 0; row < geometry.OutHeight; row += _rowsPerBlock)
        {
            var rows = Math.Min(_rowsPerBlock, geometry.OutHeight - row);
            for (var o = 0; o < _outChannels; o++)
            {
                var winners = operands.Winners + ((((long)n * _outChannels) + o) * _outputs);
                var count = list.Collect(geometry, winners, operands.Distances, row, rows);
                var u = new Stack(operands.U + (((((long)first * _batch) + n) * _outChannels) + o) * _outputs, (long)_batch * _outChannels * _outputs, adjoints);
                for (var q = 0; q < count; q += PatchSums.RunLength) AddRun(list, q, Math.Min(PatchSums.RunLength, count - q), u, o, x, sums, ux);
            }
        }
        var parameters = geometry.Convolution.Weight.Count;
        for (var j = 0; j < adjoints; j++)
        {
            var place = ((long)(first + j) * _batch) + n;
            var target = weight.Rows + (place * (parameters + _outChannels));
            PooledConvolutionLop<T, TVector, TLanes>.Finish(geometry.Convolution, _layout, weight.Lanes, sums + ((long)j * _sumsLength), target, target + parameters);
            if (ux != null) _padded.Restore(ux, input.Ux + (place * _layout.Inputs), StackTile.Adjoints, j);
        }
    }

    /// <summary>Some open windows of channel o.</summary>
    [SkipLocalsInit]
    private void AddRun(OpenPositions list, int first, int count, Stack u, int o, T* x, double* sums, T* ux)
    {
        var values = operands.Values.Here;
        var target = sums + ((long)o * _sumsPerChannel);
        TakeValues(list.Outputs + first, count, u, values, target + _sumsPerChannel - 1);
        StackTile.AddPatches<T, TVector, TLanes>(x, operands.Strips, _strips, values, list.Corners + first, _layout.Spacing, count, target, _sumsLength);
        if (ux == null) return;
        var kernel = input.Packed + ((long)o * _padded.Strips * Vector<T>.Count);
        StackTile.AddKernels(kernel, input.Strips, _padded.Strips, values, list.Corners + first, _padded.Spacing, count, ux);
    }

    /// <summary>Writes the adjoints of the listed windows, and adds them to the sums of the bias.</summary>
    private void TakeValues(int* outputs, int count, Stack u, T* values, double* target)
    {
        T* u0 = u.At(0), u1 = u.At(1), u2 = u.At(2), u3 = u.At(3), u4 = u.At(4), u5 = u.At(5);
        T s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default;
        for (var i = 0; i < count; i++, values += StackTile.ValueLength)
        {
            var output = outputs[i];
            s0 += values[0] = u0[output];
            s1 += values[1] = u1[output];
            s2 += values[2] = u2[output];
            s3 += values[3] = u3[output];
            s4 += values[4] = u4[output];
            s5 += values[5] = u5[output];
        }
        target[0] += double.CreateTruncating(s0);
        target[_sumsLength] += double.CreateTruncating(s1);
        target[2 * _sumsLength] += double.CreateTruncating(s2);
        target[3 * _sumsLength] += double.CreateTruncating(s3);
        target[4 * _sumsLength] += double.CreateTruncating(s4);
        target[5 * _sumsLength] += double.CreateTruncating(s5);
    }

    /// <summary>The adjoints of one channel of a sample; where there are fewer than six, the first again.</summary>
    private readonly struct Stack(T* first, long distance, int count)
    {
        public T* At(int adjoint) => first + (adjoint < count ? adjoint * distance : 0);
    }
}
