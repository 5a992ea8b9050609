namespace PoseEngine.Tests.Cuda;

/// <summary>
/// Where the fixtures run that use CUDA: one thread, so one after another. A process has one driver, and the stand-in's modes,
/// findings and counters are the process's too. <see cref="LanesAttribute"/> brings the fixtures here.
/// </summary>
[SingleThreaded]
public sealed class CudaLane
{
    private static int _thread;

    /// <summary>Builds the stand-in: a process looks for its CUDA libraries once, so it must be in place before.</summary>
    [OneTimeSetUp]
    public void Begin()
    {
        _ = StandIn.Obstacle;
        _thread = Environment.CurrentManagedThreadId;
    }

    /// <summary>Fails where somebody is about to use CUDA beside the lane.</summary>
    public static void Require()
    {
        if (Environment.CurrentManagedThreadId == _thread) return;
        throw new InvalidOperationException(
            $"{TestContext.CurrentContext.Test.ClassName} uses CUDA beside other fixtures: name the device in an argument of the fixture, or mark it [UsesCuda]");
    }
}
