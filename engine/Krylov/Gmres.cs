using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Krylov;

/// <summary>
/// GMRES(m) for any square B: the residual is the least in the Krylov space, whose basis is kept whole and started anew
/// after m vectors. The basis comes from modified Gram and Schmidt, done twice, so that it stays orthogonal in float32;
/// the small least-squares problem is solved on the host in float64, for the shortest solution where it is singular.
/// </summary>
/// <remarks>
/// Y. Saad, M. H. Schultz, "GMRES: a generalized minimal residual algorithm for solving nonsymmetric linear systems",
/// SIAM J. Sci. Stat. Comput. 7(3), 1986.
/// </remarks>
/// <typeparam name="T">The number type.</typeparam>
public sealed class Gmres<T> : HostKrylovSolver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Vectors of a basis unless said; each is as long as x.</summary>
    public const int DefaultRestart = 100;

    /// <summary>The first two work vectors are the residual's and its product's.</summary>
    private const int BasisStart = 2;

    /// <summary>A cycle that leaves more than this part of the residual has stagnated.</summary>
    private const double StagnationRatio = 0.999;

    /// <summary>Singular values up to so many eps of the largest are rounding.</summary>
    private const double CutFactor = 100;

    private readonly int _restart;
    private readonly double[] _r;
    private readonly double[] _g;
    private readonly double[] _cosines;
    private readonly double[] _sines;
    private readonly SmallLeastSquares _small;

    /// <summary>A solver with memory for a basis of <paramref name="restart"/> + 1 vectors.</summary>
    /// <param name="device">Where the vectors are.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <param name="restart">m; more than the size is never needed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size or the restart length is less than 1.</exception>
    public Gmres(ComputeDevice<T> device, int size, int restart = DefaultRestart)
        : base(device, size, BasisStart + Length(size, restart) + 1)
    {
        _restart = Length(size, restart);
        _r = new double[(_restart + 1) * _restart];
        _g = new double[_restart + 1];
        _cosines = new double[_restart];
        _sines = new double[_restart];
        _small = new SmallLeastSquares(_restart);
    }

    /// <inheritdoc/>
    public override string Name => "gmres";

    /// <inheritdoc/>
    public override string Title => "GMRES";

    /// <inheritdoc/>
    public override KrylovRequirements Requirements { get; } = new(true, false, false, false);

    private protected override SolveExit Iterate(
        LinearOperator<T> system, Tensor<T> b, Tensor<T> x, SolveCourse course)
    {
        Vectors.Copy(b, Work(0));
        var norm = course.RightHandSideNorm;
        while (true)
        {
            var exit = Cycle(system, norm, course, out var columns);
            if (columns > 0) Correct(x, columns, course);
            var before = norm;
            norm = TrueResidual(system, b, x);
            if (!double.IsFinite(norm)) return SolveExit.NotFinite;
            course.Correct(norm);
            var isSolved = exit is SolveExit.Solved or SolveExit.SolvedToPrecision;
            if (norm <= course.Tolerance) return course.Settings.SolvedExit;
            if (exit != SolveExit.None && !isSolved) return exit;
            var hasStagnated = norm > StagnationRatio * before;
            var solution = Vectors.Norm(x);
            if (hasStagnated && norm <= course.AcceptedResidual) return course.Settings.SolvedExit;
            if (norm > course.AcceptedResidual && IsLeastSquares(system, norm, hasStagnated ? solution : 0, course))
            {
                return solution == 0 ? SolveExit.ZeroSolution
                    : system.IsSymmetric ? SolveExit.LeastSquares : SolveExit.LeastSquaresOfSomeLength;
            }
            if (hasStagnated) return SolveExit.Stagnated;
            if (course.Iteration >= course.Settings.MaxIterations) return SolveExit.IterationLimit;
        }
    }

    private static int Length(int size, int restart)
    {
        Guard.Positive(restart, "gmres: the restart length");
        return Math.Max(1, Math.Min(size, restart));
    }

    /// <summary>What part of ||B|| is rounding in a basis of so many vectors.</summary>
    private static double Cut(int columns, SolveCourse course) => Math.Max(CutFactor, columns) * course.Settings.Epsilon;

    private Tensor<T> Basis(int index) => Work(BasisStart + index);

    /// <summary>Builds a basis from the residual in the first work vector until a test ends it or it is full.</summary>
    private SolveExit Cycle(LinearOperator<T> system, double norm, SolveCourse course, out int columns)
    {
        Array.Clear(_g);
        _g[0] = norm;
        Vectors.Scale(1 / norm, Work(0), Basis(0));
        for (columns = 0; columns < _restart; columns++)
        {
            var column = _r.AsSpan(columns * (_restart + 1), columns + 2);
            if (!Extend(system, columns, column, course)) return course.Break(SolveExit.NotFinite);
            var ended = column[^1] == 0;
            Reflect(column, columns);

            // A column that is rounding beside B lets nothing of the residual vanish, whatever its rotation says; the
            // shortest solution needs it all the same.
            var isSingular = column[columns] <= Cut(columns, course) * course.OperatorNorm;
            var exit = course.Next(isSingular ? course.Residual : Math.Abs(_g[columns + 1]), double.NaN);
            if (exit == SolveExit.None && !ended && !isSingular) continue;
            columns++;
            return exit;
        }
        return SolveExit.None;
    }

    /// <summary>
    /// The next vector of the basis and its column of the Hessenberg matrix, whose last number is 0 where the space ends.
    /// False where a product is not finite.
    /// </summary>
    private bool Extend(LinearOperator<T> system, int k, Span<double> column, SolveCourse course)
    {
        var next = Basis(k + 1);
        column.Clear();
        system.Apply(Basis(k), next);
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i <= k; i++)
            {
                var part = Vectors.Dot(Basis(i), next);
                Vectors.Axpy(-part, Basis(i), next);
                column[i] += part;
            }
        }
        column[^1] = Vectors.Norm(next);
        var sum = 0.0;
        foreach (var number in column) sum = double.Hypot(sum, number);
        if (!double.IsFinite(sum)) return false;
        course.SeeNorm(sum);
        if (column[^1] <= course.Settings.Rounding * course.OperatorNorm) column[^1] = 0;
        else Vectors.Scale(1 / column[^1], next, next);
        return true;
    }

    /// <summary>Applies the rotations so far to a column and makes the one that takes its last number away.</summary>
    private void Reflect(Span<double> column, int k)
    {
        for (var i = 0; i < k; i++)
        {
            var (a, b) = (column[i], column[i + 1]);
            (column[i], column[i + 1]) = ((_cosines[i] * a) + (_sines[i] * b), (_cosines[i] * b) - (_sines[i] * a));
        }
        var length = double.Hypot(column[k], column[k + 1]);
        (_cosines[k], _sines[k]) = length == 0 ? (1, 0) : (column[k] / length, column[k + 1] / length);
        (column[k], column[k + 1]) = (length, 0);
        (_g[k], _g[k + 1]) = (_cosines[k] * _g[k], -_sines[k] * _g[k]);
    }

    /// <summary>x += V y with the shortest y that makes ||R y - g|| least.</summary>
    private void Correct(Tensor<T> x, int columns, SolveCourse course)
    {
        var y = _small.Solve(_r, _restart + 1, _g, columns, Cut(columns, course));
        course.SeeSingularValue(_small.Largest);
        course.SeeSingularValue(_small.Smallest);
        for (var i = 0; i < columns; i++) Vectors.Axpy(y[i], Basis(i), x);
    }

    /// <summary>
    /// Whether the residual in the first work vector is orthogonal to the range of B; false without a transpose. Where it
    /// has stopped to shrink, what a product with B makes of the rounding of B x is taken for zero.
    /// </summary>
    private bool IsLeastSquares(LinearOperator<T> system, double norm, double stagnatedAt, SolveCourse course)
    {
        if (TrueNormalResidual(system) is not { } normal) return false;
        course.NormalResidual = normal;
        var rounding = course.Settings.Epsilon * course.OperatorNorm * stagnatedAt;
        return normal <= course.OperatorNorm * Math.Max(course.Settings.LeastSquaresTolerance * norm, rounding);
    }
}
