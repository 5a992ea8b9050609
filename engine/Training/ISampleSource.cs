using PoseEngine.Tensors;

namespace PoseEngine.Training;

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
