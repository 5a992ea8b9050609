using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Samples on the device, as a training method takes them.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Inputs">Network inputs, numbers [N, ...] or images [N,H,W,C].</param>
/// <param name="Targets">Targets [N, outputs] in units of the network's outputs; a constraint batch ignores them.</param>
public readonly record struct Batch<T>(NetworkInput<T> Inputs, Tensor<T> Targets)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>N, the number of samples.</summary>
    public int Count => Inputs.Samples;
}

/// <summary>A set of samples that batches are gathered from.</summary>
public interface ISampleSource
{
    /// <summary>The number of samples.</summary>
    int Count { get; }

    /// <summary>Height, width and channels of an image.</summary>
    Shape Image { get; }

    /// <summary>The number of target values of a sample.</summary>
    int Outputs { get; }

    /// <summary>Copies samples into host memory.</summary>
    /// <param name="indices">Which samples, in the order wanted.</param>
    /// <param name="images">[N, H, W, C] uint8.</param>
    /// <param name="targets">[N, outputs], in the source's own unit.</param>
    void Gather(ReadOnlySpan<int> indices, Span<byte> images, Span<float> targets);

    /// <summary>The targets of one sample, without touching its image.</summary>
    ReadOnlySpan<float> Target(int index);
}
