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
    /// <summary>Refinements at the most; each wins the digits that the products have.</summary>
    private const int MostRefinements = 2;

    /// <summary>The backward error of the constraints up to which nothing is refined: some roundings of one product.</summary>
    private static readonly double Tolerance = typeof(T) == typeof(float) ? 2e-6 : 1e-14;

    /// <summary>The backward error above which the report says that the precision allowed no more.</summary>
    private static readonly double MostBackwardError = 10 * Tolerance;

    private readonly ComputeDevice<T> _device;
    private readonly DifferentiableFunction<T> _constraint;
    private readonly GramSystem<T> _system;
    private readonly double _eta;
    private readonly Tensor<T> _rows;
    private readonly Tensor<T> _parameters;

    /// <summary>A solver for the system of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0, or there are too many rows.</exception>
    public GramSolver(ComputeDevice<T> device, DifferentiableFunction<T> constraint, double eta)
    {
        Guard.Positive(eta, "eta");
        KktSolver.Gram.For(constraint.RowCount);
        (_device, _constraint, _eta) = (device, constraint, eta);
        _system = new GramSystem<T>(device, constraint);
        _rows = device.Zeros(constraint.RowCount);
        _parameters = device.Zeros(constraint.ParameterCount);
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
    /// <param name="verify">
    /// Whether ||b - B x|| of the whole system is computed: three vector passes, and an L-op more behind a refinement.
    /// </param>
    /// <param name="cancellation">
    /// Looked at while S is formed, between blocks of its factors and between refinements; the exit is <see cref="SolveExit.Stopped"/>.
    /// x is zero where the factors were not finished, and the solution refined as far as it came where they were.
    /// </param>
    /// <returns>What happened; <see cref="KktReport.Gram"/> tells rank and condition.</returns>
    public KktReport Solve(Tensor<T> b, Tensor<T> x, bool verify = true, CancellationToken cancellation = default)
    {
        var began = Stopwatch.GetTimestamp();
        var (parameters, rows) = (_constraint.ParameterCount, _constraint.RowCount);
        Guard.Equal(b.Count, parameters + rows, "gram: the right-hand side");
        Guard.Equal(x.Count, b.Count, "gram: the solution");
        var (b1, b2) = (b.Slice(0, parameters), HostVectors.Read(b.Slice(parameters, rows)));
        var (dw, multipliers) = (x.Slice(0, parameters), x.Slice(parameters, rows));
        var norm = Math.Sqrt(Square(_device.Vectors.Norm(b1)) + HostVectors.Dot(b2, b2));
        var failure = double.IsFinite(norm) ? _system.Form(Delta, isExact: false, cancellation) : SolveExit.NotFinite;
        if (failure != SolveExit.None) return Failed(x, failure, norm, began);
        var course = Take(b1, b2, dw, multipliers, cancellation);
        if (!_system.IsExact && !(course.BackwardError <= Tolerance) && !cancellation.IsCancellationRequested)
        {
            failure = _system.Form(Delta, isExact: true, cancellation);
            if (failure != SolveExit.None) return Failed(x, failure, norm, began);
            course = Take(b1, b2, dw, multipliers, cancellation);
        }
        HostVectors.Write(course.Lambda, multipliers);
        var report = Report(course, b2, norm);
        if (cancellation.IsCancellationRequested) report = report with { Exit = SolveExit.Stopped };
        else if (verify) report = report with { TrueResidualNorm = TrueResidual(b1, dw, multipliers, course.IsRefined, report.ResidualNorm) };
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _system.Dispose();
        _rows.Storage.Dispose();
        _parameters.Storage.Dispose();
    }

    /// <summary>Lambda and dw by the factors of S, refined as long as that helps by the residual that the check's R-op shows.</summary>
    private Course Take(Tensor<T> b1, double[] b2, Tensor<T> dw, Tensor<T> multipliers, CancellationToken cancellation)
    {
        var target = _system.Factor.Project(b2);
        var lambda = _system.Factor.Solve(HostVectors.Combine(1, _system.RowProducts?.Rop(b1) ?? Rop(b1), -_eta, target));
        Pull(lambda, multipliers);
        _device.Vectors.Combine(1 / _eta, b1, -1 / _eta, _parameters, dw);
        var miss = Miss(target, dw, lambda);
        var length = _device.Vectors.Norm(dw);
        var error = BackwardError(miss, length, lambda, target);
        var refinements = 0;
        while (refinements < MostRefinements && !cancellation.IsCancellationRequested && error > Tolerance)
        {
            refinements++;
            var correction = _system.Factor.Solve(HostVectors.Combine(-_eta, miss, 0, miss));
            HostVectors.AddScaled(lambda, 1, correction);
            Pull(correction, multipliers);
            _device.Vectors.Axpy(-1 / _eta, _parameters, dw);
            var better = Miss(target, dw, lambda);
            if (!(HostVectors.Norm(better) < HostVectors.Norm(miss)))
            {
                HostVectors.AddScaled(lambda, -1, correction);
                _device.Vectors.Axpy(1 / _eta, _parameters, dw);
                break;
            }
            miss = better;
            length = _device.Vectors.Norm(dw);
            error = BackwardError(miss, length, lambda, target);
        }
        return new Course(target, lambda, miss, length, error, refinements > 0);
    }

    /// <summary>A^T Lambda, which stays in the scratch vector.</summary>
    private void Pull(double[] lambda, Tensor<T> multipliers)
    {
        if (_system.RowProducts is { } rows)
        {
            rows.Lop(lambda, _parameters);
            return;
        }
        HostVectors.Write(lambda, multipliers);
        _constraint.Lop(multipliers, _parameters);
    }

    /// <summary>A v by the function's own R-op.</summary>
    private double[] Rop(Tensor<T> v)
    {
        _constraint.Rop(v, _rows);
        return HostVectors.Read(_rows);
    }

    /// <summary>||b - B x|| of both blocks. Unless a refinement has changed Lambda, the scratch vector holds A^T Lambda.</summary>
    private double TrueResidual(Tensor<T> b1, Tensor<T> dw, Tensor<T> multipliers, bool isRefined, double rowsNorm)
    {
        if (isRefined) _constraint.Lop(multipliers, _parameters);
        _device.Vectors.Combine(1, b1, -1, _parameters, _parameters);
        _device.Vectors.Axpy(-_eta, dw, _parameters);
        return double.Hypot(_device.Vectors.Norm(_parameters), rowsNorm);
    }

    /// <summary>P b2 - A dw + d Lambda.</summary>
    private double[] Miss(double[] target, Tensor<T> dw, double[] lambda)
    {
        var miss = HostVectors.Combine(1, target, -1, Rop(dw));
        if (_system.Shift > 0) HostVectors.AddScaled(miss, _system.Shift / _eta, lambda);
        return miss;
    }

    /// <summary>||r|| / (||A|| ||dw|| + d ||Lambda|| + ||b2||) with the Frobenius norm of A.</summary>
    private double BackwardError(double[] miss, double length, double[] lambda, double[] target)
    {
        var scale = (Math.Sqrt(_system.Trace) * length) + HostVectors.Norm(target);
        if (_system.Shift > 0) scale += _system.Shift / _eta * HostVectors.Norm(lambda);
        return scale == 0 ? 0 : HostVectors.Norm(miss) / scale;
    }

    private KktReport Report(Course course, double[] b2, double rightHandSideNorm)
    {
        var removed = HostVectors.Combine(1, b2, -1, course.Target);
        var residual = HostVectors.Norm(HostVectors.Combine(1, course.Miss, 1, removed));
        var contradicts = HostVectors.Norm(removed) > GramSystem<T>.ContradictionTolerance * HostVectors.Norm(b2);
        var solution = Math.Sqrt(Square(course.Length) + HostVectors.Dot(course.Lambda, course.Lambda));
        var (norm, smallest) = SingularValues();
        return new KktReport
        {
            Exit = !double.IsFinite(residual) || !double.IsFinite(solution) ? SolveExit.NotFinite
                : contradicts ? SolveExit.LeastSquares
                : course.BackwardError > MostBackwardError ? SolveExit.SolvedToPrecision : SolveExit.Solved,
            Solver = "Gram matrix",
            Iterations = 0,
            Precision = _device.Precision,
            ResidualNorm = residual,
            NormalResidualNorm = double.NaN,
            SolutionNorm = solution,
            OperatorNorm = norm,
            Condition = norm / smallest,
            BackwardError = course.BackwardError,
            RightHandSideNorm = rightHandSideNorm,
            RelativeTolerance = Tolerance,
            LeastSquaresTolerance = GramSystem<T>.ContradictionTolerance,
            Gram = _system.Factor.Rank,
            RemovedNorm = HostVectors.Norm(removed),
            Damping = _system.Shift / _eta,
        };
    }

    /// <summary>
    /// The largest and the smallest nonzero singular value of B = [eta I, A^T; A, -d I]: an eigenvalue s of S is (eta - d +- sqrt((eta +
    /// d)^2 + 4 s)) / 2 in B, the product of the two -(s + eta d), and what is orthogonal to the rows has eta.
    /// </summary>
    private (double Largest, double Smallest) SingularValues()
    {
        var (rank, largest) = (_system.Factor.Rank, _system.Factor.Largest);
        if (rank.Rank == 0) return (_eta, _eta);
        var least = largest / rank.ConditionOfS;
        if (_system.Shift > 0)
        {
            var damping = _system.Shift / _eta;
            double Greater(double shifted) => (Math.Abs(_eta - damping) + double.Hypot(_eta + damping, 2 * Math.Sqrt(Math.Max(shifted - _system.Shift, 0)))) / 2;
            return (Greater(largest), Math.Min(least / Greater(least), rank.Rank < _constraint.ParameterCount ? _eta : double.PositiveInfinity));
        }
        var smallest = 2 * least / (_eta + double.Hypot(_eta, 2 * Math.Sqrt(least)));
        return (
            (_eta + double.Hypot(_eta, 2 * Math.Sqrt(largest))) / 2,
            rank.Rank < _constraint.ParameterCount ? Math.Min(_eta, smallest) : smallest);
    }

    private KktReport Failed(Tensor<T> x, SolveExit exit, double norm, long began)
    {
        _device.Vectors.Fill(x, T.Zero);
        var report = KktReport.WithoutSolution("Gram matrix", _device.Precision, exit, norm, Tolerance, GramSystem<T>.ContradictionTolerance);
        return report with { Elapsed = Stopwatch.GetElapsedTime(began) };
    }

    private static double Square(double x) => x * x;

    /// <summary>
    /// A solution: the part of b2 in the range of A, the multipliers, what the constraints still miss, ||dw||, and the backward error.
    /// </summary>
    private sealed record Course(double[] Target, double[] Lambda, double[] Miss, double Length, double BackwardError, bool IsRefined);
}
