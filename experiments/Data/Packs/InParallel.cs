using System.Runtime.ExceptionServices;

namespace PoseEngine.Experiments.Data;

internal static class InParallel
{
    /// <summary>Runs a loop; of several failures the first one itself is thrown: the others only followed from it, and callers catch it by
    /// its type.</summary>
    /// <param name="threads">0 for one per processor.</param>
    public static void Run(int threads, Action<ParallelOptions> loop, CancellationToken token)
    {
        try
        {
            loop(new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount, CancellationToken = token });
        }
        catch (AggregateException error)
        {
            token.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(error.Flatten().InnerExceptions[0]);
        }
    }
}
