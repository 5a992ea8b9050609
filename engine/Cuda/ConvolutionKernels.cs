using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IConvolutionKernels{T}"/> on CUDA for any stride and padding, see <c>kernels/convolution.cu</c>.</summary>
internal sealed unsafe class ConvolutionKernels<T>(CudaContext context) : IConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<ConvolutionGeometry, Compiled> _compiled = [];

    public void Forward(in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y)
    {
        geometry.Check(x.Count, weight.Count, bias.Count, y.Count);
        var (module, _) = Kernels(geometry);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(weight.DevicePointer());
        arguments.Add(bias.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(geometry.Batch);
        module["convolution_forward"].Launch(OutputShape(geometry), arguments);
    }

    public void Rop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> dx, Tensor<T> dWeight, Tensor<T> dBias,
        Tensor<T> dy)
    {
        if (dx.IsAbsent)
        {
            Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
            Forward(geometry, x, dWeight, dBias, dy);
            return;
        }
        geometry.Check(x.Count, dWeight.Count, dBias.Count, dy.Count);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        Guard.Equal(dx.Count, x.Count, "convolution input direction");
        var (module, _) = Kernels(geometry);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(weight.DevicePointer());
        arguments.Add(dx.DevicePointer());
        arguments.Add(dWeight.DevicePointer());
        arguments.Add(dBias.DevicePointer());
        arguments.Add(dy.DevicePointer());
        arguments.Add(geometry.Batch);
        module["convolution_rop"].Launch(OutputShape(geometry), arguments);
    }

    public void Lop(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> uWeight,
        Tensor<T> uBias)
    {
        geometry.Check(x.Count, uWeight.Count, uBias.Count, u.Count);
        Guard.Equal(weight.Count, geometry.Weight.Count, "convolution weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, x.Count, "convolution input adjoint");
        var (module, tiling) = Kernels(geometry);
        var sums = WeightAdjoint.Sums(context, tiling, geometry.Batch);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(u.DevicePointer());
        WeightAdjoint.Launch(
            tiling, geometry.Batch, module["convolution_lop_weight"], arguments, module["convolution_sum_parts"], sums,
            uWeight.DevicePointer(), uBias.DevicePointer());
        if (!ux.IsAbsent) LopInput(geometry, module["convolution_lop_input"], weight, u, ux);
    }

    public void LopSamples(
        in ConvolutionGeometry geometry, Tensor<T> x, Tensor<T> weight, Tensor<T> u, Tensor<T> ux, Tensor<T> rows)
    {
        var count = geometry.Batch * geometry.CheckStack(x, weight, geometry.Output.Count, u, ux, rows);
        var (module, tiling) = Kernels(geometry);
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(rows.DevicePointer());
        arguments.Add(geometry.Batch);
        module["convolution_lop_rows"].Launch(tiling.RowShape(count), arguments);
        if (!ux.IsAbsent) LopInput(geometry with { Batch = count }, module["convolution_lop_input"], weight, u, ux);
    }

    private static void LopInput(
        in ConvolutionGeometry geometry, CudaKernel kernel, Tensor<T> weight, Tensor<T> u, Tensor<T> ux)
    {
        var arguments = new KernelArguments();
        arguments.Add(weight.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(ux.DevicePointer());
        arguments.Add(geometry.Batch);
        kernel.Launch(
            ConvolutionTiling.PlaceShape(geometry.InHeight * geometry.InWidth, geometry.Batch, geometry.InChannels), arguments);
    }

    private static LaunchShape OutputShape(in ConvolutionGeometry geometry)
        => ConvolutionTiling.PlaceShape(geometry.OutHeight * geometry.OutWidth, geometry.Batch, geometry.OutChannels);

    private Compiled Kernels(in ConvolutionGeometry geometry)
    {
        var sample = geometry with { Batch = 1 };
        if (_compiled.TryGetValue(sample, out var compiled)) return compiled;
        var tiling = new ConvolutionTiling(sample, 1, sizeof(T));
        return _compiled[sample] = new Compiled(context.Compiler.Load<T>("convolution.cu", tiling.Constants), tiling);
    }

    private readonly record struct Compiled(CudaModule Module, ConvolutionTiling Tiling);
}
