using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// A CUDA device: kernels compiled at run time, matrix products by cuBLAS, everything in order but for <see cref="Fork"/>. Results are the
/// same bits every run. Kernels of one device must not be called from two threads at once.
/// </summary>
/// <typeparam name="T">The number type, <c>float</c> or <c>double</c>.</typeparam>
public sealed class CudaDevice<T> : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CudaContext _context;
    private readonly MinresQlpKernels<T> _minresQlp;

    /// <summary>Opens a device.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <param name="tf32">
    /// Whether products of float32 matrices round their factors to TF32, 10 bits of mantissa, which tensor cores multiply
    /// several times faster. Sums stay float32, and all that is float64 stays as it is. For soft methods.
    /// </param>
    /// <exception cref="ArgumentException">TF32 was asked for and T is not float.</exception>
    /// <exception cref="InvalidOperationException">There is no such device; the message says what was tried.</exception>
    /// <exception cref="NotSupportedException">T is neither float nor double.</exception>
    public CudaDevice(int ordinal = 0, bool tf32 = false)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"cuda: tensors are float or double, got {typeof(T).Name}");
        }
        if (tf32 && typeof(T) != typeof(float)) throw new ArgumentException($"cuda: TF32 is for float32 products, the tensors are {base.Precision}", nameof(tf32));
        _context = new CudaContext(ordinal, tf32);
        _minresQlp = new MinresQlpKernels<T>(_context);
        Vectors = new VectorKernels<T>(_context);
        Images = new ImageKernels<T>(_context);
        Convolution = new ConvolutionKernels<T>(_context);
        MaxPool = new MaxPoolKernels<T>(_context);
        PooledConvolution = new PooledConvolutionKernels<T>(_context);
        Relu = new ReluKernels<T>(_context);
        Elementwise = new ElementwiseKernels<T>(_context);
        var dense = new DenseKernels<T>(_context);
        (Dense, DenseRelu) = (dense, dense);
        Optimizers = new OptimizerKernels<T>(_context);
        Violations = new ViolationKernels<T>(_context);
        Gram = new GramKernels<T>(_context, this);
    }

    /// <inheritdoc/>
    public override string Name => "cuda";

    /// <inheritdoc/>
    public override string Precision => RoundsProducts ? $"{base.Precision}, products in TF32" : base.Precision;

    /// <inheritdoc/>
    public override bool RoundsProducts => _context.UsesTf32;

    /// <summary>What is known of the device.</summary>
    public CudaDeviceInfo Info => _context.Info;

    /// <summary>What kernels are compiled to and by what.</summary>
    public string CompilerDescription => $"NVRTC {_context.Compiler.Target.CompilerVersion} compiles to {_context.Compiler.Target}; cache {KernelCache.Folder}";

    /// <summary>How a Krylov solve is repeated on the device, and, where graphs do not loop, why.</summary>
    public string LoopDescription => _minresQlp.Loops.Description;

    /// <inheritdoc/>
    public override long LiveBytes => _context.LiveBytes;

    /// <inheritdoc/>
    public override DeviceCounters? Counters => _context.Counter.Total;

    /// <inheritdoc/>
    public override IVectorKernels<T> Vectors { get; }

    /// <inheritdoc/>
    public override IImageKernels<T> Images { get; }

    /// <inheritdoc/>
    public override IConvolutionKernels<T> Convolution { get; }

    /// <inheritdoc/>
    public override IMaxPoolKernels<T> MaxPool { get; }

    /// <inheritdoc/>
    public override IPooledConvolutionKernels<T> PooledConvolution { get; }

    /// <inheritdoc/>
    public override IReluKernels<T> Relu { get; }

    /// <inheritdoc/>
    public override IElementwiseKernels<T> Elementwise { get; }

    /// <inheritdoc/>
    public override IDenseKernels<T> Dense { get; }

    /// <inheritdoc/>
    public override IDenseReluKernels<T> DenseRelu { get; }

    /// <inheritdoc/>
    public override IOptimizerKernels<T> Optimizers { get; }

    /// <inheritdoc/>
    public override IViolationKernels<T> Violations { get; }

    /// <inheritdoc/>
    public override IGramKernels<T> Gram { get; }

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp => _minresQlp;

    internal CudaContext Context => _context;

    /// <inheritdoc/>
    public override DeviceRange Range(string name) => CudaRange.Begin(name);

    /// <inheritdoc/>
    public override IRecording Record(string name, Action work) => new CudaRecording(_context, name, work);

    /// <inheritdoc/>
    public override bool HasBranches => true;

    /// <inheritdoc/>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public override void Fork(string branch, Action aside, Action main) => _context.Fork(branch, aside, main);

    /// <inheritdoc/>
    public override long ResidentBytes => _context.FreeBytes() / 2;

    /// <inheritdoc/>
    public override int ImageBatches => IImageStream<T>.Slots + 1;

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images) => new CudaImageStream<T>(_context, images);

    /// <inheritdoc/>
    public override Storage<TElement> Allocate<TElement>(int count) => new CudaStorage<TElement>(_context, count);

    /// <inheritdoc/>
    public override Snapshot CreateSnapshot() => new CudaSnapshot(_context);

    /// <inheritdoc/>
    public override void Synchronize() => _context.Synchronize();

    /// <summary>
    /// For kernels from outside the engine: compiles CUDA C, or takes it from the cache. The text may include the headers of
    /// <c>kernels/</c>, such as "real.cuh", whose number type <c>real</c> is T. Compile before work is recorded: a recording
    /// that calls the kernels does so when it first runs.
    /// </summary>
    /// <param name="name">What error messages and profilers call the text, such as "example.cu".</param>
    /// <param name="text">The text, with its kernels as <c>extern "C" __global__</c>.</param>
    /// <param name="constants">Macros that the text reads.</param>
    /// <exception cref="CudaException">The compiler refuses; the message holds its log.</exception>
    public CudaModule Compile(string name, string text, params ReadOnlySpan<(string Name, long Value)> constants)
        => _context.Compiler.LoadText<T>(name, text, constants);

    /// <summary>
    /// For kernels from outside the engine: the address of a work area of at least so many bytes with any contents, valid as
    /// long as the device, so that a recording may hold it. Within a <see cref="Fork"/> each of its branches has its own.
    /// </summary>
    /// <param name="name">Whose it is and what for; work areas of one name share their memory.</param>
    /// <param name="bytes">How many bytes are wanted.</param>
    /// <exception cref="CudaOutOfMemoryException">There is not that much.</exception>
    public ulong Scratch(string name, long bytes) => _context.Scratch(name, bytes);

    /// <inheritdoc/>
    protected override TFamily? CreateFamily<TFamily>()
        where TFamily : class
        => typeof(TFamily) == typeof(IExpressionKernels<T>) ? new ExpressionKernels<T>(_context) as TFamily
            : typeof(TFamily) == typeof(ICentringKernels<T>) ? new CentringKernels<T>(_context) as TFamily
            : typeof(TFamily) == typeof(IDualKernels<T>) ? (DualKernels<T>.AreAvailable ? new DualKernels<T>(_context) as TFamily : null)
            : typeof(TFamily) == typeof(IProjectionKernels<T>) ? new ProjectionKernels<T>(_context) as TFamily
            : null;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _context.Dispose();
    }
}
