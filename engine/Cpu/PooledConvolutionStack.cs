using System.Numerics;
using System.Runtime.CompilerServices;
using PoseEngine.Kernels;

namespace PoseEngine.Cpu;

/// <summary>
/// The L-op of a stack of adjoints that keeps samples apart, a sample a part: up to <see cref="StackTile.Adjoints"/> adjoints share
/// the list of open windows, each patch that is loaded, and each kernel. An adjoint of zero must add nothing even where x or W is
/// infinite or NaN; where one is, the sample goes the way of <see cref="PooledConvolutionLop{T}"/>, adjoint by adjoint.
/// </summary>
internal readonly unsafe struct PooledConvolutionStack<T>(
    PooledConvolutionGeometry geometry, PatchLayout layout, PooledConvolutionLop<T> single, PooledConvolutionLop<T>.WeightAdjoint weight,
    PooledConvolutionLop<T>.InputAdjoint input, PooledConvolutionLop<T>.Operands operands) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The least stack that it is faster for.</summary>
    public const int LeastStack = 3;

    private readonly PatchLayout _layout = layout;
    private readonly PatchLayout _channelsLast = PatchLayout.LastChannels<T>(geometry.Convolution);
    private readonly int _sumsLength = PooledConvolutionLop<T>.SumsPerPart(layout, geometry.Convolution.OutChannels);
    private readonly int _sumsPerChannel = PooledConvolutionLop<T>.SumsPerPart(layout, 1);
    private readonly int _strips = PatchSums.Rounded(layout.Strips);
    private readonly int _batch = geometry.Convolution.Batch;
    private readonly int _outChannels = geometry.Convolution.OutChannels;
    private readonly int _outputs = geometry.OutHeight * geometry.OutWidth;
    private readonly int _rowsPerBlock = OpenPositions.RowsPerBlock<T>(geometry, layout.RowLength);

    public void Run(int n)
    {
        var x = weight.Input.Read(_layout, n);
        if (!Simd.AreFinite(x, _layout.SampleLength))
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
        if (ux != null) new Span<T>(ux, StackTile.Adjoints * _channelsLast.SampleLength).Clear();
        var list = OpenPositions.In(operands.Lists.Here, geometry);
        for (var row = 0; row < geometry.OutHeight; row += _rowsPerBlock)
        {
            var rows = Math.Min(_rowsPerBlock, geometry.OutHeight - row);
            for (var o = 0; o < _outChannels; o++)
            {
                var winners = operands.Winners + ((((long)n * _outChannels) + o) * _outputs);
                var count = list.Collect(geometry, winners, operands.Distances, row, rows);
                TakeValues(list, count, n, o, first, adjoints);
                AddChannel(list, count, o, x, sums, ux);
            }
        }
        var parameters = geometry.Convolution.Weight.Count;
        for (var j = 0; j < adjoints; j++)
        {
            var place = ((long)(first + j) * _batch) + n;
            var target = weight.Rows + (place * (parameters + _outChannels));
            PooledConvolutionLop<T>.Finish(geometry.Convolution, _layout, weight.Lanes, sums + ((long)j * _sumsLength), target, target + parameters);
            if (ux != null) _channelsLast.Restore(ux, input.Ux + (place * _layout.Inputs), StackTile.Adjoints, j);
        }
    }

    /// <summary>The adjoints of the listed windows; where there are fewer than six, the first again.</summary>
    private void TakeValues(OpenPositions list, int count, int n, int o, int first, int adjoints)
    {
        var values = operands.Values.Here;
        var distance = (long)_batch * _outChannels * _outputs;
        var u = operands.U + (((((long)first * _batch) + n) * _outChannels) + o) * _outputs;
        T* u1 = u + (adjoints > 1 ? distance : 0), u2 = u + (adjoints > 2 ? 2 * distance : 0), u3 = u + (adjoints > 3 ? 3 * distance : 0);
        T* u4 = u + (adjoints > 4 ? 4 * distance : 0), u5 = u + (adjoints > 5 ? 5 * distance : 0);
        var outputs = list.Outputs;
        for (var i = 0; i < count; i++, values += StackTile.ValueLength<T>())
        {
            var output = outputs[i];
            StackTile.SetValue(values, 0, u[output]);
            StackTile.SetValue(values, 1, u1[output]);
            StackTile.SetValue(values, 2, u2[output]);
            StackTile.SetValue(values, 3, u3[output]);
            StackTile.SetValue(values, 4, u4[output]);
            StackTile.SetValue(values, 5, u5[output]);
        }
    }

    private void AddChannel(OpenPositions list, int count, int o, T* x, double* sums, T* ux)
    {
        var values = operands.Values.Here;
        var target = sums + ((long)o * _sumsPerChannel);
        for (var first = 0; first < count; first += PatchSums.RunLength)
        {
            var length = Math.Min(PatchSums.RunLength, count - first);
            var run = values + ((long)first * StackTile.ValueLength<T>());
            StackTile.AddPatches(x, operands.Strips, _strips, run, list.Corners + first, _layout.Spacing, length, target, _sumsLength);
            StackTile.AddValues(run, length, target + _sumsPerChannel - 1, _sumsLength);
        }
        if (ux == null) return;
        var kernel = input.Packed + ((long)o * _channelsLast.Strips * Vector<T>.Count);
        StackTile.AddKernels(kernel, input.Strips, _channelsLast.Strips, values, list.Corners, _channelsLast.Spacing, count, ux);
    }
}
