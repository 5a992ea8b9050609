using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>When a solve by any <see cref="KrylovSolver{T}"/> ends. Unset values take what suits the precision.</summary>
public sealed record KrylovOptions
{
    /// <summary>
    /// Tolerance of ||r|| / ||b||; 1e-5 in float32 and 1e-10 in float64 unless set. MINRES-QLP takes it for its backward error
    /// ||r|| / (||B|| ||x|| + ||b||), which is smaller: 1e-6 and 1e-12 unless set. A value below 8 eps is raised to it, and the
    /// report says so: the recurred residual would fall on, not the true one.
    /// </summary>
    public double? RelativeTolerance { get; init; }

    /// <summary>
    /// Tolerance of ||B r|| / (||B|| ||r||), which tells that no solution exists; 8.6e-5 in float32 and 1.5e-8 in float64
    /// unless set. A value below half of that is raised to it: rounding keeps the ratio from ever falling much further. CG,
    /// BiCG and SYMMLQ have no such test.
    /// </summary>
    public double? LeastSquaresTolerance { get; init; }

    /// <summary>Largest number of iterations; 10 times the system's size unless set.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>Longest time for the iterations; no limit unless set.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Largest accepted ||r|| / ||b||; beyond it the solve is given up. MINRES-QLP has no use for it.</summary>
    public double DivergenceLimit { get; init; } = 1e8;

    /// <summary>Largest accepted condition estimate; 0.1 / eps unless set. MINRES-QLP alone looks at it.</summary>
    public double? ConditionLimit { get; init; }

    /// <summary>Largest accepted ||x|| ||B|| / ||b||, a number without unit; no limit unless set. MINRES-QLP alone looks at it.</summary>
    public double NormLimit { get; init; } = double.PositiveInfinity;

    /// <summary>Whether b - B x and its product with B^T are computed at the end: two products and honest norms.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The numbers for vectors of type T.</summary>
    /// <param name="size">The number of unknowns.</param>
    /// <param name="single">The relative tolerance in float32 unless set.</param>
    /// <param name="full">The relative tolerance in float64 unless set.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is negative, zero where it must not be, or not a number.</exception>
    internal KrylovSettings Resolve<T>(int size, double single = 1e-5, double full = 1e-10)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var defaults = KrylovDefaults.For<T>();
        var relative = RelativeTolerance ?? (typeof(T) == typeof(float) ? single : full);
        var leastSquares = LeastSquaresTolerance ?? defaults.LeastSquares;
        var iterations = MaxIterations ?? KrylovDefaults.Iterations(size);
        var condition = ConditionLimit ?? (0.1 / defaults.Epsilon);
        Guard.NotNegative(relative, "krylov: the relative tolerance");
        Guard.NotNegative(leastSquares, "krylov: the least-squares tolerance");
        Guard.Positive(iterations, "krylov: the iteration limit");
        Guard.Positive(DivergenceLimit, "krylov: the divergence limit");
        Guard.Positive(condition, "krylov: the condition limit");
        Guard.PositiveOrInfinite(NormLimit, "krylov: the norm limit");
        var (relativeFloor, leastSquaresFloor) = (defaults.RelativeFloor, defaults.LeastSquaresFloor);
        return new KrylovSettings(
            Math.Max(relative, relativeFloor), Math.Max(leastSquares, leastSquaresFloor), defaults.Epsilon, DivergenceLimit,
            condition, NormLimit, iterations,
            relative < relativeFloor ? SolveExit.SolvedToPrecision : SolveExit.Solved,
            leastSquares < leastSquaresFloor ? SolveExit.LeastSquaresToPrecision : SolveExit.LeastSquares);
    }
}

/// <summary>Resolved <see cref="KrylovOptions"/>.</summary>
/// <param name="RelativeTolerance">rtol.</param>
/// <param name="LeastSquaresTolerance">artol.</param>
/// <param name="Epsilon">eps of the vectors.</param>
/// <param name="DivergenceLimit">Of ||r|| / ||b||.</param>
/// <param name="ConditionLimit">Of the condition estimate.</param>
/// <param name="NormLimit">Of ||x|| ||B|| / ||b||.</param>
/// <param name="MaxIterations">Iterations at the most.</param>
/// <param name="SolvedExit">What meeting rtol is called.</param>
/// <param name="LeastSquaresExit">What meeting artol is called.</param>
internal sealed record KrylovSettings(
    double RelativeTolerance, double LeastSquaresTolerance, double Epsilon, double DivergenceLimit, double ConditionLimit,
    double NormLimit, int MaxIterations, SolveExit SolvedExit, SolveExit LeastSquaresExit)
{
    /// <summary>What a norm is beside ||B|| when it is rounding.</summary>
    public double Rounding => 10 * Epsilon;
}
