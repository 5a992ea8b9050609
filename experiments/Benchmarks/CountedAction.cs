namespace PoseEngine.Experiments.Benchmarks;

/// <summary>An action that is measured, and what its last run asked of a device that counts.</summary>
internal sealed class CountedAction<T>(ComputeDevice<T> device, Action action)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Null before the first run, and where the device does not count.</summary>
    public DeviceCounters? Last { get; private set; }

    public void Run()
    {
        var before = device.Counters;
        action();
        Last = device.Counters - before;
    }
}
