using System.Numerics;
using PoseEngine.Models;
using PoseEngine.Tensors;

namespace PoseEngine.Training;

/// <summary>
/// Writes checkpoints while training goes on: a device with memory of its own copies the vectors when it comes to it, in the
/// order of its work, and a thread beside writes the file when they have arrived. One is under way at most.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
/// <param name="files">Where they go.</param>
/// <param name="checkpoint">What is saved, each time as it is then.</param>
/// <param name="device">Where the vectors are.</param>
/// <param name="saved">Hears of each file that is on the disk, on the thread that calls.</param>
internal sealed class CheckpointWriter<T>(CheckpointFiles files, Checkpoint<T> checkpoint, Device<T> device, Action<string> saved) : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary><see cref="Latest"/> before the first.</summary>
    public const long None = -1;

    private readonly CheckpointVectors<T> _vectors = new(checkpoint, device.CreateSnapshot());
    private SafeTensorsFile? _copied;
    private Task<string>? _written;

    /// <summary>The iteration of the last checkpoint, written or under way; set where one was restored.</summary>
    public long Latest { get; set; } = None;

    /// <summary>Waits for the one before and begins one of the present state.</summary>
    /// <param name="iteration">Steps taken.</param>
    /// <param name="notes">Numbers beside.</param>
    /// <exception cref="IOException">The one before could not be written; none was begun.</exception>
    public void Begin(long iteration, IReadOnlyDictionary<string, double> notes)
    {
        Finish();
        var description = checkpoint.Describe(iteration, notes);
        _vectors.Snapshot.Take();
        (_copied, Latest) = (description, iteration);
        Poll();
    }

    /// <summary>Lets the file be written when the vectors have arrived, and tells when it is. Does not wait.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public void Poll()
    {
        if (_copied is not null && _vectors.Snapshot.HasArrived) Write(_copied);
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
        try
        {
            saved(written.GetAwaiter().GetResult());
        }
        catch
        {
            Latest = None;
            throw;
        }
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
        _written = Task.Run(() => files.Write(iteration, path => checkpoint.Write(path, description, _vectors)));
    }
}
