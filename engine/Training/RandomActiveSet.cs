using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Active constraints drawn at random, without replacement within an iteration.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class RandomActiveSet<T> : Sampler<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DistinctSampler _sampler;

    /// <summary>Draws from <paramref name="count"/> samples by a generator of its own.</summary>
    public RandomActiveSet(int count, RandomGenerator generator) => _sampler = new DistinctSampler(count, generator);

    /// <inheritdoc/>
    public override string Name => "random";

    /// <inheritdoc/>
    public override SamplerState State
    {
        get => _sampler.State;
        set => _sampler.State = value;
    }

    /// <inheritdoc/>
    public override bool TryPeek(Span<int> indices)
    {
        var state = State;
        _sampler.Draw(indices);
        State = state;
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">More samples are wanted than there are.</exception>
    public override void Select(Tensor<T> w, Span<int> indices, CancellationToken cancellation = default) => _sampler.Draw(indices);
}
