using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// What work must have of its own that runs beside other work: a stream, a cuBLAS handle with its work space, and the work
/// areas of kernels. All products of a branch are in one order, and all handles have work spaces of one size, so that the same
/// product has the same bits on each.
/// </summary>
internal sealed class CudaBranch : IDisposable
{
    /// <summary>Work space of cuBLAS: what NVIDIA recommends for Hopper, and enough for any older device.</summary>
    private const long BlasWorkspace = 32L << 20;

    private readonly CudaContext _context;
    private readonly Dictionary<string, ScratchArea> _scratch = [];
    private readonly nint _given;
    private nint _blas;

    /// <summary>A branch of a device whose context is current.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public CudaBranch(CudaContext context)
    {
        _context = context;
        Driver.Check(Driver.cuStreamCreate(out var stream, StreamKind.NonBlocking));
        Stream = stream;
        Driver.Check(Driver.cuEventCreate(out _given, EventKind.Untimed));
    }

    /// <summary>The stream that its work runs on in order.</summary>
    public nint Stream { get; }

    /// <summary>Whether its work has forked off and not been joined yet.</summary>
    public bool IsForked { get; set; }

    /// <summary>The cuBLAS handle, with a work space of its own, so that captured products need no memory.</summary>
    /// <exception cref="DllNotFoundException">cuBLAS was not found; the message holds the paths tried.</exception>
    public nint Blas
    {
        get
        {
            if (_blas == 0) _blas = CreateBlas();
            return _blas;
        }
    }

    /// <summary>
    /// A named work area of at least so many bytes. It keeps its place until a larger one is asked for, and even then the
    /// old one stays, since recordings may hold its address.
    /// </summary>
    /// <exception cref="CudaOutOfMemoryException">There is not that much.</exception>
    public ulong Scratch(string name, long bytes)
    {
        if (_scratch.TryGetValue(name, out var area) && area.Bytes >= bytes) return area.Pointer;
        var size = Math.Max(bytes, 2 * area.Bytes);
        var pointer = _context.AllocateWorkArea(size);
        _scratch[name] = new ScratchArea(pointer, size);
        return pointer;
    }

    /// <summary>Puts what this branch is given from now on behind all that another was given so far.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public void Follow(CudaBranch other) => Driver.Check(TryFollow(other), "an event between two streams");

    /// <summary>The same with the driver's answer, for who has an error to tell already.</summary>
    public int TryFollow(CudaBranch other)
    {
        var result = Driver.cuEventRecord(other._given, other.Stream);
        return result != 0 ? result : Driver.cuStreamWaitEvent(Stream, other._given, 0);
    }

    /// <summary>Gives back all but the work areas, which go with the device's memory; nothing may be running.</summary>
    public void Dispose()
    {
        if (_blas != 0) _ = Cublas.cublasDestroy(_blas);
        _blas = 0;
        _ = Driver.cuEventDestroy(_given);
        _ = Driver.cuStreamDestroy(Stream);
    }

    private nint CreateBlas()
    {
        _context.MakeCurrent();
        Cublas.Check(Cublas.cublasCreate(out var handle));
        Cublas.Check(Cublas.cublasSetStream(handle, Stream));
        Cublas.Check(Cublas.cublasSetMathMode(handle, _context.UsesTf32 ? Cublas.Tf32Math : Cublas.DefaultMath));
        Cublas.Check(Cublas.cublasSetWorkspace(handle, Scratch("cublas", BlasWorkspace), (nuint)BlasWorkspace));
        return handle;
    }

    private readonly record struct ScratchArea(ulong Pointer, long Bytes);
}
