using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>Native memory on 64-byte boundaries, so that kernels may use aligned vectors and plain pointers.</summary>
internal sealed unsafe class HostStorage<TElement> : Storage<TElement>
    where TElement : unmanaged
{
    private readonly HostHeap _heap;
    private TElement* _data;

    public HostStorage(HostHeap heap, int count)
        : base(count)
    {
        _heap = heap;
        _data = (TElement*)heap.Allocate(Bytes, count);
    }

    ~HostStorage() => Dispose(false);

    public TElement* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return _data;
        }
    }

    public override nint HostAddress => (nint)Data;

    private long Bytes => ((long)Count * sizeof(TElement)) + HostHeap.Slack;

    public override void Write(int offset, ReadOnlySpan<TElement> source)
    {
        source.CopyTo(new Span<TElement>(Data, Count).Slice(offset, source.Length));
        GC.KeepAlive(this);
    }

    public override void Read(int offset, Span<TElement> destination)
    {
        new ReadOnlySpan<TElement>(Data, Count).Slice(offset, destination.Length).CopyTo(destination);
        GC.KeepAlive(this);
    }

    protected override void Dispose(bool disposing)
    {
        var data = (nint)_data;
        _data = null;
        if (data == 0) return;
        if (disposing) _heap.Free(data, Bytes);
        else _heap.FreeLater(data, Bytes);
    }
}

/// <summary>The way from a tensor of a <see cref="CpuDevice{T}"/> to its numbers, for kernels.</summary>
public static unsafe class HostTensors
{
    /// <summary>
    /// The address of the first element. It stays valid while the tensor's storage is not disposed of and, where nobody holds
    /// the storage any more, until the device's next allocation: a kernel takes the addresses it needs after it has
    /// allocated what it needs.
    /// </summary>
    /// <exception cref="ArgumentException">The tensor lives on another device.</exception>
    /// <exception cref="ObjectDisposedException">The storage was given back.</exception>
    public static TElement* Pointer<TElement>(this Tensor<TElement> tensor)
        where TElement : unmanaged
        => tensor.Storage is HostStorage<TElement> host
            ? host.Data + tensor.Offset
            : throw new ArgumentException("cpu: the tensor lives on another device; copy it through the host first", nameof(tensor));

    /// <summary>The address of the first element, or null for an absent tensor.</summary>
    /// <exception cref="ArgumentException">The tensor lives on another device.</exception>
    /// <exception cref="ObjectDisposedException">The storage was given back.</exception>
    public static TElement* PointerOrNull<TElement>(this Tensor<TElement> tensor)
        where TElement : unmanaged
        => tensor.IsAbsent ? null : tensor.Pointer();
}
