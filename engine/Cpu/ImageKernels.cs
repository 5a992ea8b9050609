using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IImageKernels{T}"/> on the CPU: one part a sample.</summary>
internal sealed unsafe class ImageKernels<T>(CpuContext context) : IImageKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Normalize(Tensor<byte> x, Tensor<T> y)
    {
        Guard.Equal(x.Shape.Rank, 4, "dimensions of images");
        Guard.Equal(y.Count, x.Count, "normalized images");
        var work = new NormalizeWork<T>(x.Pointer(), null, y.Pointer(), x.Shape[1] * x.Shape[2], x.Shape[3], context.UseSimd);
        context.Pool.Run(work, x.Shape[0]);
    }

    public void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<T> y)
    {
        Guard.Equal(y.Shape.Rank, 4, "dimensions of gathered images");
        Guard.Equal(y.Shape[0], indices.Count, "gathered images");
        var work = new NormalizeWork<T>(
            (byte*)x.Pointer(), indices.Pointer(), y.Pointer(), y.Shape[2] * y.Shape[3], y.Shape[1], context.UseSimd);
        context.Pool.Run(work, indices.Count);
    }
}

/// <summary>Scales one image, the next or the one that an index names, and moves its channels in front.</summary>
internal readonly unsafe struct NormalizeWork<T>(byte* x, int* indices, T* y, int pixels, int channels, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var source = x + ((long)(indices == null ? part : indices[part]) * pixels * channels);
        ImageRows<T>.ToPlanes(source, pixels, channels, y + ((long)part * pixels * channels), pixels, useSimd);
    }
}
