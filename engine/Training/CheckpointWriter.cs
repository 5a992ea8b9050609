using System.Numerics;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Writes checkpoints while training goes on: a device with memory of its own copies the vectors when it comes to it, in the
/// order of its work, and a thread beside writes the file when they have arrived. One is under way at most. A device that fails
/// before it comes to the copy takes the checkpoint with it: the one before counts.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class CheckpointWriter<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary><see cref="Latest"/> before the first.</summary>
    public const long None = -1;

    private readonly CheckpointFiles _files;
    private readonly Checkpoint<T> _checkpoint;
    private readonly CheckpointVectors<T> _vectors;
    private SafeTensorsFile? _copied;
    private Task<string>? _written;

    /// <summary>A writer; nothing is written yet.</summary>
    /// <param name="files">Where checkpoints go.</param>
    /// <param name="checkpoint">What is saved, each time as it is then.</param>
    /// <param name="device">Where the vectors are.</param>
    public CheckpointWriter(CheckpointFiles files, Checkpoint<T> checkpoint, Device<T> device)
        => (_files, _checkpoint, _vectors) = (files, checkpoint, new CheckpointVectors<T>(checkpoint, device.CreateSnapshot()));

    /// <summary>Hears of each file that is on the disk, on the thread that calls.</summary>
    public required Action<string> Saved { get; init; }

    /// <summary>Hears of a file that could not be written and that the next one stands for.</summary>
    public required Action<string> Noted { get; init; }

    /// <summary>The iteration of the last checkpoint, written or under way; set where one was restored.</summary>
    public long Latest { get; set; } = None;

    /// <summary>Waits for the one before and begins one of the present state.</summary>
    /// <param name="iteration">Steps taken.</param>
    /// <param name="notes">Numbers beside.</param>
    public void Begin(long iteration, IReadOnlyDictionary<string, double> notes)
    {
        try
        {
            Finish();
        }
        catch (IOException e)
        {
            // The disk may be well again, and this state is the better one.
            Noted(e.Message);
        }
        var description = _checkpoint.Describe(iteration, notes);
        _vectors.Snapshot.Take();
        (_copied, Latest) = (description, iteration);
        WriteArrived();
    }

    /// <summary>Lets the file be written if the vectors have arrived. Does not wait.</summary>
    public void WriteArrived()
    {
        if (_copied is not null && _vectors.Snapshot.HasArrived) Write(_copied);
    }

    /// <summary>The same, and tells what has come of it. Does not wait.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Poll()
    {
        WriteArrived();
        if (_written is { IsCompleted: true }) Finish();
    }

    /// <summary>Waits until what was begun is on the disk.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Finish()
    {
        if (_copied is not null)
        {
            _vectors.Snapshot.Await();
            Write(_copied);
        }
        if (_written is not { } written) return;
        _written = null;
        Task.WaitAny(written);
        if (!written.IsCompletedSuccessfully) Latest = None;
        Saved(written.GetAwaiter().GetResult());
    }

    /// <summary>Gives the copies' memory back when nobody reads it any more. What is still under way goes unheard.</summary>
    public void Dispose()
    {
        if (_written is not null) Task.WaitAny(_written);
        _vectors.Dispose();
    }

    private void Write(SafeTensorsFile description)
    {
        var iteration = Latest;
        _copied = null;
        _written = Task.Run(() => _files.Write(iteration, path => _checkpoint.Write(path, description, _vectors)));
    }
}
