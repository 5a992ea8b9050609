using System.Numerics;
using PoseEngine.Tensors;

namespace PoseEngine.Kernels;

/// <summary>
/// What goes into a network: numbers [N,C,H,W], or images as they are stored, [N,H,W,C] uint8, which stand for
/// x / 255 - 1/2. Images need a quarter of the memory of float32 and become numbers where the first convolution reads
/// them.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public readonly record struct NetworkInput<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T> _values;

    /// <summary>An input of numbers.</summary>
    public NetworkInput(Tensor<T> values) => _values = values;

    /// <summary>An input of images [N,H,W,C].</summary>
    public NetworkInput(Tensor<byte> images) => Images = images;

    /// <summary>The images, absent where the input is numbers.</summary>
    public Tensor<byte> Images { get; }

    /// <summary>Whether the input is images.</summary>
    public bool HasImages => !Images.IsAbsent;

    /// <summary>Whether there is no input at all.</summary>
    public bool IsAbsent => Images.IsAbsent && _values.IsAbsent;

    /// <summary>The numbers.</summary>
    /// <exception cref="InvalidOperationException">The input is images.</exception>
    public Tensor<T> Values => HasImages
        ? throw new InvalidOperationException("the input is images; normalize them first")
        : _values;

    /// <summary>Numbers of all samples together.</summary>
    public int Count => HasImages ? Images.Count : _values.Count;

    /// <summary>N, the number of samples.</summary>
    public int Samples => HasImages ? Images.Shape[0] : _values.Shape[0];

    /// <summary>Numbers are an input.</summary>
    public static implicit operator NetworkInput<T>(Tensor<T> values) => new(values);

    /// <summary>Whether both read the same memory.</summary>
    public bool IsSameMemory(in NetworkInput<T> other)
        => HasImages == other.HasImages && (HasImages ? Images.IsSameMemory(other.Images) : _values.IsSameMemory(other._values));
}
