using System.Numerics;
using System.Runtime.Intrinsics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary><see cref="IReluKernels{T}"/> on the CPU, in chunks of <see cref="VectorKernels{T}.ChunkLength"/>.</summary>
internal sealed unsafe class ReluKernels<T>(CpuContext context) : IReluKernels<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Forward(Tensor<T> x, Tensor<T> y, Tensor<byte> open)
    {
        Guard.Equal(y.Count, x.Count, "relu output");
        Guard.Equal(open.Count, x.Count, "relu gates");
        context.Pool.Run(new ReluForwardWork<T>(x.Pointer(), y.Pointer(), open.Pointer(), x.Count, context.UseSimd), VectorKernels<T>.Chunks(x.Count));
    }

    public void Gate(Tensor<byte> open, Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(y.Count, x.Count, "relu output");
        Guard.Equal(open.Count, x.Count, "relu gates");
        context.Pool.Run(new ReluGateWork<T>(open.Pointer(), x.Pointer(), y.Pointer(), x.Count), VectorKernels<T>.Chunks(x.Count));
    }
}

internal readonly unsafe struct ReluForwardWork<T>(T* x, T* y, byte* open, int count, bool useSimd) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var i = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(i + VectorKernels<T>.ChunkLength, count);
        if (useSimd)
        {
            for (; i <= end - Vector256<T>.Count; i += Vector256<T>.Count)
            {
                var value = Vector256.Load(x + i);
                Vector256.AndNot(value, Vector256.LessThanOrEqual(value, Vector256<T>.Zero)).Store(y + i);
                var bits = Vector256.GreaterThan(value, Vector256<T>.Zero).ExtractMostSignificantBits();
                for (var lane = 0; lane < Vector256<T>.Count; lane++) open[i + lane] = (byte)((bits >> lane) & 1);
            }
        }
        for (; i < end; i++)
        {
            open[i] = x[i] > T.Zero ? (byte)1 : (byte)0;
            y[i] = x[i] <= T.Zero ? T.Zero : x[i];
        }
    }
}

internal readonly unsafe struct ReluGateWork<T>(byte* open, T* x, T* y, int count) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(begin + VectorKernels<T>.ChunkLength, count);
        if (typeof(T) == typeof(float))
        {
            // Bits instead of a choice: gates are as good as random, and a mispredicted branch costs more than the copy.
            for (var i = begin; i < end; i++) ((int*)y)[i] = ((int*)x)[i] & -open[i];
        }
        else
        {
            for (var i = begin; i < end; i++) ((long*)y)[i] = ((long*)x)[i] & -(long)open[i];
        }
    }
}
