namespace PoseEngine.Tensors;

/// <summary>A block of memory that belongs to one device. Tensors are views of it.</summary>
/// <typeparam name="TElement">Number type of the elements.</typeparam>
public abstract class Storage<TElement>(int count) : IDisposable
    where TElement : unmanaged
{
    /// <summary>The number of elements.</summary>
    public int Count { get; } = count;

    /// <summary>Where the host reads the elements; 0 where they live elsewhere.</summary>
    public virtual nint HostAddress => 0;

    /// <summary>Copies host numbers into the block, beginning at element <paramref name="offset"/>.</summary>
    public abstract void Write(int offset, ReadOnlySpan<TElement> source);

    /// <summary>Copies elements from <paramref name="offset"/> on to the host.</summary>
    public abstract void Read(int offset, Span<TElement> destination);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory; called once or more.</summary>
    protected abstract void Dispose(bool disposing);
}
