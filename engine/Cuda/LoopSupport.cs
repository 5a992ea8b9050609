using System.Numerics;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Whether a solve can be a graph that loops by itself. That takes a driver and a compiler of CUDA 12.4; whether they do
/// it is found out once, by a <see cref="LoopTrial{T}"/>. Where they do not, and for a cycle that the driver refuses in a loop
/// all the same, cycles of iterations are launched ahead.
/// </summary>
internal sealed class LoopSupport<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The first CUDA with WHILE nodes, as the driver counts.</summary>
    private const int FirstVersion = 12_040;

    private readonly CudaContext _context;
    private readonly LoopTrial<T> _trial;
    private readonly Lazy<(CudaKernel? GoOn, string Obstacle)> _found;
    private string? _refusal;

    public LoopSupport(CudaContext context, LoopTrial<T> trial)
    {
        (_context, _trial) = (context, trial);
        _found = new Lazy<(CudaKernel?, string)>(Probe);
    }

    /// <summary>How a solve is repeated, in a few words.</summary>
    public string Description => _found.Value.GoOn is null
        ? $"cycles of iterations launched ahead, because {_found.Value.Obstacle}"
        : _refusal is null
            ? "one graph with a conditional WHILE node"
            : $"cycles of iterations launched ahead where no graph with a conditional WHILE node could be built, the last time because {_refusal}";

    /// <summary>Finds out whether graphs can loop, which must not be in a recording.</summary>
    public void Prepare() => _ = _found.Value;

    /// <summary>The loop of a cycle that has run once, or null where there is none; then <see cref="Description"/> tells why.</summary>
    /// <param name="cycle">The body.</param>
    /// <param name="scalars">The device address of the scalars.</param>
    /// <param name="stop">The device address of the host's word.</param>
    public CudaGraph? TryBuild(CudaRecording cycle, ulong scalars, ulong stop)
    {
        if (_found.Value.GoOn is not { } goOn) return null;
        try
        {
            return SolveLoop.Create(_context, goOn, cycle, scalars, stop);
        }
        catch (Exception failure) when (failure is CudaException or InvalidOperationException)
        {
            // Where it is the cycle itself that is at fault, launching it ahead meets the same error and tells it.
            _refusal = failure.Message;
            return null;
        }
    }

    private (CudaKernel? GoOn, string Obstacle) Probe()
    {
        if (!CudaRecording.AreGraphs) return (null, $"{CudaRecording.Variable} is 0");
        Driver.Check(Driver.cuDriverGetVersion(out var version));
        if (version < FirstVersion) return (null, $"the driver's CUDA {CudaPlatform.DriverVersion()} has no conditional nodes, 12.4 has");
        try
        {
            var kernel = _context.Compiler.LoadUnfused<T>("minres_qlp_loop.cu")["minres_go_on"];
            _trial.Run(kernel);
            return (kernel, "");
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException or DllNotFoundException or InvalidOperationException)
        {
            return (null, $"a trial failed: {failure.Message}");
        }
    }
}
