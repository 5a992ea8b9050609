using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Chooses the samples of an iteration: the minibatch out of D, or the active constraints (section 4.4) out of the
/// unlabelled set C.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public abstract class Sampler<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A name for settings and reports.</summary>
    public abstract string Name { get; }

    /// <summary>Where the choice stands; assigning it continues from there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The state is of another set.</exception>
    public abstract SamplerState State { get; set; }

    /// <summary>Fills <paramref name="indices"/> with samples of the set.</summary>
    /// <param name="w">The current parameters [N_P], on which a choice may depend.</param>
    /// <param name="indices">The choice.</param>
    /// <param name="cancellation">Looked at within long looks at the samples.</param>
    /// <exception cref="OperationCanceledException">Cancelled; the state of before, assigned, makes the choice again.</exception>
    public abstract void Select(Tensor<T> w, Span<int> indices, CancellationToken cancellation = default);

    /// <summary>
    /// Fills <paramref name="indices"/> with the next choice and draws nothing; false where that cannot be known yet.
    /// </summary>
    public virtual bool TryPeek(Span<int> indices) => false;
}

/// <summary>The saved state of a sampler.</summary>
public readonly record struct SamplerState(RandomState Generator, int Position);
