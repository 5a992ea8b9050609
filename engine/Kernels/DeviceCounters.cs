namespace PoseEngine.Kernels;

/// <summary>
/// What a device was asked to do since it was opened, counted by the engine where it asks: the same on every card, and what
/// decides how fast small steps are on all of them.
/// </summary>
/// <param name="Launches">
/// Kernels, and calls of a library that computes (a product or a factorization counts once, however many kernels the library
/// makes of it); those of a launched graph are among them, and those of a loop's body as often as it ran.
/// </param>
/// <param name="GraphLaunches">Recordings launched as a whole.</param>
/// <param name="GraphNodes">Nodes of the graphs launched: kernels, copies, fills; of a loop's body as often as it ran.</param>
/// <param name="HostWaits">
/// Times that the host waited for the device, or polled until a result had come. To look whether memory is free again is no
/// wait where it is.
/// </param>
/// <param name="BytesToDevice">Bytes copied from the host.</param>
/// <param name="BytesToHost">Bytes copied to the host.</param>
public readonly record struct DeviceCounters(
    long Launches, long GraphLaunches, long GraphNodes, long HostWaits, long BytesToDevice, long BytesToHost)
{
    /// <summary>What was done after <paramref name="right"/> was read.</summary>
    public static DeviceCounters operator -(DeviceCounters left, DeviceCounters right) => left + (right * -1);

    /// <summary>Both together.</summary>
    public static DeviceCounters operator +(DeviceCounters left, DeviceCounters right) => new(
        left.Launches + right.Launches, left.GraphLaunches + right.GraphLaunches, left.GraphNodes + right.GraphNodes,
        left.HostWaits + right.HostWaits, left.BytesToDevice + right.BytesToDevice, left.BytesToHost + right.BytesToHost);

    /// <summary>The same so many times.</summary>
    public static DeviceCounters operator *(DeviceCounters once, long times) => new(
        once.Launches * times, once.GraphLaunches * times, once.GraphNodes * times,
        once.HostWaits * times, once.BytesToDevice * times, once.BytesToHost * times);
}
