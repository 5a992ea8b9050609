using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Pinned memory for small copies to the device: the host writes a slot, the copy runs when the stream comes to it, and
/// the host goes on at once. A slot is used again only when its copy has run.
/// </summary>
internal sealed unsafe class StagingRing : IDisposable
{
    /// <summary>Bytes of one slot; larger copies take another way.</summary>
    public const int SlotBytes = 64 * 1024;

    private const int Slots = 32;

    private readonly CudaContext _context;
    private readonly nint[] _copied = new nint[Slots];
    private readonly PinnedMemory _memory;
    private int _next;

    public StagingRing(CudaContext context)
    {
        _context = context;
        _memory = new PinnedMemory(context, SlotBytes * Slots);
    }

    /// <summary>Enqueues a copy of at most <see cref="SlotBytes"/> bytes.</summary>
    public void Upload(ulong target, ReadOnlySpan<byte> source)
    {
        var slot = _next;
        _next = (_next + 1) % Slots;
        if (_copied[slot] == 0) Driver.Check(Driver.cuEventCreate(out _copied[slot], EventKind.Untimed));
        else Driver.Check(Driver.cuEventSynchronize(_copied[slot]));
        var memory = _memory.Host + (slot * SlotBytes);
        source.CopyTo(new Span<byte>(memory, SlotBytes));
        Driver.Check(Driver.cuMemcpyHtoDAsync(target, memory, (nuint)source.Length, _context.Stream));
        Driver.Check(Driver.cuEventRecord(_copied[slot], _context.Stream));
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
}
