using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Minibatches by shuffled epochs: every sample comes once before any comes again. The state is small: the generator
/// before the current epoch's shuffle, and the place in the epoch.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class MinibatchSampler<T> : Sampler<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] _order;
    private readonly RandomGenerator _generator;
    private RandomState _epochStart;
    private int _position;

    /// <summary>Draws from <paramref name="count"/> samples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples.</exception>
    public MinibatchSampler(int count, RandomGenerator generator)
    {
        Guard.Positive(count, "the number of training samples");
        _order = new int[count];
        _generator = generator;
        Shuffle();
    }

    /// <inheritdoc/>
    public override string Name => "epochs";

    /// <inheritdoc/>
    public override SamplerState State
    {
        get => new(_epochStart, _position);
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value.Position, (uint)_order.Length);
            _generator.State = value.Generator;
            Shuffle();
            _position = value.Position;
        }
    }

    /// <summary>Fills <paramref name="indices"/> with the next samples, going on into the next epoch where one ends.</summary>
    public override void Select(Tensor<T> w, Span<int> indices, CancellationToken cancellation = default) => Next(indices);

    /// <summary>The same: the choice does not depend on the parameters.</summary>
    public void Next(Span<int> indices)
    {
        foreach (ref var index in indices)
        {
            if (_position == _order.Length) Shuffle();
            index = _order[_position++];
        }
    }

    /// <summary>
    /// Fills <paramref name="indices"/> with what <see cref="Next"/> would give, and draws nothing. False where that needs
    /// the next epoch's shuffle.
    /// </summary>
    public override bool TryPeek(Span<int> indices)
    {
        if (indices.Length > _order.Length - _position) return false;
        _order.AsSpan(_position, indices.Length).CopyTo(indices);
        return true;
    }

    /// <summary>Fisher-Yates from the identity, so that the generator's state alone gives the order.</summary>
    private void Shuffle()
    {
        _epochStart = _generator.State;
        for (var i = 0; i < _order.Length; i++) _order[i] = i;
        for (var i = _order.Length - 1; i > 0; i--)
        {
            var j = _generator.NextInt(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
        _position = 0;
    }
}
