using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>Samples on the device, as a training method takes them.</summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="Inputs">Network inputs [N, ...].</param>
/// <param name="Targets">Targets [N, outputs] in units of the network's outputs; a constraint batch ignores them.</param>
public readonly record struct Batch<T>(Tensor<T> Inputs, Tensor<T> Targets)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>N, the number of samples.</summary>
    public int Count => Inputs.Shape[0];
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

/// <summary>Gathers samples of a source into a batch on the device; the same memory serves every batch.</summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class BatchLoader<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly ISampleSource _source;
    private readonly double _unit;
    private readonly byte[] _images;
    private readonly float[] _targets;
    private readonly T[] _scaled;
    private readonly Tensor<byte> _deviceImages;
    private readonly Tensor<T> _inputs;
    private readonly Tensor<T> _deviceTargets;

    /// <summary>A loader of batches of a fixed size.</summary>
    /// <param name="device">Where batches go.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="batch">N.</param>
    /// <param name="unit">Targets are divided by this: the number of the source's units in one unit of the network's outputs.</param>
    public BatchLoader(ComputeDevice<T> device, ISampleSource source, int batch, double unit)
    {
        Guard.Positive(batch, "the batch");
        Guard.Positive(unit, "the unit of targets");
        (_device, _source, _unit) = (device, source, unit);
        var image = source.Image;
        _images = new byte[batch * image.Count];
        _targets = new float[batch * source.Outputs];
        _scaled = new T[batch * source.Outputs];
        _deviceImages = device.Zeros<byte>(image.Prepend(batch));
        _inputs = device.Zeros(new Shape(batch, image[2], image[0], image[1]));
        _deviceTargets = device.Zeros(new Shape(batch, source.Outputs));
    }

    /// <summary>Gathers the named samples.</summary>
    /// <exception cref="ArgumentException">Their number is not the loader's batch.</exception>
    public Batch<T> Load(ReadOnlySpan<int> indices)
    {
        Guard.Equal(indices.Length, _deviceImages.Shape[0], "a batch");
        _source.Gather(indices, _images, _targets);
        for (var i = 0; i < _scaled.Length; i++) _scaled[i] = T.CreateTruncating(_targets[i] / _unit);
        _deviceImages.CopyFrom(_images);
        _device.Images.Normalize(_deviceImages, _inputs);
        _deviceTargets.CopyFrom(_scaled);
        return new Batch<T>(_inputs, _deviceTargets);
    }
}
