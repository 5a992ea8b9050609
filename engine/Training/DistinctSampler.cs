using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Draws distinct samples of a set at random, each draw anew.</summary>
internal sealed class DistinctSampler
{
    private readonly RandomGenerator _generator;
    private readonly int _count;
    private readonly HashSet<int> _taken = [];

    /// <summary>Draws from <paramref name="count"/> samples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples.</exception>
    public DistinctSampler(int count, RandomGenerator generator)
    {
        Guard.Positive(count, "the number of constraint samples");
        (_count, _generator) = (count, generator);
    }

    /// <summary>Where it stands; assigning it continues from there.</summary>
    public SamplerState State
    {
        get => new(_generator.State, 0);
        set => _generator.State = value.Generator;
    }

    /// <summary>Fills <paramref name="indices"/> with distinct samples.</summary>
    /// <exception cref="ArgumentException">More samples are wanted than there are.</exception>
    public void Draw(Span<int> indices)
    {
        if (indices.Length > _count)
        {
            throw new ArgumentException($"an active set of {indices.Length} samples was asked of {_count}", nameof(indices));
        }
        _taken.Clear();
        foreach (ref var index in indices)
        {
            do index = _generator.NextInt(_count);
            while (!_taken.Add(index));
        }
    }
}
