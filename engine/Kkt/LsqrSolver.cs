using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// LSQR on the KKT system of Eq. 5, [eta I, A^T; A, -d I] (dw, Lambda) = (b1, b2), by products with A alone: dw = b1 / eta + z with the
/// shortest z that brings the constraints where they should be,
/// <code>
/// min ||z||  with  A z = c = b2 - A b1 / eta,    z = A^T mu,  Lambda = -eta mu
/// </code>
/// of least squares where the constraints contradict: the solution that MINRES-QLP finds. Damped, A is [A, sqrt(eta d) I], and z's part
/// along the rows of A counts.
/// </summary>
/// <remarks>
/// The first row of the system holds whatever mu is, so that the iterations work on the second alone. MINRES on the whole system
/// takes twice as many for the same residual (Fischer, Ramage, Silvester and Wathen, BIT 38(3), 1998), and again more than
/// twice as many for the orthogonality that its vectors lose, which only as long as N_C can keep it cheaply: walkers with
/// 128 active samples take 60 iterations in the place of 300. An iteration is one R-op and one L-op, and two vectors of N_P are held,
/// one of them the caller's.
/// </remarks>
/// <typeparam name="T">The number type of the vectors; the basis of the rows is float64 on the host, one vector an iteration.</typeparam>
public sealed class LsqrSolver<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Seeds the estimate of the trace that damping is measured by, where it is an estimate.</summary>
    private const ulong ProbeSeed = 0x5EED;

    private readonly ComputeDevice<T> _device;
    private readonly KktSystem<T> _system;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly Workspace<T> _memory;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _parameters;
    private readonly Tensor<double> _squares;
    private readonly GolubKahan<T> _basis;
    private readonly RowTrace<T>? _trace;
    private readonly double _eta;

    /// <summary>A solver for a system.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="system">The system, whose <see cref="KktSystem{T}.Damping"/> each solve sets.</param>
    /// <param name="damps">Whether <see cref="Delta"/> will be above 0, which takes memory of its own.</param>
    public LsqrSolver(ComputeDevice<T> device, ProjectedGradientSystem<T> system, bool damps = false)
    {
        (_device, _system, _constraint, _eta) = (device, system, system.Constraint, system.Weight);
        _memory = new Workspace<T>(device);
        _rows = _memory.Zeros(_constraint.RowCount);
        _parameters = _memory.Zeros(_constraint.ParameterCount);
        _squares = _memory.Zeros<double>(new Shape(2));
        _basis = _memory.Own(new GolubKahan<T>(device, _constraint, _rows, _parameters));
        if (!damps) return;
        _trace = _memory.Own(new RowTrace<T>(device, system));
        system.AllowDamping();
    }

    /// <summary>delta, the relative damping of the next solves: d = delta times the mean diagonal of A A^T / eta. 0 unless set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">The solver was not made to damp.</exception>
    public double Delta
    {
        get;
        set
        {
            Guard.NotNegative(value, "delta");
            if (value > 0 && _trace is null) throw new InvalidOperationException($"delta {value}: the solver was made without damping; make it with damps: true");
            field = value;
        }
    }

    /// <summary>Bytes of host memory that the basis of so many rows takes after so many iterations.</summary>
    public static long HostBytes(int rows, int iterations) => sizeof(double) * (long)rows * Math.Min(rows, iterations);

    /// <summary>Solves at the constraint's current point.</summary>
    /// <param name="b">(b1, b2) [N_P + N_C].</param>
    /// <param name="x">(dw, Lambda) [N_P + N_C], overwritten; not b.</param>
    /// <param name="options">When the solve ends; the relative tolerance is that of ||r|| / (||A||_F ||z|| + ||c||).</param>
    /// <param name="cancellation">Looked at between iterations: one L-op later x is what they have come to.</param>
    /// <returns>
    /// What happened. Norms of residuals are those of the constraints' block, the other's is rounding, and the right-hand side is c;
    /// <see cref="SolveReport.TrueResidualNorm"/> is that of both. x is zero where a product was not finite.
    /// </returns>
    public KktReport Solve(Tensor<T> b, Tensor<T> x, KrylovOptions? options = null, CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        Guard.Equal(b.Count, _system.Size, "lsqr: the right-hand side");
        Guard.Equal(x.Count, b.Count, "lsqr: the solution");
        options ??= new KrylovOptions();
        var settings = options.Resolve<T>(_constraint.RowCount, 1e-6, 1e-12);
        using var watch = new SolveWatch(began, options.TimeLimit ?? TimeSpan.MaxValue, null, cancellation);
        Damp(cancellation);
        _constraint.Rop(_system.Step(b), _rows);
        _device.Vectors.Combine(1, _system.Multipliers(b), -1 / _eta, _rows, _rows);
        var c = HostVectors.Read(_rows);
        var course = new LsqrCourse(HostVectors.Norm(c));
        _basis.Begin(c, _eta * _system.Damping, _system.Step(x));
        var exit = Iterate(course, settings, watch);
        var report = Finish(b, x, course, settings, exit);
        if (options.Verify && !watch.IsCancelled && report.Exit != SolveExit.NotFinite) report = report with { TrueResidualNorm = TrueResidual(b, x, report.ResidualNorm) };
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose() => _memory.Dispose();

    private SolveExit Iterate(LsqrCourse course, KrylovSettings settings, SolveWatch watch)
    {
        if (course.Residual == 0) return SolveExit.Solved;
        while (double.IsFinite(course.Residual))
        {
            var look = watch.Look(Progress(course));
            if (look != SolveExit.None) return look;
            if (course.Iteration >= settings.MaxIterations) return SolveExit.IterationLimit;
            var alpha = _basis.NextAlpha();
            if (!double.IsFinite(alpha)) break;
            course.TakeAlpha(alpha);
            if (IsLeastSquares(course, alpha, settings)) return settings.LeastSquaresExit;
            course.TakeBeta(_basis.NextBeta());
            if (course.BackwardError <= settings.RelativeTolerance) return settings.SolvedExit;
        }
        return SolveExit.NotFinite;
    }

    /// <summary>r is orthogonal to the range of A: no z makes it shorter.</summary>
    private static bool IsLeastSquares(LsqrCourse course, double alpha, KrylovSettings settings)
    {
        if (alpha <= settings.Rounding * course.OperatorNorm) return true;
        return course.Iteration > 0 && course.BackwardError > 10 * settings.RelativeTolerance
            && course.NormalResidual <= settings.LeastSquaresTolerance * course.OperatorNorm * course.Residual;
    }

    private static SolveProgress Progress(LsqrCourse course) => new(
        course.Iteration, course.Residual, course.NormalResidual, double.NaN, course.BackwardError, course.OperatorNorm, double.NaN);

    private void Damp(CancellationToken cancellation)
    {
        var damping = 0.0;
        try
        {
            if (Delta > 0) damping = Delta * _trace!.Compute(new RandomGenerator(ProbeSeed), cancellation) / (_constraint.RowCount * _eta);
        }
        catch (OperationCanceledException)
        {
            // The iterations meet the same token and say so.
        }
        _system.Damping = double.IsFinite(damping) ? damping : 0;
    }

    /// <summary>Forms x by an L-op, and looks where it has brought the constraints by an R-op, unless nobody waits for that.</summary>
    private KktReport Finish(Tensor<T> b, Tensor<T> x, LsqrCourse course, KrylovSettings settings, SolveExit exit)
    {
        var isLeastSquares = exit is SolveExit.LeastSquares or SolveExit.LeastSquaresToPrecision;
        var mu = exit == SolveExit.NotFinite ? new double[_constraint.RowCount] : _basis.Combine(course.Multipliers(isLeastSquares));
        var solution = HostVectors.Norm(mu);
        if (exit == SolveExit.NotFinite || !double.IsFinite(solution))
        {
            _device.Vectors.Fill(x, T.Zero);
            var failed = KktReport.WithoutSolution("LSQR", _device.Precision, SolveExit.NotFinite, course.Residual, settings.RelativeTolerance, settings.LeastSquaresTolerance);
            return failed with { Iterations = course.Iteration };
        }
        HostVectors.Write(mu, _rows);
        _constraint.Lop(_rows, _parameters);
        _device.Vectors.Combine(1 / _eta, _system.Step(b), 1, _parameters, _system.Step(x));
        HostVectors.Write(HostVectors.Combine(-_eta, mu, 0, mu), _system.Multipliers(x));
        var (step, residual) = exit == SolveExit.Stopped ? (_device.Vectors.Norm(_system.Step(x)), course.Residual) : Norms(b, x);
        if (exit == SolveExit.Solved && residual > 10 * settings.RelativeTolerance * course.Scale) exit = SolveExit.SolvedToPrecision;
        return KktReport.Of(Report(course, settings, exit, residual, double.Hypot(step, _eta * solution)), _system.Damping) with
        {
            RemovedNorm = isLeastSquares && _system.Damping == 0 ? residual : null,
        };
    }

    private SolveReport Report(LsqrCourse course, KrylovSettings settings, SolveExit exit, double residual, double solution) => new()
    {
        Exit = exit,
        Solver = "LSQR",
        Iterations = course.Iteration,
        Precision = _device.Precision,
        ResidualNorm = residual,
        NormalResidualNorm = course.NormalResidual,
        SolutionNorm = solution,
        OperatorNorm = double.NaN,
        Condition = double.NaN,
        BackwardError = course.Scale == 0 ? 0 : residual / course.Scale,
        RightHandSideNorm = course.RightHandSideNorm,
        RelativeTolerance = settings.RelativeTolerance,
        LeastSquaresTolerance = settings.LeastSquaresTolerance,
    };

    /// <summary>||dw|| and ||b2 - A dw + d Lambda||.</summary>
    private (double Step, double Miss) Norms(Tensor<T> b, Tensor<T> x)
    {
        var step = _system.Step(x);
        _constraint.Rop(step, _rows);
        _device.Vectors.Combine(1, _system.Multipliers(b), -1, _rows, _rows);
        if (_system.Damping > 0) _device.Vectors.Axpy(_system.Damping, _system.Multipliers(x), _rows);
        _device.Vectors.Dot(step, step, _squares.Slice(0, 1));
        _device.Vectors.Dot(_rows, _rows, _squares.Slice(1, 1));
        var squares = _squares.ToArray();
        return (Math.Sqrt(squares[0]), Math.Sqrt(squares[1]));
    }

    /// <summary>||b - B x|| of both blocks.</summary>
    private double TrueResidual(Tensor<T> b, Tensor<T> x, double rowsNorm)
    {
        _constraint.Lop(_system.Multipliers(x), _parameters);
        _device.Vectors.Combine(1, _system.Step(b), -1, _parameters, _parameters);
        _device.Vectors.Axpy(-_eta, _system.Step(x), _parameters);
        return double.Hypot(_device.Vectors.Norm(_parameters), rowsNorm);
    }
}
