using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>The minibatches or the active sets of a run: a sampler that chooses and a loader that gathers.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="sampler">Chooses samples; the feed owns it.</param>
/// <param name="loader">Gathers them; the feed owns it.</param>
public sealed class BatchFeed<T>(Sampler<T> sampler, BatchLoader<T> loader) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] _indices = new int[loader.Batch];

    /// <summary>What chooses the samples.</summary>
    public Sampler<T> Sampler => sampler;

    /// <summary>The next batch, good until the one behind it.</summary>
    /// <param name="w">The current parameters, on which the choice may depend.</param>
    /// <param name="cancellation">Looked at within a long choice.</param>
    public Batch<T> Next(Tensor<T> w, CancellationToken cancellation = default)
    {
        sampler.Select(w, _indices, cancellation);
        return loader.Load(_indices);
    }

    /// <summary>Begins to gather the batch behind this one, where it is known and that saves time.</summary>
    public void Prefetch()
    {
        if (loader.WantsPrefetch && sampler.TryPeek(_indices)) loader.Prefetch(_indices);
    }

    /// <summary>Gives the memory of sampler and loader back.</summary>
    public void Dispose()
    {
        using (sampler as IDisposable) loader.Dispose();
    }
}
