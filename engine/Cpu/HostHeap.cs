using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace PoseEngine.Cpu;

/// <summary>
/// The memory of one CPU device's tensors. Kernels hold plain pointers, which the garbage collector does not see: it may
/// finalize a storage that its caller never uses again while a kernel reads it. So a finalizer only notes the memory, which
/// is freed at the device's next allocation, when no kernel runs.
/// </summary>
internal sealed unsafe class HostHeap
{
    /// <summary>Bytes after the last element that may be read: kernels load whole vectors at the ends of rows.</summary>
    public const int Slack = 64;

    /// <summary>Every block begins at a multiple of it: a cache line, and the longest vector.</summary>
    public const int Alignment = 64;

    private readonly ConcurrentQueue<(nint Address, long Bytes)> _unreachable = new();
    private long _liveBytes;
    private volatile bool _isClosed;

    /// <summary>Storages may outlive a device that nobody disposed of.</summary>
    ~HostHeap() => Close();

    /// <summary>Bytes that were not given back.</summary>
    public long LiveBytes
    {
        get
        {
            FreeUnreachable();
            return Interlocked.Read(ref _liveBytes);
        }
    }

    /// <summary>Zeros for a tensor of so many elements.</summary>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public nint Allocate(long bytes, int count)
    {
        FreeUnreachable();
        var address = TryAllocate(bytes);
        if (address == 0)
        {
            // Tensors that nobody has any more may still hold memory.
            GC.Collect();
            GC.WaitForPendingFinalizers();
            FreeUnreachable();
            address = TryAllocate(bytes);
        }
        if (address == 0) throw new InsufficientMemoryException($"cpu: no {bytes} bytes left for a tensor of {count} elements");
        NativeMemory.Clear((void*)address, (nuint)bytes);
        GC.AddMemoryPressure(bytes);
        Interlocked.Add(ref _liveBytes, bytes);
        return address;
    }

    /// <summary>Frees a block that nothing reads.</summary>
    public void Free(nint address, long bytes)
    {
        NativeMemory.AlignedFree((void*)address);
        GC.RemoveMemoryPressure(bytes);
        Interlocked.Add(ref _liveBytes, -bytes);
    }

    /// <summary>The same for a storage that the garbage collector found, at the next allocation.</summary>
    public void FreeLater(nint address, long bytes)
    {
        _unreachable.Enqueue((address, bytes));
        if (_isClosed) FreeUnreachable();
    }

    /// <summary>The device runs no kernels and makes no tensors any more.</summary>
    public void Close()
    {
        _isClosed = true;
        FreeUnreachable();
    }

    private static nint TryAllocate(long bytes)
    {
        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            return 0;
        }
    }

    private void FreeUnreachable()
    {
        while (_unreachable.TryDequeue(out var block)) Free(block.Address, block.Bytes);
    }
}
