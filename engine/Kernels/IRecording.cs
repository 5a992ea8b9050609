namespace PoseEngine.Kernels;

/// <summary>
/// A piece of work with fixed shapes and fixed memory that a device runs again and again: it reads nothing on the host
/// and decides nothing there, so that a device may keep it as one thing to launch. Numbers that differ from run to run
/// are in the device's memory.
/// </summary>
public interface IRecording : IDisposable
{
    /// <summary>Gives the work to the device once more.</summary>
    void Run();
}

/// <summary>A recording on a device that gains nothing by one: the work itself.</summary>
internal sealed class DirectRecording(Action work) : IRecording
{
    public void Run() => work();

    public void Dispose()
    {
    }
}
