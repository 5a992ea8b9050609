using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Chooses the active constraints of an iteration (section 4.4): samples of the unlabelled set C on which all
/// constraints are imposed.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class ActiveSet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A name for settings and reports.</summary>
    public abstract string Name { get; }

    /// <summary>Where the choice stands; assigning it continues from there.</summary>
    public abstract SamplerState State { get; set; }

    /// <summary>Fills <paramref name="indices"/> with distinct samples of C.</summary>
    /// <param name="w">The current parameters [N_P], on which a choice may depend.</param>
    /// <param name="indices">The choice.</param>
    public abstract void Select(Tensor<T> w, Span<int> indices);

    /// <summary>
    /// Fills <paramref name="indices"/> with the next choice and draws nothing; false where that cannot be known yet.
    /// </summary>
    public virtual bool TryPeek(Span<int> indices) => false;
}

/// <summary>Active constraints drawn at random, without replacement within an iteration.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class RandomActiveSet<T> : ActiveSet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RandomGenerator _generator;
    private readonly int _count;
    private readonly HashSet<int> _taken = [];

    /// <summary>Draws from <paramref name="count"/> samples by a generator of its own.</summary>
    public RandomActiveSet(int count, RandomGenerator generator)
    {
        Guard.Positive(count, "the number of constraint samples");
        (_count, _generator) = (count, generator);
    }

    /// <inheritdoc/>
    public override string Name => "random";

    /// <inheritdoc/>
    public override SamplerState State
    {
        get => new(_generator.State, 0);
        set => _generator.State = value.Generator;
    }

    /// <inheritdoc/>
    public override bool TryPeek(Span<int> indices)
    {
        var state = _generator.State;
        Draw(indices);
        _generator.State = state;
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">More samples are wanted than there are.</exception>
    public override void Select(Tensor<T> w, Span<int> indices) => Draw(indices);

    private void Draw(Span<int> indices)
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
