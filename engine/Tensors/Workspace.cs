using System.Numerics;
using System.Runtime.ExceptionServices;

namespace PoseEngine.Tensors;

/// <summary>
/// What an object owns: tensors that it allocates, and other things that hold device memory. All of it is given back
/// together, last first; what was given back already does no harm.
/// </summary>
/// <typeparam name="T">The number type of the device.</typeparam>
/// <param name="device">Where tensors are allocated.</param>
public sealed class Workspace<T>(Device<T> device) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Stack<IDisposable> _owned = new();

    /// <summary>A tensor of zeros.</summary>
    /// <exception cref="OutOfMemoryException">The device has not that much memory.</exception>
    public Tensor<T> Zeros(Shape shape) => Owned(device.Zeros(shape));

    /// <summary>A vector of zeros.</summary>
    /// <inheritdoc cref="Zeros(Shape)"/>
    public Tensor<T> Zeros(int count) => Zeros(new Shape(count));

    /// <summary>A tensor of zeros of any element type.</summary>
    /// <inheritdoc cref="Zeros(Shape)"/>
    public Tensor<TElement> Zeros<TElement>(Shape shape)
        where TElement : unmanaged
        => Owned(device.Zeros<TElement>(shape));

    /// <summary>A tensor with a copy of host numbers.</summary>
    /// <inheritdoc cref="Zeros(Shape)"/>
    public Tensor<T> From(ReadOnlySpan<T> source, Shape shape) => Owned(device.From(source, shape));

    /// <summary>Takes over something else that is given back with the rest.</summary>
    public TOwned Own<TOwned>(TOwned owned)
        where TOwned : IDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    /// <summary>Gives everything back. What fails does not keep the rest from being given back; the first failure is thrown then.</summary>
    public void Dispose()
    {
        ExceptionDispatchInfo? failure = null;
        while (_owned.TryPop(out var last))
        {
            try
            {
                last.Dispose();
            }
            catch (Exception e)
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }
        failure?.Throw();
    }

    private Tensor<TElement> Owned<TElement>(Tensor<TElement> tensor)
        where TElement : unmanaged
    {
        Own(tensor.Storage);
        return tensor;
    }
}
