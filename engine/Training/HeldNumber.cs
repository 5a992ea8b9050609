using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// A number that the host adapts from step to step and checkpoints keep, as a vector of one element: the host remembers it and
/// reads it only where somebody else has written it.
/// </summary>
/// <typeparam name="T">The number type, to which it is rounded.</typeparam>
internal sealed class HeldNumber<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T? _known;

    /// <summary>A number with a value before the first step.</summary>
    /// <exception cref="OverflowException">T does not hold it.</exception>
    public HeldNumber(Workspace<T> memory, double value)
    {
        _known = T.CreateChecked(value);
        Vector = memory.From([_known.Value], new Shape(1));
    }

    /// <summary>Where checkpoints find it [1].</summary>
    public Tensor<T> Vector { get; }

    /// <summary>The number.</summary>
    public double Value
    {
        get => double.CreateChecked(_known ??= Vector.ToArray()[0]);
        set
        {
            _known = T.CreateChecked(value);
            Vector.CopyFrom([_known.Value]);
        }
    }

    /// <summary>Somebody has written to <see cref="Vector"/>.</summary>
    public void Forget() => _known = null;
}
