namespace PoseEngine.Kernels;

/// <summary>A named stretch of work, as profilers show it; ends when disposed.</summary>
/// <param name="end">What ends it, or null where nobody listens.</param>
public readonly struct DeviceRange(Action? end) : IDisposable
{
    /// <summary>Ends the stretch.</summary>
    public void Dispose() => end?.Invoke();
}
