using System.Diagnostics;
using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Kkt;

/// <summary>
/// The dual way to the KKT system of Eq. 5, [eta I, A^T; A, 0] (dw, Lambda) = (b1, b2): with S = A A^T
/// <code>
/// Lambda = S^+ (A b1 - eta b2),    dw = (b1 - A^T Lambda) / eta
/// </code>
/// which is the solution of minimum length, of least squares where the constraints contradict: exactly what MINRES-QLP
/// returns. S costs J backward passes and a few matrix products; the solve one R-op and one L-op, and as many again for
/// each refinement with the residual of A dw = b2.
/// </summary>
/// <typeparam name="T">The number type of the vectors; S and its factors are float64.</typeparam>
public sealed class GramSolver<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Refinements: one brings the constraints from the float32 of the products to the float32 of the rows.</summary>
    private const int Refinements = 1;

    /// <summary>
    /// Relative error of an eigenvalue of S. Rows rounded to float32 perturb A by eps, which puts eigenvalues of about
    /// eps^2 = 1e-14 in the place of zeros.
    /// </summary>
    private static readonly double Accuracy = typeof(T) == typeof(float) ? 1e-12 : 1e-15;

    private readonly ComputeDevice<T> _device;
    private readonly ConstraintFunction<T> _constraint;
    private readonly ConstraintGram<T> _gram;
    private readonly double _eta;
    private readonly double[] _s;
    private readonly T[] _host;
    private readonly Tensor<T> _rows;

    /// <summary>A solver for the system of a constraint function.</summary>
    /// <param name="device">Where products run.</param>
    /// <param name="constraint">C with N_C rows.</param>
    /// <param name="eta">The weight of the identity.</param>
    /// <exception cref="ArgumentOutOfRangeException">eta is not above 0.</exception>
    public GramSolver(ComputeDevice<T> device, ConstraintFunction<T> constraint, double eta)
    {
        Guard.Positive(eta, "eta");
        (_device, _constraint, _eta) = (device, constraint, eta);
        _gram = new ConstraintGram<T>(constraint);
        _s = new double[constraint.RowCount * constraint.RowCount];
        _host = new T[constraint.RowCount];
        _rows = device.Zeros(constraint.RowCount);
    }

    /// <summary>Solves at the constraint's current point.</summary>
    /// <param name="b">(b1, b2) [N_P + N_C].</param>
    /// <param name="x">(dw, Lambda) [N_P + N_C], overwritten; not b.</param>
    /// <returns>What happened; <see cref="SolveReport.Gram"/> tells rank and condition.</returns>
    public SolveReport Solve(Tensor<T> b, Tensor<T> x)
    {
        var began = Stopwatch.GetTimestamp();
        var (parameters, rows) = (_constraint.ParameterCount, _constraint.RowCount);
        Guard.Equal(b.Count, parameters + rows, "gram: the right-hand side");
        Guard.Equal(x.Count, b.Count, "gram: the solution");
        var (b1, b2) = (b.Slice(0, parameters), Read(b.Slice(parameters, rows)));
        var (dw, multipliers) = (x.Slice(0, parameters), x.Slice(parameters, rows));
        _gram.Form(_s);
        var norm = Math.Sqrt(Square(_device.Vectors.Norm(b1)) + HostVectors.Dot(b2, b2));
        if (!double.IsFinite(norm) || !_s.All(double.IsFinite)) return NotFinite(x, norm, began);

        var factor = new GramFactor(_s, rows, Accuracy);
        var wanted = factor.Project(b2);
        _constraint.Rop(b1, _rows);
        var lambda = factor.Solve(Combine(1, Read(_rows), -_eta, wanted));
        Primal(b1, lambda, dw, multipliers);
        for (var i = 0; i < Refinements; i++)
        {
            _constraint.Rop(dw, _rows);
            HostVectors.AddScaled(lambda, -_eta, factor.Solve(Combine(1, wanted, -1, Read(_rows))));
            Primal(b1, lambda, dw, multipliers);
        }
        return Report(factor, b2, wanted, dw, lambda, norm, began);
    }

    /// <summary>Gives the work space back.</summary>
    public void Dispose()
    {
        _gram.Dispose();
        _rows.Storage.Dispose();
    }

    /// <summary>dw = (b1 - A^T Lambda) / eta.</summary>
    private void Primal(Tensor<T> b1, double[] lambda, Tensor<T> dw, Tensor<T> multipliers)
    {
        for (var i = 0; i < lambda.Length; i++) _host[i] = T.CreateTruncating(lambda[i]);
        multipliers.CopyFrom(_host);
        _constraint.Lop(multipliers, dw);
        _device.Vectors.Combine(1 / _eta, b1, -1 / _eta, dw, dw);
    }

    private SolveReport Report(
        GramFactor factor, double[] b2, double[] wanted, Tensor<T> dw, double[] lambda, double norm, long began)
    {
        _constraint.Rop(dw, _rows);
        var miss = Combine(1, b2, -1, Read(_rows));
        var removed = Combine(1, b2, -1, wanted);
        var (residual, inconsistency) = (Length(miss), Length(removed));
        var contradicts = inconsistency > 1e-5 * Length(b2);
        var operatorNorm = Math.Max(_eta, Math.Sqrt(Trace()));
        var solution = Math.Sqrt(Square(_device.Vectors.Norm(dw)) + HostVectors.Dot(lambda, lambda));
        return new SolveReport
        {
            Exit = !double.IsFinite(residual) ? SolveExit.NotFinite : contradicts ? SolveExit.LeastSquares : SolveExit.Solved,
            Iterations = 0,
            Precision = _device.Precision,
            ResidualNorm = residual,
            NormalResidualNorm = Length(Combine(1, miss, -1, removed)),
            SolutionNorm = solution,
            OperatorNorm = operatorNorm,
            Condition = Math.Sqrt(factor.Rank.Condition),
            BackwardError = residual / ((operatorNorm * solution) + norm),
            RightHandSideNorm = norm,
            TrueResidualNorm = residual,
            RelativeTolerance = 0,
            LeastSquaresTolerance = 0,
            Elapsed = Stopwatch.GetElapsedTime(began),
            Gram = factor.Rank,
        };
    }

    private SolveReport NotFinite(Tensor<T> x, double norm, long began)
    {
        _device.Vectors.Fill(x, T.Zero);
        return new SolveReport
        {
            Exit = SolveExit.NotFinite,
            Iterations = 0,
            Precision = _device.Precision,
            ResidualNorm = norm,
            NormalResidualNorm = double.NaN,
            SolutionNorm = 0,
            OperatorNorm = double.NaN,
            Condition = double.NaN,
            BackwardError = double.NaN,
            RightHandSideNorm = norm,
            RelativeTolerance = 0,
            LeastSquaresTolerance = 0,
            Elapsed = Stopwatch.GetElapsedTime(began),
        };
    }

    private double Trace()
    {
        var trace = 0.0;
        for (var i = 0; i < _constraint.RowCount; i++) trace += _s[(i * _constraint.RowCount) + i];
        return trace;
    }

    private double[] Read(Tensor<T> rows)
    {
        rows.CopyTo(_host);
        return Array.ConvertAll(_host, double.CreateTruncating);
    }

    private static double[] Combine(double a, double[] x, double b, double[] y) => [.. x.Zip(y, (p, q) => (a * p) + (b * q))];

    private static double Length(double[] x) => Math.Sqrt(HostVectors.Dot(x, x));

    private static double Square(double x) => x * x;
}
