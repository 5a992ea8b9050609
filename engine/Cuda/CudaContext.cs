using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// One CUDA device in use: its primary context (which cuBLAS shares), a stream that everything runs on in order but for what
/// <see cref="Fork"/> puts aside, the compiled kernels, work areas and the count of what is allocated.
/// </summary>
internal sealed class CudaContext : IDisposable
{
    /// <summary>
    /// Whose context the thread has as its own. Not the handle, which a context made again may share with one that has ended.
    /// </summary>
    [ThreadStatic]
    private static CudaContext? _current;

    private readonly int _device;
    private readonly nint _context;
    private readonly Dictionary<string, CudaBranch> _branches = [];
    private readonly HashSet<ulong> _live = [];
    private readonly ConditionalWeakTable<IDisposable, object?> _open = [];
    private readonly HashSet<nint> _graphs = [];
    private readonly Dictionary<nint, long> _pinned = [];
    private readonly ConcurrentQueue<Action> _unreachable = new();
    private CudaBranch _branch;
    private nint _solver;
    private long _marks;
    private long _reached;
    private long _allocated;
    private long _workAreas;
    private bool _disposed;

    /// <summary>Opens a device.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    /// <exception cref="InvalidOperationException">There is no such device; the message says what was tried.</exception>
    public CudaContext(int ordinal, bool usesTf32 = false)
    {
        UsesTf32 = usesTf32;
        var found = CudaPlatform.Probe();
        if (found.Devices.Count == 0) throw new InvalidOperationException($"cuda: {found.Explanation}");
        if (ordinal < 0 || ordinal >= found.Devices.Count)
        {
            throw new InvalidOperationException($"cuda: there is no device {ordinal}, only 0 to {found.Devices.Count - 1}");
        }
        Info = found.Devices[ordinal];
        Driver.Check(Driver.cuDeviceGet(out _device, ordinal));
        Driver.Check(Driver.cuDevicePrimaryCtxRetain(out _context, _device));
        MakeCurrent();
        _branches[""] = _branch = new CudaBranch(this);
        Compiler = new KernelCompiler(this);
        Staging = new StagingRing(this);
    }

    /// <summary>What is known of the device.</summary>
    public CudaDeviceInfo Info { get; }

    /// <summary>Whether float32 products round their factors to TF32.</summary>
    public bool UsesTf32 { get; }

    /// <summary>The stream that work is given to now: the device's own, or that of the branch in <see cref="Fork"/>.</summary>
    public nint Stream => _branch.Stream;

    /// <summary>Compiles and caches kernels.</summary>
    public KernelCompiler Compiler { get; }

    /// <summary>Small copies to the device that the host does not wait for.</summary>
    public StagingRing Staging { get; }

    /// <summary>What was launched since the host last waited.</summary>
    public LaunchHistory Launches { get; } = new();

    /// <summary>Bytes of shared memory that a block of any kernel may have.</summary>
    public int SharedPerBlock => CudaPlatform.Attribute(DeviceAttribute.SharedPerBlock, _device);

    /// <summary>Counts launches, waits and bytes.</summary>
    public WorkCounter Counter { get; } = new();

    /// <summary>Whether the device was closed: what belonged to it is gone.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Whether the stream records a graph instead of running; set by the recorder.</summary>
    public bool IsCapturing { get; set; }

    /// <inheritdoc cref="CudaBranch.Blas"/>
    public nint Blas => _branch.Blas;

    /// <summary>The cuSOLVER handle. It must not be asked for, or used, while the stream records.</summary>
    /// <exception cref="DllNotFoundException">cuSOLVER was not found; the message holds the paths tried.</exception>
    public nint Solver
    {
        get
        {
            if (_solver == 0) _solver = CreateSolver();
            return _solver;
        }
    }

    /// <summary>Makes the context the calling thread's own, as every driver call wants it.</summary>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_current == this) return;
        Driver.Check(Driver.cuCtxSetCurrent(_context));
        (_current, LaunchHistory.Current) = (this, Launches);
    }

    /// <summary>
    /// The same for what gives things back: it must not throw over the error that made its owner give up. A device that has
    /// failed tells the next call that computes.
    /// </summary>
    public void TryMakeCurrent()
    {
        if (_disposed || _current == this) return;
        if (Driver.cuCtxSetCurrent(_context) == 0) (_current, LaunchHistory.Current) = (this, Launches);
    }

    /// <summary>Waits until the work given to the device is done, or the device has failed; for what gives things back.</summary>
    public void Settle()
    {
        if (_disposed) return;
        TryMakeCurrent();
        Counter.Wait();
        _ = Driver.cuStreamSynchronize(Stream);
    }

    /// <summary>New device memory, not cleared.</summary>
    /// <exception cref="CudaOutOfMemoryException">There is not that much.</exception>
    public ulong Allocate(long bytes)
    {
        MakeCurrent();
        FreeUnreachable();
        var result = Driver.cuMemAlloc(out var pointer, (nuint)Math.Max(bytes, 1));
        if (result == Driver.OutOfMemory && !IsCapturing)
        {
            // The garbage collector does not see device memory: tensors that nobody has any more may still hold some.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            FreeUnreachable();
            result = Driver.cuMemAlloc(out pointer, (nuint)Math.Max(bytes, 1));
        }
        if (result == Driver.OutOfMemory) throw OutOfMemory(result, bytes);
        Driver.Check(result, $"cuMemAlloc({bytes} bytes)");
        _allocated += bytes;
        _live.Add(pointer);
        return pointer;
    }

    /// <summary>Gives memory back, when the work that may still use it is done.</summary>
    public void Free(ulong pointer, long bytes)
    {
        if (_disposed) return;
        Settle();
        FreeUnused(pointer, bytes);
    }

    /// <summary>
    /// Memory of a tensor that the garbage collector found; freed at the next allocation, because the finalizer's thread
    /// must not meet a recording.
    /// </summary>
    public void FreeLater(ulong pointer, long bytes) => ReleaseLater(() => FreeUnused(pointer, bytes));

    /// <summary>New pinned memory, not cleared.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public unsafe nint AllocatePinned(long bytes)
    {
        MakeCurrent();
        FreeUnreachable();
        const HostMemory kind = HostMemory.Portable | HostMemory.DeviceMapped;
        Driver.Check(Driver.cuMemHostAlloc(out var host, (nuint)bytes, kind), $"cuMemHostAlloc({bytes} bytes)");
        _pinned[(nint)host] = bytes;
        return (nint)host;
    }

    /// <summary>Gives pinned memory back; nothing may be under way that uses it.</summary>
    public unsafe void FreePinned(nint host)
    {
        if (_disposed || !_pinned.Remove(host)) return;
        TryMakeCurrent();
        _ = Driver.cuMemFreeHost((void*)host);
    }

    /// <summary>
    /// For finalizers: what an object held that the garbage collector found is given back at the next allocation, on a thread
    /// of the device, when nothing is under way. The action must not refer to the object.
    /// </summary>
    public void ReleaseLater(Action release) => _unreachable.Enqueue(release);

    /// <summary>Destroys an instantiated graph.</summary>
    public void Destroy(nint graph)
    {
        if (_disposed || !_graphs.Remove(graph)) return;
        TryMakeCurrent();
        _ = Driver.cuGraphExecDestroy(graph);
    }

    /// <summary>Counts an instantiated graph among what the device must get back.</summary>
    public void Opened(nint graph)
    {
        _graphs.Add(graph);
        GraphsMade++;
    }

    /// <summary>Takes note of something that ends with the device where nobody has disposed of it or lost it before.</summary>
    public void Opened(IDisposable part) => _open.Add(part, null);

    /// <summary>It was disposed of.</summary>
    public void Closed(IDisposable part) => _open.Remove(part);

    /// <summary>The same for a graph that the garbage collector found, at the next allocation.</summary>
    public void DestroyLater(nint graph) => ReleaseLater(() => Destroy(graph));

    /// <inheritdoc cref="CudaBranch.Scratch"/>
    public ulong Scratch(string name, long bytes) => _branch.Scratch(name, bytes);

    /// <summary>Memory that stays until the device is closed.</summary>
    /// <exception cref="CudaOutOfMemoryException">There is not that much.</exception>
    public ulong AllocateWorkArea(long bytes)
    {
        var pointer = Allocate(bytes);
        _workAreas += bytes;
        return pointer;
    }

    /// <summary>
    /// Two pieces of work of which neither reads or writes what the other writes. In a recording they are two branches of its
    /// graph; else the first has a stream and work areas of its own as well, which makes them, but the second waits for it.
    /// </summary>
    /// <param name="name">The branch that the first piece goes to; within the branch of that name all is in order.</param>
    /// <param name="aside">The first piece.</param>
    /// <param name="main">The second piece.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public void Fork(string name, Action aside, Action main)
    {
        if (BranchOf(name) is not { IsForked: false } side)
        {
            aside();
            main();
            return;
        }
        var trunk = _branch;
        side.IsForked = true;
        try
        {
            RunOn(side, aside);
            if (!IsCapturing) trunk.Follow(side);
            main();
            if (IsCapturing) trunk.Follow(side);
        }
        finally
        {
            side.IsForked = false;
        }
    }

    /// <summary>Waits until all work given to the device is done.</summary>
    public void Synchronize()
    {
        MakeCurrent();
        var mark = Mark();
        Driver.Check(Driver.cuStreamSynchronize(Stream));
        Reached(mark);
        Counter.Wait();
    }

    /// <summary>A place in the order of the work given to the device, for what stands there: an event, or the end.</summary>
    public StreamMark Mark() => new(++_marks, Launches.Total);

    /// <summary>The host has seen that all work in front of a mark is done.</summary>
    public void Reached(StreamMark mark)
    {
        _reached = Math.Max(_reached, mark.Order);
        Launches.Settle(mark.Launches);
    }

    /// <summary>Whether the host has seen that, so that nothing is to be waited for there.</summary>
    public bool HasReached(StreamMark mark) => mark.Order <= _reached;

    /// <summary>
    /// Waits until a copy has run, by the event behind it, so that its memory is free. Asks first: where the host reads numbers
    /// between its uploads, the copy has run long ago, and that is no wait.
    /// </summary>
    public void AwaitCopy(nint copied)
    {
        var result = Driver.cuEventQuery(copied);
        if (result == Driver.NotReady)
        {
            result = Driver.cuEventSynchronize(copied);
            Counter.Wait();
        }
        Driver.Check(result, "a copy to or from the device");
    }

    /// <summary>Bytes of tensors that were not given back.</summary>
    public long LiveBytes
    {
        get
        {
            if (_disposed) return 0;
            MakeCurrent();
            FreeUnreachable();
            return _allocated - _workAreas;
        }
    }

    /// <summary>Instantiated graphs that were not given back.</summary>
    public int LiveGraphs
    {
        get
        {
            if (_disposed) return 0;
            FreeUnreachable();
            return _graphs.Count;
        }
    }

    /// <summary>Graphs instantiated since the device was opened.</summary>
    public int GraphsMade { get; private set; }

    /// <summary>Bytes of pinned memory that were not given back, the staging ring's among them.</summary>
    public long PinnedBytes
    {
        get
        {
            if (_disposed) return 0;
            FreeUnreachable();
            return _pinned.Values.Sum();
        }
    }

    /// <summary>Bytes that are free on the device now, for all programs.</summary>
    public long FreeBytes()
    {
        MakeCurrent();
        FreeUnreachable();
        Driver.Check(Driver.cuMemGetInfo(out var free, out _));
        return (long)free;
    }

    public void Dispose()
    {
        if (_disposed) return;
        Settle();
        Staging.Dispose();
        if (_solver != 0) _ = Cusolver.cusolverDnDestroy(_solver);
        foreach (var part in _open.Select(entry => entry.Key).ToArray()) part.Dispose();
        Settle();
        ReleaseUnreachable();
        // Work areas, and tensors that were not disposed of: another device of this process keeps the context, and with it them.
        foreach (var pointer in _live) _ = Driver.cuMemFree(pointer);
        foreach (var host in _pinned.Keys.ToArray()) FreePinned(host);
        foreach (var graph in _graphs) _ = Driver.cuGraphExecDestroy(graph);
        Compiler.Dispose();
        foreach (var branch in _branches.Values) branch.Dispose();
        _disposed = true;
        _ = Driver.cuDevicePrimaryCtxRelease(_device);
    }

    /// <summary>A branch; null where nothing will be recorded, or a recording that has not run before asks for a new one.</summary>
    private CudaBranch? BranchOf(string name)
    {
        if (!CudaRecording.AreGraphs) return null;
        MakeCurrent();
        if (!_branches.TryGetValue(name, out var branch) && !IsCapturing) _branches[name] = branch = new CudaBranch(this);
        return branch;
    }

    private void RunOn(CudaBranch side, Action work)
    {
        var trunk = _branch;
        side.Follow(trunk);
        _branch = side;
        try
        {
            work();
        }
        catch
        {
            // What it gave to the device must not run beside what comes next; a capture is over with it.
            if (!IsCapturing) _ = trunk.TryFollow(side);
            throw;
        }
        finally
        {
            _branch = trunk;
        }
    }

    private nint CreateSolver()
    {
        MakeCurrent();
        Cusolver.Check(Cusolver.cusolverDnCreate(out var handle));
        Cusolver.Check(Cusolver.cusolverDnSetStream(handle, Stream));
        try
        {
            var status = Cusolver.cusolverDnSetDeterministicMode(handle, 1);
            if (status != Cusolver.NotSupported) Cusolver.Check(status);
        }
        catch (EntryPointNotFoundException)
        {
            // Older libraries give no choice.
        }
        return handle;
    }

    private void FreeUnreachable()
    {
        if (IsCapturing || _unreachable.IsEmpty) return;
        MakeCurrent();

        // All streams: images are copied on one of their own.
        Driver.Check(Driver.cuCtxSynchronize());
        Counter.Wait();
        Reached(Mark());
        ReleaseUnreachable();
    }

    private void ReleaseUnreachable()
    {
        while (_unreachable.TryDequeue(out var release)) release();
    }

    private void FreeUnused(ulong pointer, long bytes)
    {
        _ = Driver.cuMemFree(pointer);
        _live.Remove(pointer);
        _allocated -= bytes;
    }

    private CudaOutOfMemoryException OutOfMemory(int code, long bytes)
    {
        var free = Driver.cuMemGetInfo(out var now, out var total) == 0 ? $"{Mega((long)now)} of {Mega((long)total)} are free" : "free memory is not known";
        return new CudaOutOfMemoryException(
            code, $"cuMemAlloc({bytes} bytes)",
            $"{Mega(bytes)} were asked for, PoseEngine holds {Mega(_allocated)}, {free} on {Info.Name}; take a smaller batch or active set");
    }

    private static string Mega(long bytes) => FormattableString.Invariant($"{bytes / 1048576.0:0.#} MiB");
}

/// <summary>A place in the order of a device's work.</summary>
/// <param name="Order">Counts marks.</param>
/// <param name="Launches">What was launched in front of it.</param>
internal readonly record struct StreamMark(long Order, long Launches);
