namespace PoseEngine.Tensors;

/// <summary>
/// Copies on the host of some tensors' numbers, all of one moment of the device's work, in memory that is kept from one taking to
/// the next. A device with memory of its own goes on meanwhile, and so does the host until it wants the numbers: one wait for
/// all of them.
/// </summary>
public abstract class Snapshot : IDisposable
{
    /// <summary>Takes a tensor in, whose memory must outlive the snapshot. Where the host refuses to pin memory for it, its copies wait.</summary>
    /// <returns>Where its numbers are found.</returns>
    /// <exception cref="OutOfMemoryException">The host has not that much memory.</exception>
    public abstract SnapshotPart<TElement> Add<TElement>(Tensor<TElement> tensor)
        where TElement : unmanaged;

    /// <summary>
    /// Copies the tensors as the work given to the device so far leaves them; what is given later may overwrite them. Nobody may be
    /// reading the numbers of before.
    /// </summary>
    public abstract void Take();

    /// <summary>Whether the numbers last taken are there; does not wait.</summary>
    public abstract bool HasArrived { get; }

    /// <summary>Waits for the numbers last taken.</summary>
    public abstract void Await();

    /// <summary>Takes the numbers and waits for them.</summary>
    public void Read()
    {
        Take();
        Await();
    }

    /// <summary>Gives the memory of the copies back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the snapshot holds; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>One tensor of a <see cref="Snapshot"/>.</summary>
/// <typeparam name="TElement">Number type of the elements.</typeparam>
public abstract class SnapshotPart<TElement>
    where TElement : unmanaged
{
    /// <summary>
    /// The numbers in row-major order, behind <see cref="Snapshot.Await"/> and until the next <see cref="Snapshot.Take"/>; any thread may read them.
    /// </summary>
    public abstract ReadOnlySpan<TElement> Numbers { get; }
}

/// <summary>A snapshot where tensors are copied at once.</summary>
internal sealed class HostSnapshot : Snapshot
{
    private readonly List<Action> _copies = [];

    public override bool HasArrived => true;

    public override SnapshotPart<TElement> Add<TElement>(Tensor<TElement> tensor)
    {
        var array = new TElement[tensor.Count];
        _copies.Add(() => tensor.CopyTo(array));
        return new HostPart<TElement>(array);
    }

    public override void Take()
    {
        foreach (var copy in _copies) copy();
    }

    public override void Await()
    {
    }
}

/// <summary>A part that was copied into an array.</summary>
internal sealed class HostPart<TElement>(TElement[] array) : SnapshotPart<TElement>
    where TElement : unmanaged
{
    public override ReadOnlySpan<TElement> Numbers => array;
}
