using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Pinned memory for small copies. To the device: the host writes a slot, the copy runs when the stream comes to it, and
/// the host goes on at once; what is larger than a slot takes several. A slot is used again only when its copy has run. From the
/// device: through a slot of its own, and the host waits once.
/// </summary>
internal sealed unsafe class StagingRing : IDisposable
{
    /// <summary>Bytes of one slot; larger copies from the device take another way.</summary>
    public const int SlotBytes = 64 * 1024;

    /// <summary>Bytes of a copy to the device, so that the slots of two are seldom the same; larger ones take another way.</summary>
    public const int MostUploadBytes = Slots / 2 * SlotBytes;

    private const int Slots = 32;

    private readonly CudaContext _context;
    private readonly nint[] _copied = new nint[Slots];
    private readonly PinnedMemory _memory;
    private int _next;

    public StagingRing(CudaContext context)
    {
        _context = context;
        _memory = new PinnedMemory(context, SlotBytes * (Slots + 1));
    }

    /// <summary>Enqueues a copy of at most <see cref="MostUploadBytes"/> bytes.</summary>
    public void Upload(ulong target, ReadOnlySpan<byte> source)
    {
        for (var done = 0; done < source.Length; done += SlotBytes)
        {
            UploadSlot(target + (ulong)done, source.Slice(done, Math.Min(SlotBytes, source.Length - done)));
        }
    }

    /// <summary>Waits for all work given to the device so far and takes over at most <see cref="SlotBytes"/> bytes.</summary>
    public void Download(ulong source, Span<byte> destination)
    {
        var memory = _memory.Host + (Slots * SlotBytes);
        Driver.Check(Driver.cuMemcpyDtoHAsync(memory, source, (nuint)destination.Length, _context.Stream));
        _context.Counter.ToHost(destination.Length);
        _context.Synchronize();
        new ReadOnlySpan<byte>(memory, destination.Length).CopyTo(destination);
    }

    public void Dispose()
    {
        _context.Settle();
        foreach (var copied in _copied)
        {
            if (copied != 0) _ = Driver.cuEventDestroy(copied);
        }
        _memory.Dispose();
    }

    private void UploadSlot(ulong target, ReadOnlySpan<byte> source)
    {
        var slot = _next;
        _next = (_next + 1) % Slots;
        if (_copied[slot] == 0) Driver.Check(Driver.cuEventCreate(out _copied[slot], EventKind.Untimed));
        else _context.AwaitCopy(_copied[slot]);
        var memory = _memory.Host + (slot * SlotBytes);
        source.CopyTo(new Span<byte>(memory, SlotBytes));
        Driver.Check(Driver.cuMemcpyHtoDAsync(target, memory, (nuint)source.Length, _context.Stream));
        _context.Counter.ToDevice(source.Length);
        Driver.Check(Driver.cuEventRecord(_copied[slot], _context.Stream));
    }
}
