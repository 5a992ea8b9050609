using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// trace(A A^T) of a KKT system's constraint rows, by which damping is measured: exact where the constraint has Gram rows
/// and not more than <see cref="KktSolvers.MostGramRows"/> of them, so that every solver damps alike; else estimated from
/// <see cref="Probes"/> sign vectors by E ||A^T z||^2 (Hutchinson 1990), to 35 % in the worst case, rows that are all parallel.
/// </summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class RowTrace<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Sign vectors of an estimate.</summary>
    public const int Probes = 8 * KktSystem<T>.TraceProbes;

    private readonly Workspace<T> _memory;
    private readonly KktSystem<T> _system;
    private readonly GramTrace? _exact;
    private readonly Tensor<T> _signs;
    private readonly Tensor<T> _parameters;
    private readonly Tensor<double> _results;

    /// <summary>Memory for the trace of a system.</summary>
    public RowTrace(ComputeDevice<T> device, KktSystem<T> system)
    {
        _system = system;
        _memory = new Workspace<T>(device);
        _exact = Exact(system);
        if (_exact is not null)
        {
            _memory.Own(_exact);
            return;
        }
        _signs = _memory.Zeros(KktSystem<T>.TraceProbes * system.RowCount);
        _parameters = _memory.Zeros(system.Size - system.RowCount);
        _results = _memory.Zeros<double>(new Shape(KktSystem<T>.TraceProbes));
    }

    /// <summary>Whether the trace is no estimate.</summary>
    public bool IsExact => _exact is not null;

    /// <summary>The trace at the constraint's current point.</summary>
    /// <param name="generator">Where the sign vectors of an estimate come from.</param>
    /// <param name="cancellation">Looked at between the parts of the work.</param>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public double Compute(RandomGenerator generator, CancellationToken cancellation)
    {
        if (_exact is not null) return _exact.Compute(cancellation);
        var (sum, results) = (0.0, new double[KktSystem<T>.TraceProbes]);
        for (var probe = 0; probe < Probes; probe += results.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            _system.DrawSigns(generator, _signs);
            _system.Probe(_signs, _parameters, _results);
            _results.CopyTo(results);
            foreach (var result in results) sum += result;
        }
        return sum / Probes;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    private static GramTrace? Exact(KktSystem<T> system)
    {
        if (system.Constraint is not IGramRows rows || system.RowCount > KktSolvers.MostGramRows) return null;
        try
        {
            // A layer without Gram rows, or with too many, leaves the estimate.
            return rows.CreateTrace();
        }
        catch (Exception e) when (e is NotSupportedException or ArgumentException)
        {
            return null;
        }
    }
}
