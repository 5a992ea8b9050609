using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// MINRES-QLP on the KKT system of Eq. 5 with what the Gram matrix S = A A^T of the constraint rows knows:
/// <list type="bullet">
/// <item>b2 is projected onto the range of A. That changes neither the solution of minimum length nor the residual's
/// minimum, but makes the system consistent, which float32 solves to two more digits.</item>
/// <item>M = diag(eta I, trace(S) / (rank eta) I), with the exact trace and rank, brings both blocks to one size.</item>
/// <item>The residual of the consistent system, from x itself, is solved for again.</item>
/// </list>
/// A damped system is consistent as it is: nothing is projected, and M's second weight is that of A A^T / eta + d I.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
public sealed class ProjectedMinresQlp<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GramSystem<T> _gram;
    private readonly ProjectedSolve<T> _solve;
    private readonly KktSystem<T> _system;
    private readonly double _eta;

    /// <summary>A solver for the system of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows.</param>
    /// <param name="system">Its KKT system.</param>
    /// <param name="eta">The weight of the identity.</param>
    public ProjectedMinresQlp(
        ComputeDevice<T> device, DifferentiableFunction<T> constraint, KktSystem<T> system, double eta)
    {
        (_system, _eta) = (system, eta);
        _gram = new GramSystem<T>(device, constraint);
        _solve = new ProjectedSolve<T>(device, system, constraint.ParameterCount);
    }

    /// <summary>delta, the relative damping of the next solves: d = delta times the mean diagonal of S / eta. 0 unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double Delta
    {
        get;
        set
        {
            Guard.NotNegative(value, "delta");
            field = value;
        }
    }

    /// <summary>Solves at the constraint's current point.</summary>
    /// <param name="b">(b1, b2) [N_P + N_C].</param>
    /// <param name="x">(dw, Lambda) [N_P + N_C], overwritten; not b.</param>
    /// <param name="options">When each solve ends, or null for the defaults.</param>
    /// <param name="cancellation">Looked at between the rows of the factors and between iterations.</param>
    /// <returns>The report; <see cref="KktReport.RemovedNorm"/> tells how much of b2 no step can meet.</returns>
    public KktReport Solve(
        Tensor<T> b, Tensor<T> x, KrylovOptions? options = null, CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        var factor = _gram.Form(Delta, isExact: true, cancellation) == SolveExit.None ? _gram.Factor : null;
        _system.Damping = _gram.Shift / _eta;
        var report = _solve.Solve(factor, _gram.Trace, _eta, b, x, options, cancellation);
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _gram.Dispose();
        _solve.Dispose();
    }
}

/// <summary>The solve with a given Gram matrix, for any system [eta I, A^T; A, 0], or a damped <see cref="KktSystem{T}"/>.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class ProjectedSolve<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Corrections at the most; one wins what float32 has lost, the second finds nothing to do.</summary>
    private const int Refinements = 2;

    private readonly LinearOperator<T> _system;
    private readonly MinresQlp<T> _solver;
    private readonly IterativeRefinement<T> _refinement;
    private readonly Tensor<T> _projected;
    private readonly ComputeDevice<T> _device;
    private readonly int _parameters;

    /// <summary>Memory for the solves of a system.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="system">B.</param>
    /// <param name="parameters">The size of the first block, N_P.</param>
    public ProjectedSolve(ComputeDevice<T> device, LinearOperator<T> system, int parameters)
    {
        (_device, _system, _parameters) = (device, system, parameters);
        _solver = new MinresQlp<T>(device, system.Size);
        _refinement = new IterativeRefinement<T>(device, _solver);
        _projected = device.Zeros(system.Size);
    }

    /// <summary>Solves B x = b.</summary>
    /// <param name="factor">S = A A^T + eta d I factored, or null where that failed: then b is solved for as it is.</param>
    /// <param name="trace">trace(S).</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="x">The solution, overwritten.</param>
    /// <param name="options">When each solve ends, or null for the defaults.</param>
    /// <param name="cancellation">Looked at between iterations.</param>
    public KktReport Solve(
        GramFactor? factor, double trace, double eta, Tensor<T> b, Tensor<T> x, KrylovOptions? options,
        CancellationToken cancellation = default)
    {
        var damping = _system is KktSystem<T> kkt ? kkt.Damping : 0;
        _solver.Preconditioner = null;
        if (factor is null) return KktReport.Of(_solver.Solve(_system, b, x, options, null, cancellation), damping);
        var wanted = HostVectors.Read(RowsOf(b));
        var met = factor.Project(wanted);
        _device.Vectors.Copy(b, _projected);
        HostVectors.Write(met, RowsOf(_projected));
        var scale = trace > 0 ? (trace / (factor.Rank.Rank * eta)) + damping : 1;
        _solver.Preconditioner = Preconditioner<T>.TwoBlocks(_parameters, eta, scale);
        var report = _refinement.Solve(_system, _projected, x, Refinements, options, cancellation);

        // Rounding leaks into the multipliers that have no effect; the shortest have none of it.
        HostVectors.Write(factor.Project(HostVectors.Read(RowsOf(x))), RowsOf(x));
        var removed = HostVectors.Norm(HostVectors.Combine(1, wanted, -1, met));
        var contradicts = removed > GramSystem<T>.ContradictionTolerance * HostVectors.Norm(wanted);
        var told = KktReport.Of(report, damping);
        return told with
        {
            Exit = report.IsConverged && contradicts ? SolveExit.LeastSquares : told.Exit,
            TrueResidualNorm = double.Hypot(report.TrueResidualNorm ?? report.ResidualNorm, removed),
            Gram = factor.Rank,
            RemovedNorm = removed,
        };
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _solver.Dispose();
        _refinement.Dispose();
        _projected.Storage.Dispose();
    }

    /// <summary>The constraints' part of a vector.</summary>
    private Tensor<T> RowsOf(Tensor<T> vector) => vector.Slice(_parameters, _system.Size - _parameters);
}
