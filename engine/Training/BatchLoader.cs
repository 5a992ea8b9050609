using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Gathers samples of a source into a batch on the device; the same memory serves every batch. Images come from the
/// device's own memory where all of them are there, else through an <see cref="IImageStream{T}"/>, which may be filled
/// ahead while the device computes. Numbers are so few that they are sent when they are wanted.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class BatchLoader<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Workspace<T> _memory;
    private readonly ISampleSource _source;
    private readonly IImageSource? _images;
    private readonly ResidentImages<T>? _resident;
    private readonly IImageStream<T>? _stream;
    private readonly int[] _indices;
    private readonly Tensor<int> _samples;
    private readonly Tensor<byte> _gathered;
    private readonly Rows? _inputs;
    private readonly Rows? _targets;
    private readonly Rows? _columns;
    private readonly Groups? _groups;
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
        ComputeDevice<T> device, ISampleSource source, int batch, double unit = 1, ResidentImages<T>? resident = null)
    {
        Guard.Positive(batch, "the batch");
        Guard.Positive(unit, "the unit of targets");
        if (resident is not null && !ReferenceEquals(resident.Source, source))
        {
            throw new ArgumentException("a batch loader was given the images of another source", nameof(resident));
        }
        (_source, _images, _resident) = (source, source as IImageSource, resident);
        _memory = new Workspace<T>(device);
        _indices = new int[batch];
        try
        {
            _samples = _memory.Zeros<int>(new Shape(batch));
            if (resident is not null) _gathered = _memory.Zeros<byte>(resident.Source.Image.Prepend(batch));
            else if (_images is not null) _stream = _memory.Own(device.CreateImageStream(_images.Image.Prepend(batch)));
            if (source is INumberSource numbers) _inputs = new Rows(_memory.Zeros(numbers.Input.Prepend(batch)), 1, numbers.CopyInput);
            if (source.Outputs > 0) _targets = new Rows(_memory.Zeros(new Shape(batch, source.Outputs)), unit, source.CopyTarget);
            if (source.Columns > 0) _columns = new Rows(_memory.Zeros(new Shape(batch, source.Columns)), 1, source.CopyColumns);
            if (source.Groupings > 0) _groups = new Groups(_memory.Zeros<int>(new Shape(source.Groupings, SampleGroups.Length(batch))), batch, source.GroupOf);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    private delegate void RowReader(int index, Span<double> row);

    /// <summary>N.</summary>
    public int Batch => _indices.Length;

    /// <summary>Whether <see cref="Prefetch"/> does anything.</summary>
    public bool WantsPrefetch => _stream is { WantsPrefetch: true };

    /// <summary>
    /// Begins to gather images that the next <see cref="Load"/> is likely to name, where that saves time. The caller goes
    /// on at once; another choice then costs the work, not the result.
    /// </summary>
    /// <exception cref="ArgumentException">Their number is not the loader's batch.</exception>
    public void Prefetch(ReadOnlySpan<int> indices)
    {
        Guard.Equal(indices.Length, Batch, "a batch");
        if (!WantsPrefetch) return;
        AwaitAhead();
        indices.CopyTo(_indices);
        _ahead = Task.Run(Fill);
    }

    /// <summary>Gathers the named samples; the batch is good until the next one is loaded.</summary>
    /// <exception cref="ArgumentException">Their number is not the loader's batch, or there is no such sample.</exception>
    public Batch<T> Load(ReadOnlySpan<int> indices)
    {
        Guard.Equal(indices.Length, Batch, "a batch");
        foreach (var index in indices) ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_source.Count, nameof(indices));
        _samples.CopyFrom(indices);
        return new Batch<T>(LoadInputs(indices), _targets?.Load(indices) ?? default)
        {
            Columns = _columns?.Load(indices) ?? default,
            Groups = _groups?.Load(indices) ?? default,
            Samples = _samples,
        };
    }

    /// <summary>Gives all memory back, that of the last batch too.</summary>
    public void Dispose()
    {
        // Whatever goes wrong in gathering samples that nobody will load is not reported.
        _ahead?.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _ahead = null;
        _memory.Dispose();
    }

    private NetworkInput<T> LoadInputs(ReadOnlySpan<int> indices)
    {
        if (_stream is not null) return Deliver(_stream, indices);
        if (_resident is null) return _inputs?.Load(indices) ?? default(NetworkInput<T>);
        _resident.Gather(_samples, _gathered);
        return new NetworkInput<T>(_gathered);
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

    /// <summary>Waits for the images that are being gathered and says whether there were any; their failure is the caller's.</summary>
    private bool AwaitAhead()
    {
        if (_ahead is not { } ahead) return false;
        _ahead = null;
        ahead.GetAwaiter().GetResult();
        return true;
    }

    /// <summary>Gathers the images of <see cref="_indices"/> into the current slot and sends them off.</summary>
    private void Fill()
    {
        var images = _stream!.Host(_slot);
        var bytes = _images!.Image.Count;
        for (var i = 0; i < _indices.Length; i++) _images.CopyImage(_indices[i], images.Slice(i * bytes, bytes));
        _stream.Send(_slot);
    }

    /// <summary>One tensor of numbers of a batch [N, ...], read a sample at a time and divided by a unit.</summary>
    private sealed class Rows(Tensor<T> tensor, double unit, RowReader read)
    {
        private readonly double[] _row = new double[tensor.Count / tensor.Shape[0]];
        private readonly T[] _host = new T[tensor.Count];

        public Tensor<T> Load(ReadOnlySpan<int> indices)
        {
            for (var i = 0; i < indices.Length; i++)
            {
                read(indices[i], _row);
                for (var j = 0; j < _row.Length; j++) _host[(i * _row.Length) + j] = T.CreateTruncating(_row[j] / unit);
            }
            tensor.CopyFrom(_host);
            return tensor;
        }
    }

    /// <summary>The groupings of a batch [K, 2 N + 1], numbered anew within each.</summary>
    private sealed class Groups(Tensor<int> tensor, int batch, Func<int, int, int> groupOf)
    {
        private readonly int[] _labels = new int[batch];
        private readonly int[] _host = new int[tensor.Count];

        public Tensor<int> Load(ReadOnlySpan<int> indices)
        {
            var length = SampleGroups.Length(batch);
            for (var grouping = 0; grouping < _host.Length / length; grouping++)
            {
                for (var i = 0; i < batch; i++) _labels[i] = groupOf(indices[i], grouping);
                SampleGroups.Lay(_labels, _host.AsSpan(grouping * length, length));
            }
            tensor.CopyFrom(_host);
            return tensor;
        }
    }
}
