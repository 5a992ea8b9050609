namespace PoseEngine.Tensors;

/// <summary>
/// A shape and a contiguous view of device storage. It is a small value: views and reshapes copy nothing and allocate
/// nothing. <c>default</c> is the absent tensor, which operators with optional arguments accept.
/// </summary>
/// <typeparam name="TElement">Number type of the elements.</typeparam>
public readonly struct Tensor<TElement>
    where TElement : unmanaged
{
    private readonly Storage<TElement>? _storage;

    /// <summary>A view of <paramref name="storage"/> from element <paramref name="offset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view would leave the storage.</exception>
    public Tensor(Storage<TElement> storage, int offset, Shape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (offset > storage.Count - shape.Count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(shape), $"a view {shape} at {offset} leaves a storage of {storage.Count} elements");
        }
        _storage = storage;
        Offset = offset;
        Shape = shape;
    }

    /// <summary>The memory that this tensor views.</summary>
    /// <exception cref="InvalidOperationException">The tensor is absent.</exception>
    public Storage<TElement> Storage => _storage ?? throw new InvalidOperationException("the tensor is absent");

    /// <summary>The first element's place in the storage.</summary>
    public int Offset { get; }

    /// <summary>The extents, slowest first.</summary>
    public Shape Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Count => Shape.Count;

    /// <summary>Whether this is <c>default</c>, standing for "no such argument".</summary>
    public bool IsAbsent => _storage is null;

    /// <summary>Whether another tensor views the same elements of the same memory, under any shape.</summary>
    public bool IsSameMemory(Tensor<TElement> other)
        => ReferenceEquals(_storage, other._storage) && Offset == other.Offset && Count == other.Count;

    /// <summary>Whether another tensor views some of the same memory.</summary>
    public bool Overlaps(Tensor<TElement> other)
        => ReferenceEquals(_storage, other._storage) && Offset < other.Offset + other.Count && other.Offset < Offset + Count;

    /// <summary>The same elements under another shape.</summary>
    /// <exception cref="ArgumentException">The shapes differ in count.</exception>
    public Tensor<TElement> Reshape(Shape shape)
    {
        Guard.Equal(shape.Count, Count, $"a reshape of {Shape} to {shape}");
        return new Tensor<TElement>(Storage, Offset, shape);
    }

    /// <summary>A part of the elements, counted from this view's first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part would leave this view.</exception>
    public Tensor<TElement> Slice(int offset, Shape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Count - shape.Count);
        return new Tensor<TElement>(Storage, Offset + offset, shape);
    }

    /// <summary>A part of the elements as a vector.</summary>
    public Tensor<TElement> Slice(int offset, int count) => Slice(offset, new Shape(count));

    /// <summary>Copies host numbers, in row-major order, into the tensor.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public void CopyFrom(ReadOnlySpan<TElement> source)
    {
        Guard.Equal(source.Length, Count, $"a copy into a tensor {Shape}");
        Storage.Write(Offset, source);
    }

    /// <summary>Copies the elements, in row-major order, to the host.</summary>
    /// <exception cref="ArgumentException">The counts differ.</exception>
    public void CopyTo(Span<TElement> destination)
    {
        Guard.Equal(destination.Length, Count, $"a copy out of a tensor {Shape}");
        Storage.Read(Offset, destination);
    }

    /// <summary>The elements, in row-major order, in a new host array.</summary>
    public TElement[] ToArray()
    {
        var array = new TElement[Count];
        CopyTo(array);
        return array;
    }
}
