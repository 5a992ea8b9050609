using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>When a MINRES-QLP solve ends. Unset values take what suits the precision of the vectors.</summary>
public sealed record MinresQlpOptions
{
    /// <summary>
    /// Tolerance of the backward error ||r|| / (||B|| ||x|| + ||b||); 1e-6 in float32 and 1e-12 in float64 unless set.
    /// A value below 8 eps is raised to it, and the report says so: the recurred residual would fall on, not the true one.
    /// </summary>
    public double? RelativeTolerance { get; init; }

    /// <summary>
    /// Tolerance of ||B r|| / (||B|| ||r||), which tells that no solution exists. Unless set it is 8.6e-5 in float32 and
    /// 1.5e-8 in float64. A value below half of that is raised to it: rounding keeps the ratio from ever falling
    /// much further.
    /// </summary>
    public double? LeastSquaresTolerance { get; init; }

    /// <summary>Largest number of iterations; 10 times the system's size unless set.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>Largest accepted condition estimate; 0.1 / eps unless set.</summary>
    public double? ConditionLimit { get; init; }

    /// <summary>Largest accepted ||x|| ||B|| / ||b||, a number without unit; no limit unless set.</summary>
    public double NormLimit { get; init; } = double.PositiveInfinity;

    /// <summary>Longest time for the iterations; no limit unless set.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Whether b - B x and its product with B are computed at the end: two products and honest norms.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The numbers for vectors of type T.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is negative, zero where it must not be, or not a number.</exception>
    internal MinresQlpSettings Resolve<T>(int size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var single = typeof(T) == typeof(float);
        var defaults = KrylovDefaults.For<T>();
        var relative = RelativeTolerance ?? (single ? 1e-6 : 1e-12);
        var leastSquares = LeastSquaresTolerance ?? defaults.LeastSquares;
        var iterations = MaxIterations ?? KrylovDefaults.Iterations(size);
        var condition = ConditionLimit ?? (0.1 / defaults.Epsilon);
        Guard.NotNegative(relative, "minres-qlp: the relative tolerance");
        Guard.NotNegative(leastSquares, "minres-qlp: the least-squares tolerance");
        Guard.Positive(iterations, "minres-qlp: the iteration limit");
        Guard.Positive(condition, "minres-qlp: the condition limit");
        if (!(NormLimit > 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(NormLimit), NormLimit, $"minres-qlp: the norm limit must be greater than 0, got {NormLimit}");
        }
        var (relativeFloor, leastSquaresFloor) = (defaults.RelativeFloor, defaults.LeastSquaresFloor);
        return new MinresQlpSettings(
            Math.Max(relative, relativeFloor),
            Math.Max(leastSquares, leastSquaresFloor),
            defaults.Epsilon,
            condition,
            NormLimit,
            iterations,
            single ? 120 : 1000,
            relative < relativeFloor ? SolveExit.SolvedToPrecision : SolveExit.Solved,
            leastSquares < leastSquaresFloor ? SolveExit.LeastSquaresToPrecision : SolveExit.LeastSquares);
    }
}
