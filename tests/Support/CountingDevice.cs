using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Support;

/// <summary>The CPU device, which counts the bytes of all tensors that are allocated.</summary>
internal sealed class CountingDevice<T> : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuDevice<T> _cpu = new(2);

    /// <summary>Bytes allocated so far, given back or not.</summary>
    public long Bytes { get; private set; }

    public override string Name => "cpu that counts";

    public override IVectorKernels<T> Vectors => _cpu.Vectors;

    public override IImageKernels<T> Images => _cpu.Images;

    public override IConvolutionKernels<T> Convolution => _cpu.Convolution;

    public override IMaxPoolKernels<T> MaxPool => _cpu.MaxPool;

    public override IPooledConvolutionKernels<T>? PooledConvolution => _cpu.PooledConvolution;

    public override IReluKernels<T> Relu => _cpu.Relu;

    public override IDenseKernels<T> Dense => _cpu.Dense;

    public override IGramKernels<T> Gram => _cpu.Gram;

    public override ILimbSymmetryKernels<T> LimbSymmetry => _cpu.LimbSymmetry;

    public override IOptimizerKernels<T> Optimizers => _cpu.Optimizers;

    public override IMinresQlpKernels<T> MinresQlp => _cpu.MinresQlp;

    public override IImageStream<T> CreateImageStream(Shape images)
    {
        Bytes += IImageStream<T>.Slots * images.Count;
        return _cpu.CreateImageStream(images);
    }

    public override unsafe Storage<TElement> Allocate<TElement>(int count)
    {
        Bytes += (long)count * sizeof(TElement);
        return _cpu.Allocate<TElement>(count);
    }

    protected override void Dispose(bool disposing) => _cpu.Dispose();
}
