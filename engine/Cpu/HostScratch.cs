using System.Runtime.InteropServices;

namespace PoseEngine.Cpu;

/// <summary>
/// Memory for intermediate results on 64-byte boundaries. It grows and never shrinks, so that a repeated computation
/// allocates nothing. A family of kernels owns one for each use and disposes of it.
/// </summary>
public sealed unsafe class HostScratch : IDisposable
{
    private void* _memory;
    private long _bytes;

    /// <summary>Frees the memory of what was not disposed of.</summary>
    ~HostScratch() => Free();

    /// <summary>
    /// Room for <paramref name="count"/> elements with any contents, valid until the next call. A vector may be read beyond
    /// the end.
    /// </summary>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public TElement* Take<TElement>(long count)
        where TElement : unmanaged
    {
        var bytes = (count * sizeof(TElement)) + HostHeap.Slack;
        if (bytes > _bytes)
        {
            Free();
            _memory = NativeMemory.AlignedAlloc((nuint)bytes, HostHeap.Alignment);
            _bytes = bytes;
        }
        return (TElement*)_memory;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _bytes = 0;
    }
}
