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
