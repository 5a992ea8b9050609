using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The dual way to the KKT system of Eq. 5, [eta I, A^T; A, -d I] (dw, Lambda) = (b1, b2): with S = A A^T
/// <code>
/// Lambda = (S + eta d I)^+ (A b1 - eta b2),    dw = (b1 - A^T Lambda) / eta
/// </code>
/// which for d = 0 is the solution of minimum length, of least squares where the constraints contradict: exactly what MINRES-QLP
/// returns; damped, with eta d = delta trace(S) / N_C, it is the only one. S costs J backward passes and a few matrix products; the solve one
/// product of each kind with what that left of A, and an R-op as the check, whose residual is refined where rounding or the sums of S
/// left the constraints unmet.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
public sealed class GramSolver<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The backward error above which the report says that the precision allowed no more.</summary>
    private static readonly double MostBackwardError = 10 * GramDual<T>.Tolerance;

    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly GramDual<T> _dual;
    private readonly double _eta;

    /// <summary>A solver for the system of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <param name="numbers">
    /// [<see cref="Numbers"/>], where <see cref="Begin"/> leaves what the host decides by, or absent for memory of its own.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or there are too many rows.</exception>
    /// <exception cref="NotSupportedException">The function has no Gram rows.</exception>
    public GramSolver(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double eta, Tensor<double> numbers = default)
    {
        Guard.Positive(eta, "eta");
        KktSolver.Gram.For(constraint.RowCount);
        (_device, _constraint, _eta) = (device, constraint, eta);
        _dual = DeviceDual<T>.Create(device, constraint, eta, numbers) ?? (GramDual<T>)new HostDual<T>(device, constraint, eta);
    }

    /// <summary>How many numbers <see cref="Begin"/> leaves.</summary>
    public const int Numbers = (int)DualNumber.Count;

    /// <summary>Whether the last solve took what <see cref="Begin"/> had computed and did nothing beside.</summary>
    public bool TookAhead => _dual.TookAhead;

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

    /// <summary>Whether the device keeps S to itself, so that <see cref="Begin"/> can give it a solve ahead.</summary>
    public bool CanBegin => _dual.CanBegin;

    /// <summary>
    /// Gives the usual course of a solve to the device and does not wait for it: x holds the solution when the device comes to it, and
    /// <see cref="Solve"/> with the numbers that it left decides whether that was all.
    /// </summary>
    /// <param name="b">(b1, b2) [N_P + N_C].</param>
    /// <param name="x">(dw, Lambda) [N_P + N_C].</param>
    /// <exception cref="NotSupportedException">It cannot, see <see cref="CanBegin"/>.</exception>
    public void Begin(Tensor<T> b, Tensor<T> x) => _dual.Begin(Unknowns(b, x), Delta);

    /// <summary>Solves at the constraint's current point.</summary>
    /// <param name="b">(b1, b2) [N_P + N_C].</param>
    /// <param name="x">(dw, Lambda) [N_P + N_C], overwritten; not b.</param>
    /// <param name="verify">
    /// Whether ||b - B x|| of the whole system is computed: at most three vector passes, and an L-op more behind a refinement.
    /// </param>
    /// <param name="ahead">What <see cref="Begin"/> on the same b and x has left, read behind it; nothing where there was none.</param>
    /// <param name="cancellation">
    /// Looked at while S is formed, between blocks of its factors and between refinements; the exit is <see cref="SolveExit.Stopped"/>.
    /// x is zero where the factors were not finished, and the solution refined as far as it came where they were.
    /// </param>
    /// <returns>What happened; <see cref="KktReport.Gram"/> tells rank and condition.</returns>
    public KktReport Solve(
        Tensor<T> b, Tensor<T> x, bool verify = true, ReadOnlySpan<double> ahead = default, CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        var at = Unknowns(b, x);
        var failure = _dual.Form(at, Delta, isExact: false, ahead, cancellation);
        if (failure != SolveExit.None) return Failed(x, failure, began);
        var course = _dual.Take(at, cancellation);
        if (!_dual.IsExact && !(course.BackwardError <= GramDual<T>.Tolerance) && !cancellation.IsCancellationRequested)
        {
            failure = _dual.Form(at, Delta, isExact: true, [], cancellation);
            if (failure != SolveExit.None) return Failed(x, failure, began);
            course = _dual.Take(at, cancellation);
        }
        var report = Report(course);
        if (cancellation.IsCancellationRequested) report = report with { Exit = SolveExit.Stopped };
        else if (verify) report = report with { TrueResidualNorm = _dual.TrueResidual(at, course) };
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose() => _dual.Dispose();

    private GramUnknowns<T> Unknowns(Tensor<T> b, Tensor<T> x)
    {
        var (parameters, rows) = (_constraint.ParameterCount, _constraint.RowCount);
        Guard.Equal(b.Count, parameters + rows, "gram: the right-hand side");
        Guard.Equal(x.Count, b.Count, "gram: the solution");
        return new GramUnknowns<T>(b, x, parameters, rows);
    }

    private KktReport Report(GramCourse course)
    {
        var contradicts = course.Removed > GramSystem<T>.ContradictionTolerance * double.Hypot(course.Target, course.Removed);
        var solution = double.Hypot(course.Length, course.Multipliers);
        var (norm, smallest) = SingularValues();
        return new KktReport
        {
            Exit = !double.IsFinite(course.Residual) || !double.IsFinite(solution) ? SolveExit.NotFinite
                : contradicts ? SolveExit.LeastSquares
                : course.BackwardError > MostBackwardError ? SolveExit.SolvedToPrecision : SolveExit.Solved,
            Solver = "Gram matrix",
            Iterations = 0,
            Precision = _device.Precision,
            ResidualNorm = course.Residual,
            NormalResidualNorm = double.NaN,
            SolutionNorm = solution,
            OperatorNorm = norm,
            Condition = norm / smallest,
            BackwardError = course.BackwardError,
            RightHandSideNorm = _dual.RightHandSideNorm,
            RelativeTolerance = GramDual<T>.Tolerance,
            LeastSquaresTolerance = GramSystem<T>.ContradictionTolerance,
            Gram = _dual.Rank,
            RemovedNorm = course.Removed,
            Damping = _dual.Shift / _eta,
        };
    }

    /// <summary>
    /// The largest and the smallest nonzero singular value of B = [eta I, A^T; A, -d I]: an eigenvalue s of S is (eta - d +- sqrt((eta +
    /// d)^2 + 4 s)) / 2 in B, the product of the two -(s + eta d), and what is orthogonal to the rows has eta.
    /// </summary>
    private (double Largest, double Smallest) SingularValues()
    {
        var (rank, largest) = (_dual.Rank, _dual.Largest);
        if (rank.Rank == 0) return (_eta, _eta);
        var least = largest / rank.ConditionOfS;
        if (_dual.Shift > 0)
        {
            var damping = _dual.Shift / _eta;
            double Greater(double shifted) => (Math.Abs(_eta - damping) + double.Hypot(_eta + damping, 2 * Math.Sqrt(Math.Max(shifted - _dual.Shift, 0)))) / 2;
            return (Greater(largest), Math.Min(least / Greater(least), rank.Rank < _constraint.ParameterCount ? _eta : double.PositiveInfinity));
        }
        var smallest = 2 * least / (_eta + double.Hypot(_eta, 2 * Math.Sqrt(least)));
        return (
            (_eta + double.Hypot(_eta, 2 * Math.Sqrt(largest))) / 2,
            rank.Rank < _constraint.ParameterCount ? Math.Min(_eta, smallest) : smallest);
    }

    private KktReport Failed(Tensor<T> x, SolveExit exit, long began)
    {
        _device.Vectors.Fill(x, T.Zero);
        var report = KktReport.WithoutSolution(
            "Gram matrix", _device.Precision, exit, _dual.RightHandSideNorm, GramDual<T>.Tolerance, GramSystem<T>.ContradictionTolerance);
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }
}
