using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>
/// Counts what the device is asked to do. What a thread asks for while it records a graph is done at every launch of the
/// graph, which adds it then; other threads, such as one that sends images, go on counting for the device.
/// </summary>
internal sealed class WorkCounter
{
    private readonly Lock _lock = new();
    private DeviceCounters _total;
    private DeviceCounters _recorded;
    private int _recorder;

    /// <summary>All that was done so far.</summary>
    public DeviceCounters Total
    {
        get
        {
            lock (_lock) return _total;
        }
    }

    /// <summary>A kernel, or a call of a library that computes.</summary>
    public void Launch() => Add(new DeviceCounters { Launches = 1 });

    /// <summary>A call that returns when the device is done, or polling until it is.</summary>
    public void Wait() => Add(new DeviceCounters { HostWaits = 1 });

    /// <summary>A copy from the host.</summary>
    public void ToDevice(long bytes) => Add(new DeviceCounters { BytesToDevice = bytes });

    /// <summary>A copy to the host.</summary>
    public void ToHost(long bytes) => Add(new DeviceCounters { BytesToHost = bytes });

    /// <summary>Adds to the device's work, or to that of the graph which the calling thread records.</summary>
    public void Add(in DeviceCounters work)
    {
        lock (_lock)
        {
            if (_recorder == Environment.CurrentManagedThreadId) _recorded += work;
            else _total += work;
        }
    }

    /// <summary>Begins to count what the calling thread asks for as that of a graph.</summary>
    public void BeginRecording()
    {
        lock (_lock) (_recorder, _recorded) = (Environment.CurrentManagedThreadId, default);
    }

    /// <summary>Ends it and gives what was counted.</summary>
    public DeviceCounters EndRecording()
    {
        lock (_lock)
        {
            _recorder = 0;
            return _recorded;
        }
    }
}
