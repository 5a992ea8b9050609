using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary><see cref="IImageKernels{T}"/> on CUDA, see <c>kernels/images.cu</c>.</summary>
internal sealed class ImageKernels<T>(CudaContext context) : IImageKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private CudaModule? _module;

    private CudaModule Module => _module ??= context.Compiler.Load<T>("images.cu");

    public void Normalize(Tensor<byte> x, Tensor<T> y)
    {
        Guard.Equal(x.Shape.Rank, 4, "dimensions of images");
        Guard.Equal(y.Count, x.Count, "normalized images");
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(y.DevicePointer());
        Launch("normalize", x.Shape[0], x.Shape[1] * x.Shape[2], x.Shape[3], arguments);
    }

    public void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<T> y)
    {
        Guard.Equal(y.Shape.Rank, 4, "dimensions of gathered images");
        Guard.Equal(y.Shape[0], indices.Count, "gathered images");
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(indices.DevicePointer());
        arguments.Add(y.DevicePointer());
        Launch("gather_normalize", indices.Count, y.Shape[2] * y.Shape[3], y.Shape[1], arguments);
    }

    private void Launch(string kernel, int samples, int pixels, int channels, scoped in KernelArguments begun)
    {
        var arguments = begun;
        arguments.Add(pixels);
        arguments.Add(channels);
        arguments.Add(samples);
        var blocks = LaunchShape.Linear(pixels, ElementLaunch.Threads).GridX;
        Module[kernel].Launch(new LaunchShape(blocks, Math.Min(samples, LaunchShape.MostRows), 1, ElementLaunch.Threads), arguments);
    }
}
