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
        arguments.Add(x.Shape[1] * x.Shape[2]);
        arguments.Add(x.Shape[3]);
        Launch("normalize", x.Shape[0], x.Shape[1] * x.Shape[2], arguments);
    }

    public void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<byte> y)
    {
        var words = IImageKernels<T>.WordsPerImage(indices, y);
        Guard.Equal((int)(y.DevicePointer() % sizeof(ulong)), 0, "bytes between gathered images and the boundary of 8 before them");
        var arguments = new KernelArguments();
        arguments.Add(x.DevicePointer());
        arguments.Add(indices.DevicePointer());
        arguments.Add(y.DevicePointer());
        arguments.Add(words);
        Launch("gather", indices.Count, words, arguments);
    }

    private void Launch(string kernel, int samples, int elements, scoped in KernelArguments begun)
    {
        var arguments = begun;
        arguments.Add(samples);
        var blocks = LaunchShape.Linear(elements, ElementLaunch.Threads).GridX;
        Module[kernel].Launch(new LaunchShape(blocks, Math.Min(samples, LaunchShape.MostRows), 1, ElementLaunch.Threads), arguments);
    }
}
