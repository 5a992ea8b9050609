using System.Numerics;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IPooledConvolutionKernels{T}"/> on the CPU with vectors. The scalar reference is the three layers, one by one.
/// </summary>
internal sealed unsafe class PooledConvolutionKernels<T>(CpuContext context) : IPooledConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A winner is a number below 255, which stands for a closed ReLU.</summary>
    private const int MostWindow = 15;

    public bool ReadsImages => true;

    public bool Supports(in PooledConvolutionGeometry geometry)
        => geometry.Convolution.Stride == 1 && geometry.Convolution.Padding == 0 && geometry.Window is >= 1 and <= MostWindow
            && geometry.OutHeight > 0 && geometry.OutWidth > 0;

    public void Forward(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y,
        Tensor<byte> winners)
    {
        Check(geometry, x, weight, bias, y, winners);
        if (Vector512.IsHardwareAccelerated) Forward<Vector512<T>, WideLanes<T>>(geometry, x, weight, bias, y, winners);
        else Forward<Vector<T>, MachineLanes<T>>(geometry, x, weight, bias, y, winners);
    }

    private void Forward<TVector, TLanes>(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y, Tensor<byte> winners)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var layout = PooledConvolutionForward<T, TVector, TLanes>.Layout(geometry);
        var taps = PackedKernel.Taps(geometry.Convolution);
        var packed = context.Scratch<T>(
            ScratchArea.PackedWeights, (long)PackedKernel.Groups(geometry.Convolution) * PackedKernel.Channels * taps);
        PackedKernel.Pack(geometry.Convolution, weight.Pointer(), packed, 0, taps);
        var offsets = context.Scratch<nint>(ScratchArea.TapOffsets, geometry.Window * taps);
        PooledConvolutionForward<T, TVector, TLanes>.WriteOffsets(geometry, layout, offsets);
        var operands = new PooledForwardOperands<T>(
            x.HasImages ? 0 : (nint)x.Values.Pointer(), (nint)x.Images.PointerOrNull(), (nint)packed, (nint)offsets, (nint)bias.Pointer(), (nint)y.Pointer(), (nint)winners.Pointer());
        var scratch = context.ThreadScratch<T>(ScratchArea.Sample, PooledConvolutionForward<T, TVector, TLanes>.ScratchLength(geometry, layout));
        context.Pool.Run(
            new PooledConvolutionForward<T, TVector, TLanes>(geometry, layout, scratch, operands), PooledConvolutionForward<T, TVector, TLanes>.Parts(geometry));
    }

    public void Rop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> dx,
        Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        Check(geometry, x, dWeight, dBias, dy, winners);
        Guard.Equal(weight.Count, dWeight.Count, "pooled convolution weight");
        if (!dx.IsAbsent) Guard.Equal(dx.Count, x.Count, "pooled convolution input direction");
        if (Vector512.IsHardwareAccelerated) Rop<Vector512<T>, WideLanes<T>>(geometry, x, weight, winners, dx, dWeight, dBias, dy);
        else Rop<Vector<T>, MachineLanes<T>>(geometry, x, weight, winners, dx, dWeight, dBias, dy);
    }

    private void Rop<TVector, TLanes>(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> dx,
        Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var layout = PatchLayout.Rows(geometry.Convolution, TLanes.Count);
        var length = geometry.Convolution.OutChannels * layout.Strips * TLanes.Count;
        var packed = context.Scratch<T>(ScratchArea.PackedWeights, 2 * length);
        layout.Pack(dWeight.Pointer(), packed);
        if (!dx.IsAbsent) layout.Pack(weight.Pointer(), packed + length);
        var first = new PooledRopTerm<T>(SampleReader<T>.For(context, ScratchArea.Sample, layout, x), (nint)packed);
        var second = new PooledRopTerm<T>(
            SampleReader<T>.For(context, ScratchArea.SampleDirection, layout, dx), (nint)(packed + length));
        var operands = new PooledRopOperands<T>(
            (nint)Strips(ScratchArea.TapOffsets, layout), (nint)winners.Pointer(), (nint)Distances(geometry), (nint)dBias.Pointer(), (nint)dy.Pointer(), Lists(geometry));
        context.Pool.Run(new PooledConvolutionRop<T, TVector, TLanes>(geometry, layout, first, second, operands), geometry.Convolution.Batch);
    }

    public void Lop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
    {
        Check(geometry, x, uWeight, uBias, u, winners);
        Guard.Equal(weight.Count, uWeight.Count, "pooled convolution weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, geometry.Convolution.Input.Count, "pooled convolution input adjoint");
        if (Vector512.IsHardwareAccelerated) Lop<Vector512<T>, WideLanes<T>>(geometry, x, weight, winners, u, ux, uWeight, uBias);
        else Lop<Vector<T>, MachineLanes<T>>(geometry, x, weight, winners, u, ux, uWeight, uBias);
    }

    private void Lop<TVector, TLanes>(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var layout = PatchLayout.Rows(geometry.Convolution, TLanes.Count);
        var batch = geometry.Convolution.Batch;
        var perPart = PatchSums.SamplesPerPart(batch);
        var parts = (batch + perPart - 1) / perPart;
        var length = PooledConvolutionLop<T, TVector, TLanes>.SumsPerPart(layout, geometry.Convolution.OutChannels);
        var sums = context.Scratch<double>(ScratchArea.Sums, (long)Math.Max(parts, 1) * length);
        if (parts == 0) new Span<double>(sums, length).Clear();
        var target = new PooledWeightAdjoint<T>(
            SampleReader<T>.For(context, ScratchArea.Sample, layout, x), perPart, (nint)Lanes(geometry.Convolution, layout), (nint)sums, 0, default);
        RunLop<TVector, TLanes>(geometry, layout, target, weight, winners.Pointer(), u, ux, parts);
        PatchSums.AddParts(sums, parts, length);
        PooledConvolutionLop<T, TVector, TLanes>.Finish(geometry.Convolution, layout, target.Lanes, sums, uWeight.Pointer(), uBias.Pointer());
    }

    public void LopSamples(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> rows)
    {
        Check(geometry);
        Guard.Equal(winners.Count, geometry.Output.Count, "pooled convolution winners");
        LopSamples(geometry, x, weight, winners.Pointer(), u, ux, rows);
    }

    /// <summary>The same for winners in scratch memory; the sizes fit.</summary>
    public void LopSamples(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, byte* winners, Tensor<T> u, Tensor<T> ux,
        Tensor<T> rows)
    {
        var stack = geometry.Convolution.CheckStack(x, weight, geometry.Output.Count, u, ux, rows);
        if (Vector512.IsHardwareAccelerated) LopSamples<Vector512<T>, WideLanes<T>>(geometry, x, weight, winners, u, ux, rows, stack);
        else LopSamples<Vector<T>, MachineLanes<T>>(geometry, x, weight, winners, u, ux, rows, stack);
    }

    private void LopSamples<TVector, TLanes>(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, byte* winners, Tensor<T> u, Tensor<T> ux,
        Tensor<T> rows, int stack)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var convolution = geometry.Convolution;
        var layout = PatchLayout.Rows(convolution, TLanes.Count);
        var sums = context.ThreadScratch<double>(
            ScratchArea.Sums, (long)Math.Max(stack, StackTile.Adjoints) * PooledConvolutionLop<T, TVector, TLanes>.SumsPerPart(layout, convolution.OutChannels));
        var target = new PooledWeightAdjoint<T>(
            SampleReader<T>.For(context, ScratchArea.Sample, layout, x), stack, (nint)Lanes(convolution, layout), 0, (nint)rows.Pointer(), sums);
        RunLop<TVector, TLanes>(geometry, layout, target, weight, winners, u, ux, convolution.Batch);
    }

    private void RunLop<TVector, TLanes>(
        in PooledConvolutionGeometry geometry, in PatchLayout layout, in PooledWeightAdjoint<T> target,
        Tensor<T> weight, byte* winners, Tensor<T> u, Tensor<T> ux, int parts)
        where TVector : unmanaged
        where TLanes : ILanes<TVector, T>
    {
        var convolution = geometry.Convolution;
        var stack = target.Rows == null ? 1 : Math.Max(target.Count, StackTile.Adjoints);
        var isFinite = Simd.AreFinite(weight.Pointer(), weight.Count);
        var input = new PooledInputAdjoint<T>(0, 0, 0, default, IsFinite: true);
        if (!ux.IsAbsent)
        {
            var padded = PatchLayout.Padded<T>(convolution);
            var packed = context.Scratch<T>(ScratchArea.PackedWeights, convolution.OutChannels * padded.Strips * Vector<T>.Count);
            padded.Pack(weight.Pointer(), packed);
            input = new PooledInputAdjoint<T>(
                (nint)ux.Pointer(), (nint)packed, (nint)Strips(ScratchArea.InputStrips, padded),
                context.ThreadScratch<T>(ScratchArea.SampleDirection, (long)stack * padded.SampleLength), isFinite);
        }
        var operands = new PooledLopOperands<T>(
            (nint)Strips(ScratchArea.TapOffsets, layout), (nint)winners, (nint)Distances(geometry), (nint)u.Pointer(), Lists(geometry),
            context.ThreadScratch<T>(ScratchArea.OpenAdjoints, Math.Max(geometry.OutHeight * geometry.OutWidth, PatchSums.RunLength * StackTile.ValueLength)));
        var single = new PooledConvolutionLop<T, TVector, TLanes>(geometry, layout, target, input, operands);
        var isStack = target.Rows != null && target.Count >= PooledConvolutionStack<T, TVector, TLanes>.LeastStack && isFinite;
        if (isStack) context.Pool.Run(new PooledConvolutionStack<T, TVector, TLanes>(geometry, layout, single, target, input, operands), parts);
        else context.Pool.Run(single, parts);
    }

    /// <summary>The strips' places; strips that only fill the last group repeat the first.</summary>
    private nint* Strips(ScratchArea area, in PatchLayout layout)
    {
        var count = PatchSums.Rounded(layout.Strips);
        var strips = context.Scratch<nint>(area, count);
        new Span<nint>(strips, count).Clear();
        layout.WriteStrips(strips);
        return strips;
    }

    /// <summary>The lane of each tap of a channel.</summary>
    private int* Lanes(in ConvolutionGeometry convolution, in PatchLayout layout)
    {
        var taps = PackedKernel.Taps(convolution);
        var lanes = context.Scratch<int>(ScratchArea.TapLanes, taps);
        for (var tap = 0; tap < taps; tap++) lanes[tap] = layout.Lane(tap);
        return lanes;
    }

    private int* Distances(in PooledConvolutionGeometry geometry)
    {
        var distances = context.Scratch<int>(ScratchArea.WinnerDistances, OpenPositions.Winners);
        OpenPositions.WriteDistances(geometry, distances);
        return distances;
    }

    private ThreadScratch<int> Lists(in PooledConvolutionGeometry geometry)
        => context.ThreadScratch<int>(ScratchArea.OpenPositions, OpenPositions.Length(geometry));

    private void Check(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y,
        Tensor<byte> winners)
    {
        Check(geometry);
        geometry.Check(x.Count, weight.Count, bias.Count, y.Count, winners.Count);
    }

    private void Check(in PooledConvolutionGeometry geometry)
    {
        if (!Supports(geometry))
        {
            throw new ArgumentException(
                $"cpu: no pooled convolution has the sizes {geometry}; use a convolution and a pooling", nameof(geometry));
        }
    }
}
