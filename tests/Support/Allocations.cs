namespace PoseEngine.Tests.Support;

/// <summary>What code leaves for the garbage collector.</summary>
internal static class Allocations
{
    private const int Calls = 5;

    /// <summary>
    /// Bytes that a repeated action allocates on this thread: the least of several calls, because now and then the runtime
    /// itself allocates a few kB once. What the action allocates, it allocates in every call.
    /// </summary>
    public static long Of(Action action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < Calls; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
