using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// MINRES-QLP on a KKT system that changes from step to step, under M = diag(h I, s I) with the size h of H
/// and s from a trace estimate. The estimate is split into what the host draws, what the device computes (it may be
/// recorded with the rest of a step) and the solve. With <see cref="Delta"/> the second block is damped by
/// d = delta trace(A A^T) / (N_C h), which is delta times the mean diagonal of A H^-1 A^T where H = h I: for Eq. 5, and for
/// Eq. 12 in its scaled unknowns; for Eq. 6 h I stands for J^T J + eta I. The trace is exact for constraints with Gram rows, and
/// estimated for others and for Eq. 12.
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
    private readonly RowTrace<T>? _trace;
    private SolveReport? _ahead;
    private double _delta;
    private RandomGenerator _generator = new(ProbeSeed);

    /// <summary>A solver for a system.</summary>
    /// <param name="device">Where it solves.</param>
    /// <param name="system">The system, whose <see cref="KktSystem{T}.Damping"/> each solve sets.</param>
    /// <param name="options">When a solve ends.</param>
    /// <param name="damps">Whether <see cref="Delta"/> will be above 0, which takes memory of its own.</param>
    public KktKrylov(ComputeDevice<T> device, KktSystem<T> system, KrylovOptions options, bool damps = false)
    {
        (_system, _options) = (system, options);
        _solver = new MinresQlp<T>(device, system.Size);
        _signs = device.Zeros(KktSystem<T>.TraceProbes * system.RowCount);
        if (!damps) return;
        _trace = new RowTrace<T>(device, system);
        system.AllowDamping();
    }

    /// <summary>delta, the relative damping of the next solves; 0 unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">The solver was not made to damp.</exception>
    public double Delta
    {
        get => _delta;
        set
        {
            Guard.NotNegative(value, "delta");
            if (value > 0 && _trace is null) throw new InvalidOperationException($"delta {value}: the solver was made without damping; make it with damps: true");
            _delta = value;
        }
    }

    /// <summary>Draws the probes of a step, on the host.</summary>
    public void Draw(long iteration)
    {
        _generator = new RandomGenerator(ProbeSeed, (ulong)iteration);
        _system.DrawSigns(_generator, _signs);
    }

    /// <summary>Gives the probes' work to the device.</summary>
    /// <param name="parameters">Scratch [N_P].</param>
    /// <param name="results">[<see cref="KktSystem{T}.TraceProbes"/>], overwritten.</param>
    public void Probe(Tensor<T> parameters, Tensor<double> results) => _system.Probe(_signs, parameters, results);

    /// <summary>
    /// Gives the whole solve to the device, by the probes' results there, where it can do that alone: <see cref="Await"/> and
    /// <see cref="Solve"/> follow, and what is given to the device between finds x in its place.
    /// </summary>
    /// <param name="probes">What <see cref="Probe"/> writes.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="x">The solution, overwritten.</param>
    /// <param name="cancellation">Ends it early, until it was waited for.</param>
    /// <returns>Whether it could; if not, nothing was done.</returns>
    public bool TryBegin(Tensor<double> probes, Tensor<T> b, Tensor<T> x, CancellationToken cancellation = default)
    {
        _ahead = null;
        return _delta == 0 && _solver.TryBegin(_system, _system.WeightsBy(probes), b, x, _options, cancellation);
    }

    /// <summary>Waits for a solve that has begun and all that was given to the device since.</summary>
    public void Await() => _ahead = _solver.End();

    /// <summary>Solves the system at its current point, or reports the solve that was waited for.</summary>
    /// <param name="probes">The probes' results.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="x">The solution, overwritten.</param>
    /// <param name="cancellation">Looked at between iterations.</param>
    public KktReport Solve(ReadOnlySpan<double> probes, Tensor<T> b, Tensor<T> x, CancellationToken cancellation = default)
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            return KktReport.Of(ahead, _system.Damping);
        }
        var parameters = _system.Step(b).Count;
        var scale = _delta > 0 ? Damp(cancellation) : _system.MultiplierScale(probes);
        _solver.Preconditioner = Preconditioner<T>.TwoBlocks(parameters, _system.MetricSize, scale);
        return KktReport.Of(_solver.Solve(_system, b, x, _options, null, cancellation), _system.Damping);
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _solver.Dispose();
        _signs.Storage.Dispose();
        _trace?.Dispose();
    }

    /// <summary>Sets d and gives the size of A H^-1 A^T + d I. Cancelled within, the solve meets the same token and says so.</summary>
    private double Damp(CancellationToken cancellation)
    {
        try
        {
            var trace = _trace!.Compute(_generator, cancellation);
            // Where nothing depends on w there is nothing to measure damping by; a trace that is no number is the solver's to report.
            var damping = _delta * trace / (_system.RowCount * _system.MetricSize);
            _system.Damping = double.IsFinite(damping) ? damping : 0;
            return _system.MultiplierScale(trace) + _system.Damping;
        }
        catch (OperationCanceledException)
        {
            return 1;
        }
    }
}
