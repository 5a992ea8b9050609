using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// MINRES-QLP on a KKT system that changes from step to step, under M = diag(h I, s I) with the size h of H
/// and s from a trace estimate. The estimate is split into what the host draws, what the device computes (it may be
/// recorded with the rest of a step) and the solve.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
public sealed class KktKrylov<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Seeds the trace probes; they scale the preconditioner and nothing else.</summary>
    private const ulong ProbeSeed = 0x5EED;

    private readonly KktSystem<T> _system;
    private readonly KrylovOptions _options;
    private readonly MinresQlp<T> _solver;
    private readonly Tensor<T> _signs;

    /// <summary>A solver for a system.</summary>
    public KktKrylov(ComputeDevice<T> device, KktSystem<T> system, KrylovOptions options)
    {
        (_system, _options) = (system, options);
        _solver = new MinresQlp<T>(device, system.Size);
        _signs = device.Zeros(KktSystem<T>.TraceProbes * system.RowCount);
    }

    /// <summary>Draws the probes of a step, on the host.</summary>
    public void Draw(long iteration) => _system.DrawSigns(new RandomGenerator(ProbeSeed, (ulong)iteration), _signs);

    /// <summary>Gives the probes' work to the device.</summary>
    /// <param name="parameters">Scratch [N_P].</param>
    /// <param name="results">[<see cref="KktSystem{T}.TraceProbes"/>], overwritten.</param>
    public void Probe(Tensor<T> parameters, Tensor<double> results) => _system.Probe(_signs, parameters, results);

    /// <summary>Solves the system at its current point.</summary>
    /// <param name="probes">The probes' results.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="x">The solution, overwritten.</param>
    /// <param name="cancellation">Looked at between iterations.</param>
    public KktReport Solve(ReadOnlySpan<double> probes, Tensor<T> b, Tensor<T> x, CancellationToken cancellation = default)
    {
        var parameters = _system.Step(b).Count;
        _solver.Preconditioner = Preconditioner<T>.TwoBlocks(parameters, _system.MetricSize, _system.MultiplierScale(probes));
        return new KktReport(_solver.Solve(_system, b, x, _options, null, cancellation));
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _solver.Dispose();
        _signs.Storage.Dispose();
    }
}
