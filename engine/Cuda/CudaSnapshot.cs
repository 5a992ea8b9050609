using PoseEngine.Cuda.Native;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>A snapshot in pinned memory: copies in the order of the device's stream, with an event behind them.</summary>
internal sealed class CudaSnapshot : Snapshot
{
    private readonly CudaContext _context;
    private readonly List<Action> _copies = [];
    private readonly List<PinnedMemory> _memory = [];
    private readonly nint _arrived;
    private StreamMark _taken;
    private bool _disposed;

    public CudaSnapshot(CudaContext context)
    {
        _context = context;
        context.MakeCurrent();
        Driver.Check(Driver.cuEventCreate(out _arrived, EventKind.Untimed));
        context.Opened(this);
    }

    ~CudaSnapshot() => Dispose(false);

    public override bool HasArrived
    {
        get
        {
            _context.MakeCurrent();
            var result = Driver.cuEventQuery(_arrived);
            if (result == Driver.NotReady) return false;
            Driver.Check(result, "a copy from the device");
            return true;
        }
    }

    public override unsafe SnapshotPart<TElement> Add<TElement>(Tensor<TElement> tensor)
    {
        var bytes = sizeof(TElement) * (long)tensor.Count;
        _ = tensor.DevicePointer();
        PinnedMemory memory;
        try
        {
            memory = new PinnedMemory(_context, Math.Max(bytes, 1));
        }
        catch (CudaException)
        {
            // Systems limit what may be pinned. Such a copy waits, which is slower and no less right.
            var array = new TElement[tensor.Count];
            _copies.Add(() => tensor.CopyTo(array));
            return new HostPart<TElement>(array);
        }
        _memory.Add(memory);
        _copies.Add(() => Copy(tensor.DevicePointer(), memory, bytes));
        return new Part<TElement>(memory, tensor.Count);
    }

    public override void Take()
    {
        _context.MakeCurrent();
        foreach (var copy in _copies) copy();
        Driver.Check(Driver.cuEventRecord(_arrived, _context.Stream));
        _taken = _context.Mark();
    }

    public override void Await()
    {
        if (_context.HasReached(_taken)) return;
        _context.MakeCurrent();
        Driver.Check(Driver.cuEventSynchronize(_arrived), "a copy from the device");
        _context.Reached(_taken);
        _context.Counter.Wait();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (_disposed) return;
        _disposed = true;
        var arrived = _arrived;
        if (!disposing)
        {
            _context.ReleaseLater(() => _ = Driver.cuEventDestroy(arrived));
            return;
        }
        _context.Settle();
        _ = Driver.cuEventDestroy(arrived);
        foreach (var memory in _memory) memory.Dispose();
        _context.Closed(this);
    }

    private unsafe void Copy(ulong source, PinnedMemory memory, long bytes)
    {
        if (bytes == 0) return;
        Driver.Check(Driver.cuMemcpyDtoHAsync(memory.Host, source, (nuint)bytes, _context.Stream));
        _context.Counter.ToHost(bytes);
    }

    private sealed unsafe class Part<TElement>(PinnedMemory memory, int count) : SnapshotPart<TElement>
        where TElement : unmanaged
    {
        public override ReadOnlySpan<TElement> Numbers => new(memory.Host, count);
    }
}
