using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>
/// Whether a solve can be a graph that loops by itself. That takes a driver and a compiler of CUDA 12.4; whether they do
/// it is found out once, by a loop that runs its body once. Where they do not, cycles of iterations are launched ahead.
/// </summary>
internal sealed class LoopSupport
{
    /// <summary>The first CUDA with WHILE nodes, as the driver counts.</summary>
    private const int FirstVersion = 12_040;

    private readonly CudaContext _context;
    private readonly Lazy<(CudaKernel? GoOn, string Obstacle)> _found;

    public LoopSupport(CudaContext context)
    {
        _context = context;
        _found = new Lazy<(CudaKernel?, string)>(Probe);
    }

    /// <summary>The kernel that ends a loop's body, or null where graphs cannot loop.</summary>
    public CudaKernel? GoOn => _found.Value.GoOn;

    /// <summary>How a solve is repeated, in a few words.</summary>
    public string Description => GoOn is not null
        ? "one graph with a conditional WHILE node"
        : $"cycles of iterations launched ahead, because {_found.Value.Obstacle}";

    private (CudaKernel? GoOn, string Obstacle) Probe()
    {
        if (!CudaRecording.AreGraphs) return (null, $"{CudaRecording.Variable} is 0");
        Driver.Check(Driver.cuDriverGetVersion(out var version));
        if (version < FirstVersion) return (null, $"the driver's CUDA {CudaPlatform.DriverVersion()} has no conditional nodes, 12.4 has");
        try
        {
            var kernel = _context.Compiler.LoadUnfused<float>("minres_qlp_loop.cu")["minres_go_on"];
            RunOnce(kernel);
            return (kernel, "");
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException or InvalidOperationException)
        {
            return (null, $"a trial failed: {failure.Message}");
        }
    }

    /// <summary>A loop whose body makes the condition false.</summary>
    private unsafe void RunOnce(CudaKernel kernel)
    {
        using var scalars = new CudaStorage<byte>(_context, sizeof(MinresQlpScalars));
        using var stop = new PinnedMemory(_context, sizeof(int));
        var (target, stream) = (scalars.Pointer, _context.Stream);
        var body = new CudaRecording(
            _context, "the trial loop", () => Driver.Check(Driver.cuMemsetD8Async(target, 1, (nuint)sizeof(MinresQlpScalars), stream)));
        using var loop = SolveLoop.Create(_context, kernel, body, target, stop.Device);
        loop.Launch();
        _context.Synchronize();
        var ended = new byte[scalars.Count];
        scalars.Read(0, ended);
        if (ended[0] != 1) throw new InvalidOperationException("the body of the loop did not run");
    }
}
