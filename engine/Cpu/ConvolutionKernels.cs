using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IConvolutionKernels{T}"/> on the CPU.</summary>
internal sealed unsafe class ConvolutionKernels<T>(CpuContext context) : IConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        Check(geometry, x, weight, bias, y);
        Correlate(geometry, x, weight, bias, y, add: false);
    }

    public void Rop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias,
        Tensor<T> dy)
    {
        Check(geometry, x, dWeight, dBias, dy);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        Correlate(geometry, x, dWeight, dBias, dy, add: false);
        if (dx.IsAbsent) return;
        Guard.Equal(dx.Count, x.Count, "convolution input direction");
        Correlate(geometry, dx, weight, default, dy, add: true);
    }

    public void Lop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight,
        Tensor<T> uBias)
    {
        Check(geometry, x, uWeight, uBias, u);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        var lopWeight = new ReferenceLopWeight<T>(geometry, x.Pointer(), u.Pointer(), uWeight.Pointer(), uBias.Pointer());
        context.Pool.Run(lopWeight, geometry.OutChannels);
        if (ux.IsAbsent) return;
        Guard.Equal(ux.Count, x.Count, "convolution input adjoint");
        var lopInput = new ReferenceLopInput<T>(geometry, weight.Pointer(), u.Pointer(), ux.Pointer());
        context.Pool.Run(lopInput, geometry.Batch);
    }

    private static void Check(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        Guard.Equal(x.Count, geometry.Input.Count, "convolution input");
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        Guard.Equal(bias.Count, geometry.OutChannels, "convolution bias");
        Guard.Equal(y.Count, geometry.Output.Count, "convolution output");
    }

    private void Correlate(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y, bool add)
    {
        var work = new ReferenceForward<T>(geometry, x.Pointer(), weight.Pointer(), bias.PointerOrNull(), y.Pointer(), add);
        context.Pool.Run(work, geometry.Batch * geometry.OutChannels);
    }
}
