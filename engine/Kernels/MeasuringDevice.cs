using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Stands for a device to find out how much memory something would take there: storages are counted and never made. What
/// allocates all it needs in its constructor is measured by constructing it; nothing can be computed.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class MeasuringDevice<T> : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly CpuDevice<T> _kernels = new(1);

    /// <summary>Measures for a device, which is asked nothing but which layers it computes as one.</summary>
    public MeasuringDevice(ComputeDevice<T> device) => _device = device;

    /// <summary>Bytes of all storages so far.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    public override string Name => _device.Name;

    /// <inheritdoc/>
    public override IVectorKernels<T> Vectors => _kernels.Vectors;

    /// <inheritdoc/>
    public override IImageKernels<T> Images => _kernels.Images;

    /// <inheritdoc/>
    public override IConvolutionKernels<T> Convolution => _kernels.Convolution;

    /// <inheritdoc/>
    public override IMaxPoolKernels<T> MaxPool => _kernels.MaxPool;

    /// <inheritdoc/>
    public override IPooledConvolutionKernels<T>? PooledConvolution => _device.PooledConvolution;

    /// <inheritdoc/>
    public override IReluKernels<T> Relu => _kernels.Relu;

    /// <inheritdoc/>
    public override IDenseKernels<T> Dense => _kernels.Dense;

    /// <inheritdoc/>
    public override ILimbSymmetryKernels<T> LimbSymmetry => _kernels.LimbSymmetry;

    /// <inheritdoc/>
    public override IOptimizerKernels<T> Optimizers => _kernels.Optimizers;

    /// <inheritdoc/>
    public override IGramKernels<T> Gram => _kernels.Gram;

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp => _kernels.MinresQlp;

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images)
    {
        for (var slot = 0; slot < IImageStream<T>.Slots; slot++) Zeros<byte>(images);
        if (_device is not CpuDevice<T>) Zeros(images);
        return new NoImages();
    }

    /// <inheritdoc/>
    public override unsafe Storage<TElement> Allocate<TElement>(int count)
    {
        Bytes += (long)count * sizeof(TElement);
        return new NoStorage<TElement>(count);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _kernels.Dispose();
    }

    private static InvalidOperationException Nothing() => new("a device that measures memory holds nothing");

    private sealed class NoStorage<TElement>(int count) : Storage<TElement>(count)
        where TElement : unmanaged
    {
        public override void Write(int offset, ReadOnlySpan<TElement> source)
        {
        }

        public override void Read(int offset, Span<TElement> destination) => throw Nothing();

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class NoImages : IImageStream<T>
    {
        public bool WantsPrefetch => false;

        public Span<byte> Host(int slot) => throw Nothing();

        public void Send(int slot) => throw Nothing();

        public NetworkInput<T> Deliver(int slot) => throw Nothing();

        public void Dispose()
        {
        }
    }
}
