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
        Launch("normalize", x.Shape, x.Shape[0], arguments);
    }

    /// <summary>
    /// The same for chosen images of a pack that stays on the device: y[n] = normalized images[indices[n]].
    /// </summary>
    /// <param name="images">The pack [M,H,W,C], uint8.</param>
    /// <param name="indices">Places in the pack [N], each from 0 to M - 1.</param>
    /// <param name="y">Inputs [N,C,H,W] in [-1/2, 1/2].</param>
    public void GatherNormalize(Tensor<byte> images, Tensor<int> indices, Tensor<T> y)
    {
        Guard.Equal(images.Shape.Rank, 4, "dimensions of images");
        var length = images.Shape[1] * images.Shape[2] * images.Shape[3];
        Guard.Equal(y.Count, (long)indices.Count * length, "normalized images");
        var arguments = new KernelArguments();
        arguments.Add(images.DevicePointer());
        arguments.Add(indices.DevicePointer());
        arguments.Add(y.DevicePointer());
        Launch("gather_normalize", images.Shape, indices.Count, arguments);
    }

    private void Launch(string kernel, Shape images, int samples, scoped in KernelArguments begun)
    {
        var pixels = images[1] * images[2];
        var arguments = begun;
        arguments.Add(pixels);
        arguments.Add(images[3]);
        arguments.Add(samples);
        var blocks = LaunchShape.Linear(pixels, ElementLaunch.Threads).GridX;
        Module[kernel].Launch(new LaunchShape(blocks, Math.Min(samples, LaunchShape.MostRows), 1, ElementLaunch.Threads), arguments);
    }
}
