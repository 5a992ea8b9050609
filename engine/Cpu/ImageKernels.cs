using System.Numerics;
using System.Runtime.Intrinsics;
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
    private const byte None = 255;

    public void Run(int part)
    {
        var source = x + ((long)(indices == null ? part : indices[part]) * pixels * channels);
        var target = y + ((long)part * pixels * channels);
        var begin = useSimd && channels == 3 && typeof(T) == typeof(float) ? Vectors(source, (float*)target) : 0;
        var half = T.One / (T.One + T.One);
        var table = stackalloc T[256];
        for (var value = 0; value < 256; value++) table[value] = (T.CreateTruncating(value) / T.CreateTruncating(255)) - half;
        for (var c = 0; c < channels; c++)
        {
            for (var i = begin; i < pixels; i++) target[(c * pixels) + i] = table[source[(i * channels) + c]];
        }
    }

    /// <summary>Four pixels of three channels at a time: 12 of the 16 bytes of a load; returns the pixels done.</summary>
    private int Vectors(byte* source, float* target)
    {
        var i = 0;
        for (; i <= pixels - 4; i += 4)
        {
            var bytes = Vector128.Load(source + (3 * i));
            Scaled(Vector128.Shuffle(
                bytes, Vector128.Create(0, None, None, None, 3, None, None, None, 6, None, None, None, 9, None, None, None)))
                .Store(target + i);
            Scaled(Vector128.Shuffle(
                bytes, Vector128.Create(1, None, None, None, 4, None, None, None, 7, None, None, None, 10, None, None, None)))
                .Store(target + pixels + i);
            Scaled(Vector128.Shuffle(
                bytes, Vector128.Create(2, None, None, None, 5, None, None, None, 8, None, None, None, 11, None, None, None)))
                .Store(target + (2 * pixels) + i);
        }
        return i;
    }

    private static Vector128<float> Scaled(Vector128<byte> values)
        => (Vector128.ConvertToSingle(values.AsInt32()) / Vector128.Create(255f)) - Vector128.Create(0.5f);
}
