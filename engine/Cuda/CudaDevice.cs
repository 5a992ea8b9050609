using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// A CUDA device: kernels compiled at run time, matrix products by cuBLAS, everything on one stream. Results are the
/// same bits every run. Kernels of one device must not be called from two threads at once.
/// </summary>
/// <typeparam name="T">The number type, <c>float</c> or <c>double</c>.</typeparam>
public sealed class CudaDevice<T> : ComputeDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CudaContext _context;

    /// <summary>Opens a device.</summary>
    /// <param name="ordinal">Its number, from 0.</param>
    /// <exception cref="InvalidOperationException">There is no such device; the message says what was tried.</exception>
    /// <exception cref="NotSupportedException">T is neither float nor double.</exception>
    public CudaDevice(int ordinal = 0)
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"cuda: tensors are float or double, got {typeof(T).Name}");
        }
        _context = new CudaContext(ordinal);
        MinresQlp = new MinresQlpKernels<T>(_context);
        Vectors = new VectorKernels<T>(_context);
        Images = new ImageKernels<T>(_context);
        Convolution = new ConvolutionKernels<T>(_context);
        MaxPool = new MaxPoolKernels<T>(_context);
        PooledConvolution = new PooledConvolutionKernels<T>(_context);
        Relu = new ReluKernels<T>(_context);
        Dense = new DenseKernels<T>(_context);
        LimbSymmetry = new LimbSymmetryKernels<T>(_context);
        Hyperspheres = new HypersphereKernels<T>(_context);
        Optimizers = new OptimizerKernels<T>(_context);
        Gram = new GramKernels<T>(_context);
    }

    /// <inheritdoc/>
    public override string Name => "cuda";

    /// <summary>What is known of the device.</summary>
    public CudaDeviceInfo Info => _context.Info;

    /// <summary>What kernels are compiled to and by what.</summary>
    public string CompilerDescription => $"NVRTC {_context.Compiler.Target.CompilerVersion} compiles to {_context.Compiler.Target}; cache {KernelCache.Folder}";

    /// <summary>How a Krylov solve is repeated on the device.</summary>
    public string LoopDescription => _context.Loops.Description;

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
    public override IDenseKernels<T> Dense { get; }

    /// <inheritdoc/>
    public override ILimbSymmetryKernels<T> LimbSymmetry { get; }

    /// <inheritdoc/>
    public override IHypersphereKernels<T> Hyperspheres { get; }

    /// <inheritdoc/>
    public override IOptimizerKernels<T> Optimizers { get; }

    /// <inheritdoc/>
    public override IGramKernels<T> Gram { get; }

    /// <inheritdoc/>
    public override IMinresQlpKernels<T> MinresQlp { get; }

    internal CudaContext Context => _context;

    /// <inheritdoc/>
    public override DeviceRange Range(string name) => CudaRange.Begin(name);

    /// <inheritdoc/>
    public override IRecording Record(string name, Action work) => new CudaRecording(_context, name, work);

    /// <inheritdoc/>
    public override long ResidentBytes => _context.FreeBytes() / 2;

    /// <inheritdoc/>
    public override IImageStream<T> CreateImageStream(Shape images) => new CudaImageStream<T>(_context, Images, images);

    /// <inheritdoc/>
    public override Storage<TElement> Allocate<TElement>(int count) => new CudaStorage<TElement>(_context, count);

    /// <inheritdoc/>
    public override void Synchronize() => _context.Synchronize();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _context.Dispose();
    }
}
