using System.Runtime.InteropServices;

namespace PoseEngine.Experiments.Commands;

/// <summary>Turns the first Ctrl-C or SIGTERM into a cancelled token, so that a run can write its checkpoint. A second Ctrl-C ends the
/// program at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    public Interruption()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested) return;
        context.Cancel = true;
        Console.Error.WriteLine("poseengine: stopping behind this iteration; once more to stop at once");
        _source.Cancel();
    }
}
