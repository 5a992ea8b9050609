using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// Stands for a device to find out how much memory something would take there: storages are counted and never made. What
/// allocates all it needs in its constructor, as methods, solvers and linearizations do, is measured by constructing it;
/// nothing can be computed. Scratch memory of kernels, a few per cent, is not seen.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="device">The device that is measured for; it is not disposed.</param>
public sealed class MeasuringDevice<T>(ComputeDevice<T> device) : DelegatingDevice<T>(device)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Bytes of all storages so far, given back or not.</summary>
    public long Bytes { get; private set; }

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp { get; } = new NoMinresQlp();

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images)
    {
        for (var batch = 0; batch < ImageBatches; batch++) Zeros<byte>(images);
        // A device that reads no images has one batch of numbers beside them.
        if (Inner.PooledConvolution is not { ReadsImages: true }) Zeros(images);
        return new NoImages();
    }

    /// <inheritdoc/>
    public override unsafe Storage<TElement> Allocate<TElement>(int count)
    {
        Bytes += (long)count * sizeof(TElement);
        return new NoStorage<TElement>(count);
    }

    /// <inheritdoc/>
    public override Snapshot CreateSnapshot() => new HostSnapshot();

    private static InvalidOperationException Nothing() => new("a device that measures memory holds nothing and computes nothing; take another device");

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

    /// <summary>The scalars of a solve are a kilobyte, which is not counted.</summary>
    private sealed class NoMinresQlp : IMinresQlpKernels<T>
    {
        public bool RunsCycles => false;

        public IMinresQlpState CreateState(Tensor<T> wl, Tensor<T> w, Tensor<T> x2) => new NoState();

        public void Start(IMinresQlpState state, in MinresQlpSettings settings, in DiagonalWeights<T> weights, Tensor<T> b, Tensor<T> z)
            => throw Nothing();

        public void LanczosProduct(IMinresQlpState state, Tensor<T> z, Tensor<T> previous, Tensor<T> p, bool withDirections) => throw Nothing();

        public void LanczosNormalise(IMinresQlpState state, Tensor<T> current, Tensor<T> p) => throw Nothing();

        public void PreconditionedNorm(IMinresQlpState state, Tensor<T> r, Tensor<T> z) => throw Nothing();

        public void Advance(IMinresQlpState state) => throw Nothing();

        public void UpdateDirections(IMinresQlpState state, Tensor<T> z) => throw Nothing();

        public void RunCycles(IMinresQlpState state, IRecording cycle, ISolveWatch watch) => throw Nothing();

        public void FormSolution(IMinresQlpState state, Tensor<T> z, Tensor<T> x) => throw Nothing();

        public void Poll(IMinresQlpState state, out MinresQlpScalars scalars) => throw Nothing();
    }

    private sealed class NoState : IMinresQlpState
    {
        public void Dispose()
        {
        }
    }
}
