namespace PoseEngine.Cpu;

/// <summary>What a piece of scratch memory is for; areas live side by side, so that a kernel may use several at once.</summary>
internal enum ScratchArea
{
    /// <summary>Partial sums of reductions.</summary>
    Sums,

    /// <summary>The left factor of a matrix product in the order in which the product reads it.</summary>
    PackedMatrix,

    /// <summary>Convolution inputs with borders.</summary>
    Bordered,

    /// <summary>The same for the second term of an R-op.</summary>
    BorderedDirection,

    /// <summary>Convolution weights in the order in which the kernel reads them.</summary>
    PackedWeights,

    /// <summary>Where the taps of a kernel find their inputs.</summary>
    TapOffsets,

    /// <summary>Which lane of the sums of an adjoint belongs to each tap.</summary>
    TapLanes,

    /// <summary>Rows of a Gram matrix as panels of the left factor.</summary>
    LeftRows,

    /// <summary>Inner products of a dense layer's inputs.</summary>
    InputProducts,

    /// <summary>Factors of the products of two rows.</summary>
    PairWeights,

    /// <summary>Each thread's own copy of a sample, in the order in which a kernel reads it.</summary>
    Sample,

    /// <summary>Each thread's own copy of a sample's direction or adjoint.</summary>
    SampleDirection,

    /// <summary>Where the strips of an adjoint of inputs are.</summary>
    InputStrips,

    /// <summary>Where the patch of each winner begins.</summary>
    WinnerDistances,

    /// <summary>Winners of windows of one element.</summary>
    Winners,

    /// <summary>Each thread's list of open positions.</summary>
    OpenPositions,

    /// <summary>The adjoints at those positions.</summary>
    OpenAdjoints,

    /// <summary>Each thread's values of expressions.</summary>
    ExpressionSlots,

    /// <summary>Each thread's values and courses of a projection.</summary>
    ProjectionLanes,

    /// <summary>Each thread's magnitudes of one constraint.</summary>
    Magnitudes,

    /// <summary>The number of areas.</summary>
    Count,
}

/// <summary>What all kernels of one CPU device share: its threads, its choice of instructions and scratch memory.</summary>
internal sealed unsafe class CpuContext(int threads, bool useSimd) : IDisposable
{
    private readonly HostScratch[] _areas = [.. Enumerable.Range(0, (int)ScratchArea.Count).Select(_ => new HostScratch())];

    public WorkerPool Pool { get; } = new(threads);

    /// <summary>The memory of the device's tensors.</summary>
    public HostHeap Heap { get; } = new();

    /// <summary>False makes every kernel take its scalar path, the reference that tests compare with.</summary>
    public bool UseSimd { get; } = useSimd;

    /// <summary>Memory for <paramref name="count"/> partial sums.</summary>
    public double* Scratch(int count) => Scratch<double>(ScratchArea.Sums, count);

    /// <summary>Memory for <paramref name="count"/> elements, valid until the area is asked for again; see <see cref="HostScratch"/>.</summary>
    public TElement* Scratch<TElement>(ScratchArea area, long count)
        where TElement : unmanaged
        => _areas[(int)area].Take<TElement>(count);

    /// <summary>The same for each thread: <paramref name="count"/> elements of its own.</summary>
    public ThreadScratch<TElement> ThreadScratch<TElement>(ScratchArea area, long count)
        where TElement : unmanaged
    {
        // Whole cache lines, and room for the vector that is read beyond the end.
        var bytes = ((count * sizeof(TElement)) + HostHeap.Slack + HostHeap.Alignment - 1) / HostHeap.Alignment * HostHeap.Alignment;
        return new ThreadScratch<TElement>((nint)Scratch<byte>(area, bytes * Pool.ThreadCount), bytes);
    }

    public void Dispose()
    {
        Pool.Dispose();
        foreach (var area in _areas) area.Dispose();
        Heap.Close();
    }
}

/// <summary>Scratch memory of which each thread of the pool has a piece.</summary>
internal readonly unsafe record struct ThreadScratch<TElement>(nint First, long BytesPerThread)
    where TElement : unmanaged
{
    /// <summary>The piece of the thread that asks.</summary>
    public TElement* Here => (TElement*)(First + (nint)(BytesPerThread * WorkerPool.CurrentSlot));
}
