using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;

namespace PoseEngine.Training;

/// <summary>
/// A piece of a step between two moments at which the host looks at numbers: one recording, made anew when batches come
/// in other memory, or plain calls where something in it works on the host.
/// </summary>
/// <param name="device">Where it runs.</param>
/// <param name="name">What profilers call it.</param>
/// <param name="canRecord">Whether the work only gives work to the device.</param>
/// <param name="work">The work on a minibatch and an active set.</param>
internal sealed class StepPiece<T>(ComputeDevice<T> device, string name, bool canRecord, Action<Batch<T>, Batch<T>> work)
    : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private IRecording? _recording;
    private Batch<T> _batch;
    private Batch<T> _activeSet;

    /// <summary>Gives the work to the device.</summary>
    public void Run(Batch<T> batch, Batch<T> activeSet)
    {
        if (!canRecord)
        {
            work(batch, activeSet);
            return;
        }
        if (_recording is null || !batch.IsSameMemory(_batch) || !activeSet.IsSameMemory(_activeSet)) Record(batch, activeSet);
        _recording!.Run();
    }

    /// <summary>Gives the recording back.</summary>
    public void Dispose()
    {
        _recording?.Dispose();
        _recording = null;
    }

    private void Record(Batch<T> batch, Batch<T> activeSet)
    {
        _recording?.Dispose();
        (_batch, _activeSet) = (batch, activeSet);
        _recording = device.Record(name, () => work(batch, activeSet));
    }
}
