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
        var work = new NormalizeWork<T>(x.Pointer(), y.Pointer(), x.Shape[1] * x.Shape[2], x.Shape[3], context.UseSimd);
        context.Pool.Run(work, x.Shape[0]);
    }

    public void Gather(Tensor<ulong> x, Tensor<int> indices, Tensor<byte> y)
    {
        var bytes = IImageKernels<T>.WordsPerImage(indices, y) * sizeof(ulong);
        for (var n = 0; n < indices.Count; n++)
        {
            new Span<byte>((byte*)x.Pointer() + ((long)indices.Pointer()[n] * bytes), bytes).CopyTo(new Span<byte>(y.Pointer() + ((long)n * bytes), bytes));
        }
    }
}

/// <summary>Scales one image and moves its channels in front.</summary>
internal readonly unsafe struct NormalizeWork<T>(byte* x, T* y, int pixels, int channels, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var first = (long)part * pixels * channels;
        ImageRows<T>.ToPlanes(x + first, pixels, channels, y + first, pixels, useSimd);
    }
}
