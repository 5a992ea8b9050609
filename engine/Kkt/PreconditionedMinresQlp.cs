using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// MINRES-QLP on the KKT system of Eq. 5 with the Gram matrix of the constraint rows as preconditioner, formed anew for
/// every solve.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S is float64.</typeparam>
public sealed class PreconditionedMinresQlp<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComputeDevice<T> _device;
    private readonly Workspace<T> _memory;
    private readonly ProjectedGradientSystem<T> _system;
    private readonly GramMatrix _gram;
    private readonly GramPreconditioner<T> _preconditioner;
    private readonly MinresQlp<T> _solver;
    private readonly double[] _s;

    /// <summary>A solver for the system of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows.</param>
    /// <param name="system">Its KKT system.</param>
    /// <exception cref="NotSupportedException">The constraint has no Gram rows.</exception>
    public PreconditionedMinresQlp(ComputeDevice<T> device, DifferentiableFunction<T> constraint, ProjectedGradientSystem<T> system)
    {
        _device = device;
        _memory = new Workspace<T>(device);
        _system = system;
        _gram = _memory.Own(GramSystem<T>.GramOf(constraint));
        _preconditioner = _memory.Own(new GramPreconditioner<T>(device, constraint.ParameterCount, constraint.RowCount, system.Weight));
        _solver = _memory.Own(new MinresQlp<T>(device, system.Size));
        _s = new double[constraint.RowCount * constraint.RowCount];
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
    /// <param name="options">When the solve ends.</param>
    /// <param name="cancellation">
    /// Looked at while the Gram matrix is formed and factored, and between iterations: the solve ends there with the x it has.
    /// </param>
    /// <returns>
    /// What happened; x is zero where the eigenvalues of the Gram matrix were not found (<see cref="SolveExit.EigenvaluesNotFound"/>).
    /// </returns>
    public KktReport Solve(Tensor<T> b, Tensor<T> x, KrylovOptions options, CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            _solver.Preconditioner = TryPrecondition(cancellation) ? _preconditioner : null;
        }
        catch (EigenvaluesNotFoundException)
        {
            _device.Vectors.Fill(x, T.Zero);
            var tolerances = _solver.Resolve(options);
            var report = KktReport.WithoutSolution(
                _solver.Title, _device.Precision, SolveExit.EigenvaluesNotFound, _device.Vectors.Norm(b), tolerances.RelativeTolerance, tolerances.LeastSquaresTolerance);
            return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
        }
        return KktReport.Of(_solver.Solve(_system, b, x, options, null, cancellation), _system.Damping);
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>Brings damping into the system, and into S.</summary>
    private void Damp()
    {
        var (rows, trace) = (_system.RowCount, 0.0);
        for (var i = 0; i < rows; i++) trace += _s[i * (rows + 1)];
        var shift = Delta > 0 && double.IsFinite(trace) ? Delta * trace / rows : 0;
        _system.Damping = shift / _system.Weight;
        for (var i = 0; i < rows && shift > 0; i++) _s[i * (rows + 1)] += shift;
    }

    /// <summary>False where the solve without M tells why: it meets the same numbers and names them, or is cancelled too.</summary>
    private bool TryPrecondition(CancellationToken cancellation)
    {
        try
        {
            _gram.Form(_s, cancellation);
            Damp();
            _preconditioner.Update(_s, cancellation);
            return true;
        }
        catch (Exception failure) when (failure is NotFiniteNumberException or OperationCanceledException)
        {
            return false;
        }
    }
}
