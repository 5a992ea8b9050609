using System.Numerics;
using System.Runtime.InteropServices;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// The CPU device: SIMD kernels on several threads, the same bits for any number of them. One computation at a time:
/// two threads must not call kernels of one device, or call a kernel and allocate, at once.
/// </summary>
/// <typeparam name="T">The number type, <c>float</c> or <c>double</c>.</typeparam>
public sealed class CpuDevice<T> : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuContext _context;

    /// <summary>A CPU device.</summary>
    /// <param name="threads">Threads to compute on; 0 takes all processors.</param>
    /// <param name="useSimd">False forces the scalar kernels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is negative.</exception>
    /// <exception cref="NotSupportedException">T is neither float nor double.</exception>
    public CpuDevice(int threads = 0, bool useSimd = true)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"cpu: tensors are float or double, got {typeof(T).Name}");
        }
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        _context = new CpuContext(threads == 0 ? Environment.ProcessorCount : threads, useSimd && Vector.IsHardwareAccelerated);
        Vectors = new VectorKernels<T>(_context);
        Images = new ImageKernels<T>(_context);
        var pooled = _context.UseSimd ? new PooledConvolutionKernels<T>(_context) : null;
        PooledConvolution = pooled;
        Convolution = new ConvolutionKernels<T>(_context, pooled);
        MaxPool = new MaxPoolKernels<T>(_context);
        Relu = new ReluKernels<T>(_context);
        Elementwise = new ElementwiseKernels<T>(_context);
        Dense = new DenseKernels<T>(_context);
        Optimizers = new OptimizerKernels<T>(_context);
        Violations = new ViolationKernels<T>(_context);
        Gram = new GramKernels<T>(_context);
        MinresQlp = new MinresQlpKernels<T>(_context, Vectors);
    }

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <summary>The number of threads.</summary>
    public int ThreadCount => _context.Pool.ThreadCount;

    /// <summary>Whether kernels compute on vectors; false asks for the scalar path, the reference that tests compare with.</summary>
    public bool UseSimd => _context.UseSimd;

    /// <inheritdoc/>
    public override long LiveBytes => _context.Heap.LiveBytes;

    /// <inheritdoc/>
    public override IVectorKernels<T> Vectors { get; }

    /// <inheritdoc/>
    public override IImageKernels<T> Images { get; }

    /// <inheritdoc/>
    public override IConvolutionKernels<T> Convolution { get; }

    /// <inheritdoc/>
    public override IPooledConvolutionKernels<T>? PooledConvolution { get; }

    /// <inheritdoc/>
    public override IMaxPoolKernels<T> MaxPool { get; }

    /// <inheritdoc/>
    public override IReluKernels<T> Relu { get; }

    /// <inheritdoc/>
    public override IElementwiseKernels<T> Elementwise { get; }

    /// <inheritdoc/>
    public override IDenseKernels<T> Dense { get; }

    /// <inheritdoc/>
    public override IOptimizerKernels<T> Optimizers { get; }

    /// <inheritdoc/>
    public override IViolationKernels<T> Violations { get; }

    /// <inheritdoc/>
    public override IGramKernels<T> Gram { get; }

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp { get; }

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images) => new HostImageStream<T>(this, images);

    /// <inheritdoc/>
    public override Storage<TElement> Allocate<TElement>(int count) => new HostStorage<TElement>(_context.Heap, count);

    /// <summary>
    /// For kernels from outside the engine: runs parts 0 to <paramref name="parts"/> - 1 of a piece of work on the device's
    /// threads and returns when all are done. Nothing is allocated; tensors' addresses come from <see cref="HostTensors"/>.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The device was disposed of.</exception>
    /// <exception cref="InvalidOperationException">A part failed; its exception is the inner one.</exception>
    public void Run<TWork>(in TWork work, int parts)
        where TWork : unmanaged, IParts
        => _context.Pool.Run(work, parts);

    /// <inheritdoc/>
    public override void OnHost(int parts, Action<int> run)
    {
        var handle = GCHandle.Alloc(run);
        try
        {
            Run(new HostWork(GCHandle.ToIntPtr(handle)), parts);
        }
        finally
        {
            handle.Free();
        }
    }

    /// <inheritdoc/>
    protected override TFamily? CreateFamily<TFamily>()
        where TFamily : class
        => typeof(TFamily) == typeof(IExpressionKernels<T>) ? new ExpressionKernels<T>(_context) as TFamily
            : typeof(TFamily) == typeof(IProjectionKernels<T>) ? new ProjectionKernels<T>(_context) as TFamily
            : typeof(TFamily) == typeof(ICentringKernels<T>) ? new CentringKernels<T>(_context) as TFamily
            : null;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _context.Dispose();
    }

    /// <summary>Parts of work that is a method of the heap.</summary>
    private readonly struct HostWork(nint handle) : IParts
    {
        public void Run(int part) => ((Action<int>)GCHandle.FromIntPtr(handle).Target!)(part);
    }
}
