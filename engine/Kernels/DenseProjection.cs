namespace PoseEngine.Kernels;

/// <summary>The rows of a projection on one sample, in float64: c_j(y, x) = 0 or at most 0, not cut off where they hold.</summary>
public interface IProjectionRows
{
    /// <summary>The outputs y of a sample.</summary>
    int Outputs { get; }

    /// <summary>For each of the J rows whether it must be at most 0, rather than 0.</summary>
    IReadOnlyList<bool> IsAtMost { get; }

    /// <summary>Whether second derivatives are known; without them the projection takes Gauss-Newton steps.</summary>
    bool HasCurvature { get; }

    /// <summary>c and A = dc/dy at (y, x).</summary>
    /// <param name="y">[outputs].</param>
    /// <param name="x">The sample's columns.</param>
    /// <param name="c">[J], overwritten.</param>
    /// <param name="jacobian">A [J, outputs], overwritten.</param>
    void Evaluate(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c, Span<double> jacobian);

    /// <summary>sum_j lambda_j d2c_j/dy2 at (y, x).</summary>
    /// <param name="y">[outputs].</param>
    /// <param name="x">The sample's columns.</param>
    /// <param name="multipliers">lambda [J].</param>
    /// <param name="hessian">[outputs, outputs], overwritten.</param>
    void Curvature(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, Span<double> hessian);
}

/// <summary>
/// The nearest point of one sample by Newton's method on its KKT conditions, with dense matrices: the reference of every
/// device, and the way for rows that a device's own kernels do not take.
/// <code>
/// y = argmin 1/2 ||y - yhat||^2   subject to   c_j(y, x) = 0, or &lt;= 0
/// [ W  A^T ] [ dy     ]   [ yhat - y ]
/// [ A   0  ] [ lambda ] = [ -c       ],    W = I + sum_j lambda_j d2c_j/dy2
/// </code>
/// W gets a multiple of A^T A where it is not positive definite, which changes no step that meets the linearized rows, and of
/// the identity where that does not suffice (J. Nocedal and S. J. Wright, Numerical Optimization, 2nd edition, 16.2 and 3.4).
/// Which rows at most 0 are active is found by <see cref="ActiveRows"/>, which steps are taken by <see cref="NewtonCourse"/>.
/// </summary>
/// <remarks>Not safe for several threads: it holds the memory of one sample.</remarks>
public sealed class DenseProjection
{
    private readonly IProjectionRows _rows;
    private readonly int _n;
    private readonly bool[] _isAtMost;
    private double _damping;
    private readonly double[] _y, _trial, _dy, _change, _g, _c, _a, _hessian, _w, _b, _s, _gram, _right, _lambda, _next, _shown, _mu, _norms, _scratch;

    /// <summary>Memory for the samples of some rows.</summary>
    public DenseProjection(IProjectionRows rows)
    {
        var (n, j) = (rows.Outputs, rows.IsAtMost.Count);
        (_rows, _n, _isAtMost) = (rows, n, [.. rows.IsAtMost]);
        (_y, _trial, _dy, _change, _g) = (new double[n], new double[n], new double[n], new double[n], new double[n]);
        (_c, _right, _lambda, _next, _shown, _mu, _norms) = (new double[j], new double[j], new double[j], new double[j], new double[j], new double[j], new double[j]);
        (_a, _b, _hessian, _w, _s, _gram, _scratch) = (
            new double[j * n], new double[j * n], new double[n * n], new double[n * n], new double[j * j], new double[j * j], new double[ActiveRows.ScratchSize(j)]);
    }

    /// <summary>Finds the nearest point.</summary>
    /// <param name="target">yhat [outputs].</param>
    /// <param name="x">The sample's columns.</param>
    /// <param name="y">The nearest point, or the best that was found [outputs], overwritten; not yhat.</param>
    /// <param name="multipliers">lambda there [J], overwritten.</param>
    public (ProjectionExit Exit, int Rounds) Project(ReadOnlySpan<double> target, ReadOnlySpan<double> x, Span<double> y, Span<double> multipliers)
    {
        target.CopyTo(y);
        target.CopyTo(_trial);
        multipliers.Clear();
        Array.Clear(_lambda);
        Array.Clear(_next);
        Array.Clear(_mu);
        _damping = 0;
        var course = NewtonCourse.Begin(LargestOf(target));
        while (true)
        {
            var point = Measure(target, x);
            var verdict = course.Judge(point);
            if (!point.IsFinite && course.Rounds == 1) return (ProjectionExit.NotFinite, 1);
            if (verdict is NewtonVerdict.EndBefore)
            {
                _y.CopyTo(y);
                _lambda.CopyTo(multipliers);
                return (ProjectionExit.Converged, course.Rounds);
            }
            if (verdict is NewtonVerdict.EndHere || (point.IsFinite && point.Violation < course.BestViolation))
            {
                course.BestViolation = point.Violation;
                _trial.CopyTo(y);
                _shown.CopyTo(multipliers);
            }
            if (verdict is NewtonVerdict.EndHere) return (course.Rounds == 1 ? ProjectionExit.Feasible : ProjectionExit.Converged, course.Rounds);
            if (verdict is NewtonVerdict.Accept && !Step(x, point, ref course)) verdict = NewtonVerdict.Stall;
            if (verdict is NewtonVerdict.Stall) return (course.Rounds >= NewtonCourse.MostRounds ? ProjectionExit.MostRounds : ProjectionExit.Stalled, course.Rounds);
            if (verdict is NewtonVerdict.Correct)
            {
                Correct();
                continue;
            }
            for (var i = 0; i < _n; i++) _trial[i] = _y[i] + (course.Share * _dy[i]);
        }
    }

    /// <summary>
    /// The product with dy/dyhat at a nearest point by the implicit function theorem,
    /// W^-1 - W^-1 A^T (A W^-1 A^T)^+ A W^-1 over the active rows: symmetric, so that it is R-op and L-op in one.
    /// </summary>
    /// <param name="y">The point [outputs].</param>
    /// <param name="x">The sample's columns.</param>
    /// <param name="multipliers">lambda there [J]; a row at most 0 is active where its own is above 0.</param>
    /// <param name="v">The direction [outputs].</param>
    /// <param name="result">[outputs], overwritten.</param>
    public void Product(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, ReadOnlySpan<double> v, Span<double> result)
    {
        y.CopyTo(_y);
        multipliers.CopyTo(_shown);
        _rows.Evaluate(y, x, _c, _a);
        for (var j = 0; j < _c.Length; j++) (_c[j], _norms[j]) = (0, Math.Sqrt(Square(Row(_a, j))));
        v.CopyTo(_g);
        _damping = 0;
        FormSystem(x, _y);
        var isIn = _scratch.AsSpan(0, _c.Length);
        var rest = _scratch.AsSpan(_c.Length);
        for (var j = 0; j < _c.Length; j++) isIn[j] = !_isAtMost[j] || multipliers[j] > 0 ? 1 : 0;
        ActiveRows.SolveRows(_s, _right, isIn, _next, rest);
        Move();
        for (var i = 0; i < _n; i++) result[i] = -_dy[i];
    }

    private static double LargestOf(ReadOnlySpan<double> values)
    {
        var largest = 0.0;
        foreach (var value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    private static double Square(ReadOnlySpan<double> v) => Dot(v, v);

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private Span<double> Row(double[] matrix, int row) => matrix.AsSpan(row * _n, _n);

    /// <summary>Evaluates the rows at the trial point, and the multipliers there.</summary>
    private NewtonPoint Measure(ReadOnlySpan<double> target, ReadOnlySpan<double> x)
    {
        _rows.Evaluate(_trial, x, _c, _a);
        for (var i = 0; i < _n; i++) _g[i] = _trial[i] - target[i];
        FindMultipliers();
        var stationarity = 0.0;
        for (var i = 0; i < _n; i++)
        {
            var own = _g[i];
            for (var j = 0; j < _c.Length; j++) own += _shown[j] * _a[(j * _n) + i];
            stationarity += own * own;
        }
        var point = new NewtonPoint(0.5 * Square(_g), Math.Sqrt(stationarity), 0, 0);
        for (var j = 0; j < _c.Length; j++) point = point.With(_isAtMost[j], _c[j], _norms[j], _shown[j], _mu[j]);
        return point;
    }

    /// <summary>
    /// lambda = argmin ||g + A^T lambda||, not negative for rows at most 0: the multipliers that the point has by itself, whatever
    /// the steps before it were.
    /// </summary>
    private void FindMultipliers()
    {
        for (var j = 0; j < _c.Length; j++)
        {
            _norms[j] = Math.Sqrt(Square(Row(_a, j)));
            _right[j] = -Dot(Row(_a, j), _g);
            _shown[j] = 0;
        }
        for (var j = 0; j < _c.Length; j++)
        {
            for (var k = 0; k <= j; k++) _gram[(j * _c.Length) + k] = _gram[(k * _c.Length) + j] = MayBind(j) && MayBind(k) ? Dot(Row(_a, j), Row(_a, k)) : 0;
        }
        ActiveRows.Solve(_gram, _right, _isAtMost, _shown, _scratch);
    }

    /// <summary>Whether a row may have a multiplier: of those at most 0 the violated ones, and those that the last step ended on.</summary>
    private bool MayBind(int row) => !_isAtMost[row] || _c[row] > 0 || _next[row] > 0;

    private double Violation(int row, double c) => NewtonPoint.ViolationOf(_isAtMost[row], c);

    /// <summary>Takes the trial point and finds the step from there; false where it leads nowhere.</summary>
    private bool Step(ReadOnlySpan<double> x, in NewtonPoint point, ref NewtonCourse course)
    {
        _trial.CopyTo(_y, 0);
        _shown.CopyTo(_lambda, 0);
        _damping = NewtonCourse.Damping(_damping, course.Share);
        FormSystem(x, _y);
        _lambda.CopyTo(_next, 0);
        ActiveRows.Solve(_s, _right, _isAtMost, _next, _scratch);
        Move();
        var (penalty, slope) = (0.0, Dot(_g, _dy));
        for (var j = 0; j < _c.Length; j++)
        {
            _mu[j] = NewtonCourse.Penalty(_mu[j], _next[j]);
            var violation = Violation(j, _c[j]);
            penalty += _mu[j] * violation;
            slope -= _mu[j] * (violation - Violation(j, _c[j] + Dot(Row(_a, j), _dy)));
        }
        return double.IsFinite(slope) && course.SetOut(point.HalfSquare + penalty, slope);
    }

    /// <summary>Adds to the trial point what makes the linearized rows meet c there: -W^-1 A^T S^+ c with the factors before the step.</summary>
    private void Correct()
    {
        var isIn = _scratch.AsSpan(0, _c.Length);
        for (var j = 0; j < _c.Length; j++) isIn[j] = !_isAtMost[j] || _next[j] > 0 ? 1 : 0;
        ActiveRows.SolveRows(_s, _c, isIn, _right, _scratch.AsSpan(_c.Length));
        Array.Clear(_change);
        Pull(_right, _change);
        for (var i = 0; i < _n; i++) _trial[i] += _change[i];
    }

    /// <summary>Factors W, and forms S = A W^-1 A^T and the right-hand side c - A W^-1 g.</summary>
    private void FormSystem(ReadOnlySpan<double> x, double[] y)
    {
        var rho = Factor(x, y);
        _g.CopyTo(_dy, 0);
        for (var j = 0; j < _c.Length; j++)
        {
            Row(_a, j).CopyTo(Row(_b, j));
            Forward(Row(_b, j));
            // The term rho / 2 ||c + A dy||^2 whose curvature W has.
            for (var i = 0; rho > 0 && Counts(j) && i < _n; i++) _dy[i] += rho / (_norms[j] * _norms[j]) * _c[j] * _a[(j * _n) + i];
        }
        Forward(_dy);
        for (var j = 0; j < _c.Length; j++)
        {
            _right[j] = _c[j] - Dot(Row(_b, j), _dy);
            for (var k = 0; k <= j; k++) _s[(j * _c.Length) + k] = _s[(k * _c.Length) + j] = Dot(Row(_b, j), Row(_b, k));
        }
    }

    /// <summary>dy = -W^-1 (g + A^T lambda) from what <see cref="FormSystem"/> left.</summary>
    private void Move() => Pull(_next, _dy);

    /// <summary>v = -L^-T (v + L^-1 A^T lambda).</summary>
    private void Pull(double[] lambda, double[] v)
    {
        for (var j = 0; j < _c.Length; j++)
        {
            for (var i = 0; i < _n; i++) v[i] += lambda[j] * _b[(j * _n) + i];
        }
        for (var i = _n - 1; i >= 0; i--)
        {
            var sum = v[i];
            for (var k = i + 1; k < _n; k++) sum -= _w[(k * _n) + i] * v[k];
            v[i] = sum / _w[(i * _n) + i];
        }
        for (var i = 0; i < _n; i++) v[i] = -v[i];
    }

    /// <summary>
    /// The Cholesky factor of W, of W + rho A^T A, or of that with a multiple of the identity, whichever exists first.
    /// </summary>
    /// <returns>rho.</returns>
    private double Factor(ReadOnlySpan<double> x, double[] y)
    {
        Array.Clear(_hessian);
        if (_rows.HasCurvature && _shown.AsSpan().IndexOfAnyExcept(0) >= 0) _rows.Curvature(y, x, _shown, _hessian);
        var size = Math.Sqrt(Square(_hessian));
        if (!double.IsFinite(size))
        {
            // Curvature that is no number is no help: a Gauss-Newton step.
            Array.Clear(_hessian);
            size = 0;
        }
        if (TryFactor(0, _damping * (1 + size), NewtonCourse.SmallestPivot)) return 0;
        var rho = 10 * (1 + size);
        if (TryFactor(rho, _damping * (1 + size), NewtonCourse.SmallestPivot)) return rho;
        for (var shift = Math.Max(1e-3, _damping) * (1 + size); !TryFactor(rho, shift, 0.1 * shift); shift *= 10)
        {
        }
        return rho;
    }

    /// <summary>Cholesky of (1 + shift) I + sum_j lambda_j d2c_j/dy2 + rho A^T A; false where a pivot is not above the least.</summary>
    private bool TryFactor(double rho, double shift, double least)
    {
        _hessian.CopyTo(_w, 0);
        for (var i = 0; i < _n; i++) _w[(i * _n) + i] += 1 + shift;
        for (var j = 0; j < _c.Length; j++)
        {
            for (var i = 0; rho > 0 && Counts(j) && i < _n; i++)
            {
                var own = rho / (_norms[j] * _norms[j]) * _a[(j * _n) + i];
                for (var k = 0; own != 0 && k <= i; k++) _w[(i * _n) + k] += own * _a[(j * _n) + k];
            }
        }
        for (var i = 0; i < _n; i++)
        {
            for (var k = 0; k <= i; k++)
            {
                var sum = _w[(i * _n) + k] - Dot(_w.AsSpan(i * _n, k), _w.AsSpan(k * _n, k));
                if (k < i) _w[(i * _n) + k] = sum / _w[(k * _n) + k];
                else if (sum > least) _w[(i * _n) + i] = Math.Sqrt(sum);
                else return false;
            }
        }
        return true;
    }

    private bool Counts(int row) => _norms[row] > 0 && (!_isAtMost[row] || _shown[row] > 0);

    private void Forward(Span<double> v)
    {
        for (var i = 0; i < _n; i++) v[i] = (v[i] - Dot(_w.AsSpan(i * _n, i), v[..i])) / _w[(i * _n) + i];
    }
}
