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
        Guard.Equal(y.Count, x.Count, "normalized images");
        var work = new NormalizeWork<T>(x.Pointer(), y.Pointer(), x.Shape[1] * x.Shape[2], x.Shape[3]);
        context.Pool.Run(work, x.Shape[0]);
    }
}

/// <summary>Scales one image and moves its channels in front.</summary>
internal readonly unsafe struct NormalizeWork<T>(byte* x, T* y, int pixels, int channels) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var source = x + ((long)part * pixels * channels);
        var target = y + ((long)part * pixels * channels);
        var half = T.One / (T.One + T.One);
        var table = stackalloc T[256];
        for (var value = 0; value < 256; value++) table[value] = (T.CreateTruncating(value) / T.CreateTruncating(255)) - half;
        for (var c = 0; c < channels; c++)
        {
            var sample = source + c;
            for (var i = 0; i < pixels; i++, sample += channels) *target++ = table[*sample];
        }
    }
}
