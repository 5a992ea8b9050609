using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Gathers samples of a source into a batch on the device; the same memory serves every batch. Images come from the
/// device's own memory where all of them are there, else through an <see cref="IImageStream{T}"/>, which may be filled
/// ahead while the device computes.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class BatchLoader<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ISampleSource _source;
    private readonly double _unit;
    private readonly ResidentImages<T>? _resident;
    private readonly IImageStream<T>? _stream;
    private readonly int[] _indices;
    private readonly float[] _targets;
    private readonly T[] _scaled;
    private readonly Tensor<int> _deviceIndices;
    private readonly Tensor<T> _inputs;
    private readonly Tensor<T> _deviceTargets;
    private Task? _ahead;
    private int _slot;

    /// <summary>A loader of batches of a fixed size.</summary>
    /// <param name="device">Where batches go.</param>
    /// <param name="source">Where samples come from.</param>
    /// <param name="batch">N.</param>
    /// <param name="unit">Targets are divided by this: the number of the source's units in one unit of the network's outputs.</param>
    /// <param name="resident">The source's images on the device, or null to send those of each batch.</param>
    /// <exception cref="ArgumentException">The images on the device are those of another source.</exception>
    public BatchLoader(
        ComputeDevice<T> device, ISampleSource source, int batch, double unit, ResidentImages<T>? resident = null)
    {
        Guard.Positive(batch, "the batch");
        Guard.Positive(unit, "the unit of targets");
        if (resident is not null && !ReferenceEquals(resident.Source, source))
        {
            throw new ArgumentException("a batch loader was given the images of another source", nameof(resident));
        }
        (_source, _unit, _resident) = (source, unit, resident);
        var image = source.Image;
        _indices = new int[batch];
        _targets = new float[batch * source.Outputs];
        _scaled = new T[batch * source.Outputs];
        if (resident is null) _stream = device.CreateImageStream(image.Prepend(batch));
        else
        {
            _deviceIndices = device.Zeros<int>(new Shape(batch));
            _inputs = device.Zeros(new Shape(batch, image[2], image[0], image[1]));
        }
        _deviceTargets = device.Zeros(new Shape(batch, source.Outputs));
    }

    /// <summary>Whether <see cref="Prefetch"/> does anything.</summary>
    public bool WantsPrefetch => _stream is { WantsPrefetch: true };

    /// <summary>
    /// Begins to gather samples that the next <see cref="Load"/> is likely to name, where that saves time. The caller goes
    /// on at once; another choice then costs the work, not the result.
    /// </summary>
    /// <exception cref="ArgumentException">Their number is not the loader's batch.</exception>
    public void Prefetch(ReadOnlySpan<int> indices)
    {
        Guard.Equal(indices.Length, _indices.Length, "a batch");
        if (!WantsPrefetch) return;
        AwaitAhead();
        indices.CopyTo(_indices);
        _ahead = Task.Run(Fill);
    }

    /// <summary>Gathers the named samples; the batch is good until the next one is loaded.</summary>
    /// <exception cref="ArgumentException">Their number is not the loader's batch.</exception>
    public Batch<T> Load(ReadOnlySpan<int> indices)
    {
        Guard.Equal(indices.Length, _indices.Length, "a batch");
        var inputs = _stream is null ? Gather(indices) : Deliver(_stream, indices);
        for (var i = 0; i < _scaled.Length; i++) _scaled[i] = T.CreateTruncating(_targets[i] / _unit);
        _deviceTargets.CopyFrom(_scaled);
        return new Batch<T>(inputs, _deviceTargets);
    }

    /// <summary>Gives the memory of the image stream back.</summary>
    public void Dispose()
    {
        try
        {
            AwaitAhead();
        }
        finally
        {
            _stream?.Dispose();
        }
    }

    /// <summary>Waits for the samples that are being gathered and says whether there were any; their failure is the caller's.</summary>
    private bool AwaitAhead()
    {
        if (_ahead is not { } ahead) return false;
        _ahead = null;
        ahead.GetAwaiter().GetResult();
        return true;
    }

    private NetworkInput<T> Gather(ReadOnlySpan<int> indices)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)indices[i], (uint)_source.Count, nameof(indices));
            _source.Target(indices[i]).CopyTo(_targets.AsSpan(i * _source.Outputs));
        }
        _deviceIndices.CopyFrom(indices);
        _resident!.Gather(_deviceIndices, _inputs);
        return _inputs;
    }

    private NetworkInput<T> Deliver(IImageStream<T> stream, ReadOnlySpan<int> indices)
    {
        if (!AwaitAhead() || !indices.SequenceEqual(_indices))
        {
            indices.CopyTo(_indices);
            Fill();
        }
        var inputs = stream.Deliver(_slot);
        _slot = (_slot + 1) % IImageStream<T>.Slots;
        return inputs;
    }

    /// <summary>Gathers the samples of <see cref="_indices"/> into the current slot and sends them off.</summary>
    private void Fill()
    {
        _source.Gather(_indices, _stream!.Host(_slot), _targets);
        _stream.Send(_slot);
    }
}
