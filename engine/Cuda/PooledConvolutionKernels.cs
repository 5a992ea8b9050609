using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IPooledConvolutionKernels{T}"/> on CUDA, see <c>kernels/pooled_convolution.cu</c>.</summary>
internal sealed unsafe class PooledConvolutionKernels<T>(CudaContext context) : IPooledConvolutionKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A winner is a number below 255, which stands for a closed ReLU.</summary>
    private const int MostWindow = 15;

    /// <summary>Inputs of a channel below one window, and taps of a channel: what two staged kernels leave room for.</summary>
    private const int MostInputs = 1024;

    private const int MostTaps = 128;

    private readonly Dictionary<(PooledConvolutionGeometry Sample, bool Images), Compiled> _compiled = [];

    public bool ReadsImages => true;

    public bool Supports(in PooledConvolutionGeometry geometry)
    {
        var convolution = geometry.Convolution;
        var (height, width) = (geometry.Window + convolution.KernelHeight - 1, geometry.Window + convolution.KernelWidth - 1);
        return convolution.Stride == 1 && convolution.Padding == 0 && geometry.Window is >= 1 and <= MostWindow
            && geometry.OutHeight > 0 && geometry.OutWidth > 0
            && (long)height * width <= MostInputs && (long)convolution.KernelHeight * convolution.KernelWidth <= MostTaps;
    }

    public void Forward(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y,
        Tensor<byte> winners)
    {
        Check(geometry, x, weight, bias, y, winners);
        var (module, tiling) = Kernels(geometry, x.HasImages);
        var arguments = new KernelArguments();
        arguments.Add(Pointer(x));
        arguments.Add(weight.DevicePointer());
        arguments.Add(bias.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(winners.DevicePointer());
        module["pooled_convolution_forward"].Launch(tiling.TileShape(geometry.Convolution.Batch), arguments);
    }

    public void Rop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> dx,
        Tensor<T> dWeight, Tensor<T> dBias, Tensor<T> dy)
    {
        Check(geometry, x, dWeight, dBias, dy, winners);
        Guard.Equal(weight.Count, dWeight.Count, "pooled convolution weight");
        if (!dx.IsAbsent) Guard.Equal(dx.Count, x.Count, "pooled convolution input direction");
        var (module, tiling) = Kernels(geometry, x.HasImages);
        var arguments = new KernelArguments();
        arguments.Add(Pointer(x));
        if (!dx.IsAbsent)
        {
            arguments.Add(weight.DevicePointer());
            arguments.Add(dx.DevicePointer());
        }
        arguments.Add(dWeight.DevicePointer());
        arguments.Add(dBias.DevicePointer());
        arguments.Add(winners.DevicePointer());
        arguments.Add(dy.DevicePointer());
        var kernel = module[dx.IsAbsent ? "pooled_convolution_rop_weight" : "pooled_convolution_rop"];
        kernel.Launch(tiling.TileShape(geometry.Convolution.Batch), arguments);
    }

    public void Lop(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> uWeight, Tensor<T> uBias)
    {
        Check(geometry, x, uWeight, uBias, u, winners);
        Guard.Equal(weight.Count, uWeight.Count, "pooled convolution weight");
        if (!ux.IsAbsent) Guard.Equal(ux.Count, x.Count, "pooled convolution input adjoint");
        var (module, tiling) = Kernels(geometry, x.HasImages);
        var batch = geometry.Convolution.Batch;
        var sums = WeightAdjoint.Sums(context, tiling, batch);
        var arguments = new KernelArguments();
        arguments.Add(Pointer(x));
        arguments.Add(winners.DevicePointer());
        arguments.Add(u.DevicePointer());
        WeightAdjoint.Launch(
            tiling, batch, module["pooled_convolution_lop_weight"], arguments, module["pooled_convolution_sum_parts"], sums,
            uWeight.DevicePointer(), uBias.DevicePointer());
        if (!ux.IsAbsent) LopInput(geometry.Convolution, batch, module["pooled_convolution_lop_input"], weight, winners, u, ux);
    }

    public void LopSamples(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux, Tensor<T> rows)
    {
        CheckSupport(geometry);
        Guard.Equal(winners.Count, geometry.Output.Count, "pooled convolution winners");
        var convolution = geometry.Convolution;
        var count = convolution.Batch * convolution.CheckStack(x, weight, geometry.Output.Count, u, ux, rows);
        var (module, tiling) = Kernels(geometry, x.HasImages);
        var arguments = new KernelArguments();
        arguments.Add(Pointer(x));
        arguments.Add(winners.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(rows.DevicePointer());
        arguments.Add(convolution.Batch);
        module["pooled_convolution_lop_rows"].Launch(tiling.RowShape(count), arguments);
        if (!ux.IsAbsent) LopInput(convolution, count, module["pooled_convolution_lop_input"], weight, winners, u, ux);
    }

    private static void LopInput(
        in ConvolutionGeometry geometry, int adjoints, CudaKernel kernel, Tensor<T> weight, Tensor<byte> winners, Tensor<T> u,
        Tensor<T> ux)
    {
        var arguments = new KernelArguments();
        arguments.Add(weight.DevicePointer());
        arguments.Add(winners.DevicePointer());
        arguments.Add(u.DevicePointer());
        arguments.Add(ux.DevicePointer());
        arguments.Add(adjoints);
        arguments.Add(geometry.Batch);
        kernel.Launch(
            ConvolutionTiling.PlaceShape(geometry.InHeight * geometry.InWidth, adjoints, geometry.InChannels), arguments);
    }

    private void Check(
        in PooledConvolutionGeometry geometry, NetworkInput<T> x, Tensor<T> weight, Tensor<T> bias, Tensor<T> y,
        Tensor<byte> winners)
    {
        CheckSupport(geometry);
        geometry.Check(x.Count, weight.Count, bias.Count, y.Count, winners.Count);
    }

    private void CheckSupport(in PooledConvolutionGeometry geometry)
    {
        if (Supports(geometry)) return;
        throw new ArgumentException(
            $"cuda: no pooled convolution has the sizes {geometry}; use a convolution and a pooling", nameof(geometry));
    }

    private static ulong Pointer(in NetworkInput<T> x) => x.HasImages ? x.Images.DevicePointer() : x.Values.DevicePointer();

    /// <summary>The kernels for one size and one kind of input.</summary>
    private Compiled Kernels(in PooledConvolutionGeometry geometry, bool images)
    {
        var sample = geometry with { Convolution = geometry.Convolution with { Batch = 1 } };
        if (_compiled.TryGetValue((sample, images), out var compiled)) return compiled;
        var tiling = new ConvolutionTiling(sample.Convolution, sample.Window, sizeof(T));
        var module = context.Compiler.Load<T>(
            "pooled_convolution.cu", [.. tiling.Constants, ("RELU", sample.Relu ? 1 : 0), ("IMAGES", images ? 1 : 0)]);
        return _compiled[(sample, images)] = new Compiled(module, tiling);
    }

    private readonly record struct Compiled(CudaModule Module, ConvolutionTiling Tiling);
}
