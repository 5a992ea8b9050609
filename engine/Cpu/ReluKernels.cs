using System.Numerics;
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
        context.Pool.Run(new ReluForwardWork<T>(x.Pointer(), y.Pointer(), open.Pointer(), x.Count), Chunks(x.Count));
    }

    public void Gate(Tensor<byte> open, Tensor<T> x, Tensor<T> y)
    {
        Guard.Equal(y.Count, x.Count, "relu output");
        Guard.Equal(open.Count, x.Count, "relu gates");
        context.Pool.Run(new ReluGateWork<T>(open.Pointer(), x.Pointer(), y.Pointer(), x.Count), Chunks(x.Count));
    }

    private static int Chunks(int count) => (count + VectorKernels<T>.ChunkLength - 1) / VectorKernels<T>.ChunkLength;
}

internal readonly unsafe struct ReluForwardWork<T>(T* x, T* y, byte* open, int count) : IParts
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public void Run(int part)
    {
        var begin = part * VectorKernels<T>.ChunkLength;
        var end = Math.Min(begin + VectorKernels<T>.ChunkLength, count);
        for (var i = begin; i < end; i++)
        {
            var value = x[i];
            open[i] = value > T.Zero ? (byte)1 : (byte)0;
            y[i] = value <= T.Zero ? T.Zero : value;
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
        for (var i = begin; i < end; i++) y[i] = open[i] != 0 ? x[i] : T.Zero;
    }
}
