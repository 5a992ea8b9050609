using System.Numerics;

namespace PoseEngine.Tensors;

/// <summary>Something that holds tensors: the storage half of a device.</summary>
/// <typeparam name="T">The number type in which the device computes, <c>float</c> or <c>double</c>.</typeparam>
public abstract class Device<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A short name such as "cpu", as the command line and reports use it.</summary>
    public abstract string Name { get; }

    /// <summary>"float32" or "float64", with what is computed in less behind a comma.</summary>
    public virtual string Precision => typeof(T) == typeof(float) ? "float32" : "float64";

    /// <summary>Bytes of storages that nobody has given back, neither by disposing of them nor by losing them.</summary>
    public abstract long LiveBytes { get; }

    /// <summary>New storage filled with zeros.</summary>
    /// <exception cref="OutOfMemoryException">The device has not that much memory; the message tells how much was asked.</exception>
    public abstract Storage<TElement> Allocate<TElement>(int count)
        where TElement : unmanaged;

    /// <summary>A new tensor of zeros with storage of its own.</summary>
    public Tensor<T> Zeros(Shape shape) => new(Allocate<T>(shape.Count), 0, shape);

    /// <summary>A new vector of zeros with storage of its own.</summary>
    public Tensor<T> Zeros(int count) => Zeros(new Shape(count));

    /// <summary>A new tensor of any element type, filled with zeros.</summary>
    public Tensor<TElement> Zeros<TElement>(Shape shape)
        where TElement : unmanaged
        => new(Allocate<TElement>(shape.Count), 0, shape);

    /// <summary>A new tensor with a copy of host numbers.</summary>
    public Tensor<T> From(ReadOnlySpan<T> source, Shape shape)
    {
        var tensor = Zeros(shape);
        tensor.CopyFrom(source);
        return tensor;
    }

    /// <summary>A new vector with a copy of host numbers.</summary>
    public Tensor<T> From(ReadOnlySpan<T> source) => From(source, new Shape(source.Length));

    /// <summary>Memory for copies of tensors on the host.</summary>
    public virtual Snapshot CreateSnapshot() => new HostSnapshot();

    /// <summary>Waits until all work given to the device is done; at once on a device that works synchronously.</summary>
    public virtual void Synchronize()
    {
    }

    /// <summary>Gives back what the device holds beside its tensors' storages.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees threads and handles; called once or more.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
