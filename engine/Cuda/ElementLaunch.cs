namespace PoseEngine.Cuda;

/// <summary>Launch shapes of kernels that run over the elements of vectors in a grid-stride loop.</summary>
public static class ElementLaunch
{
    /// <summary>Threads of a block, as the kernels are compiled.</summary>
    public const int Threads = 256;

    /// <summary>Elements of a thread: a pack of float32.</summary>
    private const int PerThread = 4;

    /// <summary>Blocks enough for a few elements a thread; none for no elements.</summary>
    public static LaunchShape Over(int count) => new(Blocks(count, PerThread), 1, 1, Threads);

    /// <summary>A warp for each of <paramref name="count"/> results.</summary>
    public static LaunchShape Warps(int count) => new(Blocks(32L * count, 1), 1, 1, Threads);

    /// <summary>Blocks of a reduction. It depends on the count alone, and so do the order of the sum and its bits.</summary>
    public static int ReductionBlocks(int count, int most) => Math.Min(Blocks(count, 2 * PerThread), most);

    private static int Blocks(long count, int perThread)
        => (int)((count + (Threads * perThread) - 1) / (Threads * perThread));
}
