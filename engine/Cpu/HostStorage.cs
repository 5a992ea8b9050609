using System.Runtime.InteropServices;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>What holds for host memory of every element type.</summary>
internal static class HostStorage
{
    /// <summary>Bytes after the last element that may be read: kernels load whole vectors at the ends of rows.</summary>
    public const int Slack = 64;
}

/// <summary>Native memory on 64-byte boundaries, so that kernels may use aligned vectors and plain pointers.</summary>
internal sealed unsafe class HostStorage<TElement> : Storage<TElement>
    where TElement : unmanaged
{
    private const int Alignment = 64;
    private TElement* _data;

    public HostStorage(int count)
        : base(count)
    {
        var bytes = ((nuint)count * (nuint)sizeof(TElement)) + HostStorage.Slack;
        try
        {
            _data = (TElement*)NativeMemory.AlignedAlloc(bytes, Alignment);
        }
        catch (OutOfMemoryException inner)
        {
            throw new OutOfMemoryException($"cpu: no {bytes} bytes left for a tensor of {count} elements", inner);
        }
        NativeMemory.Clear(_data, bytes);
        GC.AddMemoryPressure(Bytes);
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

    private long Bytes => ((long)Count * sizeof(TElement)) + HostStorage.Slack;

    public override void Write(int offset, ReadOnlySpan<TElement> source)
        => source.CopyTo(new Span<TElement>(Data, Count).Slice(offset, source.Length));

    public override void Read(int offset, Span<TElement> destination)
        => new ReadOnlySpan<TElement>(Data, Count).Slice(offset, destination.Length).CopyTo(destination);

    protected override void Dispose(bool disposing)
    {
        if (_data == null) return;
        NativeMemory.AlignedFree(_data);
        _data = null;
        GC.RemoveMemoryPressure(Bytes);
    }
}

/// <summary>The way from a tensor of the CPU device to its numbers.</summary>
internal static unsafe class HostTensors
{
    /// <summary>More than the tensors that any kernel takes.</summary>
    private const int RecentCount = 32;

    /// <summary>
    /// The storages whose addresses this thread took last. A kernel holds plain pointers, which the garbage collector
    /// does not see: without this it could free a tensor that the caller never uses again while the kernel reads it.
    /// </summary>
    [ThreadStatic]
    private static object[]? _recent;

    [ThreadStatic]
    private static int _next;

    /// <summary>The address of the first element.</summary>
    /// <exception cref="ArgumentException">The tensor lives on another device.</exception>
    public static TElement* Pointer<TElement>(this Tensor<TElement> tensor)
        where TElement : unmanaged
    {
        if (tensor.Storage is HostStorage<TElement> host)
        {
            Remember(host);
            return host.Data + tensor.Offset;
        }
        throw new ArgumentException("cpu: the tensor lives on another device; copy it through the host first", nameof(tensor));
    }

    /// <summary>The address of the first element, or null for an absent tensor.</summary>
    public static TElement* PointerOrNull<TElement>(this Tensor<TElement> tensor)
        where TElement : unmanaged
        => tensor.IsAbsent ? null : tensor.Pointer();

    private static void Remember(object storage)
    {
        var recent = _recent ??= new object[RecentCount];
        if (ReferenceEquals(recent[_next], storage)) return;
        _next = (_next + 1) % RecentCount;
        recent[_next] = storage;
    }
}
