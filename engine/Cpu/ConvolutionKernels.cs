using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// <see cref="IConvolutionKernels{T}"/> on the CPU: checks, then either the vector kernels or the reference. The adjoint of
/// the input is a convolution of the adjoint of the output with the turned kernel, by the same vector kernel.
/// </summary>
internal sealed unsafe class ConvolutionKernels<T>(CpuContext context, PooledConvolutionKernels<T>? pooled) : IConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        geometry.Check(x.Count, weight.Count, bias.Count, y.Count);
        Correlate(geometry, x.Pointer(), weight.Pointer(), null, null, bias.Pointer(), y.Pointer());
    }

    public void Rop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias,
        Tensor<T> dy)
    {
        geometry.Check(x.Count, dWeight.Count, dBias.Count, dy.Count);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        if (!dx.IsAbsent) Guard.Equal(dx.Count, x.Count, "convolution input direction");
        Correlate(
            geometry, x.Pointer(), dWeight.Pointer(), dx.PointerOrNull(), weight.Pointer(), dBias.Pointer(), dy.Pointer());
    }

    public void Lop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight,
        Tensor<T> uBias)
    {
        geometry.Check(x.Count, uWeight.Count, uBias.Count, u.Count);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, x.Count, "convolution input adjoint");
        LopWeight(geometry, x.Pointer(), u.Pointer(), uWeight.Pointer(), uBias.Pointer());
        if (!ux.IsAbsent) LopInput(geometry, weight.Pointer(), u.Pointer(), ux.Pointer());
    }

    public void LopSamples(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> rows)
    {
        var unpooled = new PooledConvolutionGeometry(geometry, 1, Relu: false);
        if (pooled is null || !pooled.Supports(unpooled))
        {
            ((IConvolutionKernels<T>)this).LopOfEachSample(geometry, x, weight, u, ux, rows);
            return;
        }

        // Windows of one element: each is won by its only place, 0.
        var winners = context.Scratch<byte>(ScratchArea.Winners, geometry.Output.Count);
        new Span<byte>(winners, geometry.Output.Count).Clear();
        pooled.LopSamples(unpooled, x, weight, winners, u, ux, rows);
    }

    /// <summary>y = conv(x, W) + conv(x2, W2) + b; the second term is absent where <paramref name="x2"/> is null.</summary>
    private void Correlate(in ConvolutionGeometry geometry, T* x, T* weight, T* x2, T* weight2, T* bias, T* y)
    {
        if (!context.UseSimd)
        {
            var planes = geometry.Batch * geometry.OutChannels;
            context.Pool.Run(new ReferenceForward<T>(geometry, x, weight, bias, y, add: false), planes);
            if (x2 != null) context.Pool.Run(new ReferenceForward<T>(geometry, x2, weight2, null, y, add: true), planes);
            return;
        }
        var layout = new InputLayout(geometry, geometry.Padding, split: true);
        var input = layout.Arrange(context, ScratchArea.Bordered, geometry, x);
        var terms = x2 == null ? 1 : 2;
        var taps = PackedKernel.Taps(geometry);
        var (packed, offsets) = Kernel(geometry, terms * taps);
        PackedKernel.Pack(geometry, weight, (T*)packed, 0, terms * taps);
        PackedKernel.WriteOffsets(geometry, layout, 0, (nint*)offsets);
        if (x2 != null)
        {
            var input2 = layout.Arrange(context, ScratchArea.BorderedDirection, geometry, x2);
            var shift = ((nint)input2 - (nint)input) / sizeof(T);
            PackedKernel.Pack(geometry, weight2, (T*)packed, taps, terms * taps);
            PackedKernel.WriteOffsets(geometry, layout, shift, (nint*)offsets + taps);
        }
        var work = new ConvolutionForward<T>(geometry, layout, input, (T*)packed, (nint*)offsets, terms * taps, bias, y);
        context.Pool.Run(work, ConvolutionForward<T>.Parts(geometry));
    }

    private void LopWeight(in ConvolutionGeometry geometry, T* x, T* u, T* uWeight, T* uBias)
    {
        if (!context.UseSimd)
        {
            context.Pool.Run(new ReferenceLopWeight<T>(geometry, x, u, uWeight, uBias), geometry.OutChannels);
            return;
        }
        var layout = new InputLayout(geometry, geometry.Padding, split: false);
        var strips = context.Scratch<nint>(ScratchArea.TapOffsets, ConvolutionWeightAdjoint<T>.StripCount(geometry));
        ConvolutionWeightAdjoint<T>.WriteStrips(geometry, layout, strips);
        var parts = ConvolutionWeightAdjoint<T>.Parts(geometry);
        var sums = context.Scratch<double>(
            ScratchArea.Sums, (long)Math.Max(parts, 1) * ConvolutionWeightAdjoint<T>.SumsPerPart(geometry));
        if (parts == 0) new Span<double>(sums, ConvolutionWeightAdjoint<T>.SumsPerPart(geometry)).Clear();
        var input = layout.Arrange(context, ScratchArea.Bordered, geometry, x);
        context.Pool.Run(new ConvolutionWeightAdjoint<T>(geometry, layout, input, u, strips, sums), parts);
        ConvolutionWeightAdjoint<T>.Finish(geometry, sums, uWeight, uBias);
    }

    private void LopInput(in ConvolutionGeometry geometry, T* weight, T* u, T* ux)
    {
        var (top, left) = (geometry.KernelHeight - 1 - geometry.Padding, geometry.KernelWidth - 1 - geometry.Padding);
        if (!context.UseSimd || top < 0 || left < 0)
        {
            context.Pool.Run(new ReferenceLopInput<T>(geometry, weight, u, ux), geometry.Batch);
            return;
        }
        var adjoint = new ConvolutionGeometry(
            geometry.Batch, geometry.OutChannels, geometry.InHeight + geometry.KernelHeight - 1,
            geometry.InWidth + geometry.KernelWidth - 1, geometry.InChannels, geometry.KernelHeight, geometry.KernelWidth, 1, 0);
        var layout = new InputLayout(adjoint, 0, split: false);
        var spread = context.Scratch<T>(ScratchArea.BorderedDirection, (long)adjoint.Batch * layout.SampleLength);
        var placement = new Placement(geometry.OutHeight, geometry.OutWidth, top, left, geometry.Stride);
        context.Pool.Run(new ArrangeInput<T>(layout, placement, u, spread), geometry.Batch * geometry.OutChannels);
        var taps = PackedKernel.Taps(adjoint);
        var (packed, offsets) = Kernel(adjoint, taps);
        PackedKernel.PackTurned(adjoint, weight, (T*)packed);
        PackedKernel.WriteOffsets(adjoint, layout, 0, (nint*)offsets);
        var work = new ConvolutionForward<T>(adjoint, layout, spread, (T*)packed, (nint*)offsets, taps, null, ux);
        context.Pool.Run(work, ConvolutionForward<T>.Parts(adjoint));
    }

    /// <summary>Room for a packed kernel and its taps' places.</summary>
    private (nint Packed, nint Offsets) Kernel(in ConvolutionGeometry geometry, int taps)
    {
        var weights = (long)PackedKernel.Groups(geometry) * PackedKernel.Channels * taps;
        return ((nint)context.Scratch<T>(ScratchArea.PackedWeights, weights), (nint)context.Scratch<nint>(ScratchArea.TapOffsets, taps));
    }
}
