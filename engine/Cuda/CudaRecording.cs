using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>
/// Work that is repeated: called the first time, which loads its kernels and makes room for its work areas, captured into
/// a graph the second time, and launched as that graph from then on.
/// </summary>
internal sealed class CudaRecording(CudaContext context, string name, Action work) : IRecording
{
    /// <summary>The environment variable that makes every run call the work, if it is 0.</summary>
    public const string Variable = "POSE_CUDA_GRAPHS";

    private CudaGraph? _graph;

    /// <summary>Whether recordings become graphs in this process.</summary>
    public static bool AreGraphs => Environment.GetEnvironmentVariable(Variable) != "0";

    /// <summary>What profilers call it.</summary>
    public string Name => name;

    /// <summary>The work itself.</summary>
    public Action Work => work;

    /// <summary>Whether this recording may be captured: graphs are wanted and it has run once.</summary>
    public bool CanCapture => AreGraphs && HasRun;

    private bool HasRun { get; set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Something in the work waits for the device.</exception>
    public void Run()
    {
        using var range = CudaRange.Begin(name);

        // Within another recording this work is a part of that one.
        if (context.IsCapturing || !CanCapture)
        {
            work();
            HasRun = true;
            return;
        }
        _graph ??= CudaGraph.Capture(context, name, work);
        _graph.Launch();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph?.Dispose();
        _graph = null;
    }
}
