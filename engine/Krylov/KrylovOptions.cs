using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Krylov;

/// <summary>When a solve by any <see cref="KrylovSolver{T}"/> ends. Unset values take what suits the precision.</summary>
public sealed record KrylovOptions
{
    /// <summary>
    /// Tolerance of ||r|| / ||b||; 1e-5 in float32 and 1e-10 in float64 unless set. A value below 8 eps is raised to it, and
    /// the report says so. MINRES-QLP takes it for its backward error, which is smaller, and has its own default.
    /// </summary>
    public double? RelativeTolerance { get; init; }

    /// <summary>
    /// Tolerance of ||B r|| / (||B|| ||r||), which tells that no solution exists; 8.6e-5 in float32 and 1.5e-8 in float64
    /// unless set. A value below half of that is raised to it. CG, BiCG and SYMMLQ have no such test.
    /// </summary>
    public double? LeastSquaresTolerance { get; init; }

    /// <summary>Largest number of iterations; 10 times the system's size unless set.</summary>
    public int? MaxIterations { get; init; }

    /// <summary>Longest time for the iterations; no limit unless set.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Largest accepted ||r|| / ||b||; beyond it the solve is given up. MINRES-QLP has no use for it.</summary>
    public double DivergenceLimit { get; init; } = 1e8;

    /// <summary>Whether b - B x and its product with B^T are computed at the end: two products and honest norms.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The numbers for vectors of type T.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is negative, zero where it must not be, or not a number.</exception>
    internal KrylovSettings Resolve<T>(int size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var defaults = KrylovDefaults.For<T>();
        var relative = RelativeTolerance ?? (typeof(T) == typeof(float) ? 1e-5 : 1e-10);
        var leastSquares = LeastSquaresTolerance ?? defaults.LeastSquares;
        var iterations = MaxIterations ?? KrylovDefaults.Iterations(size);
        Guard.NotNegative(relative, "krylov: the relative tolerance");
        Guard.NotNegative(leastSquares, "krylov: the least-squares tolerance");
        Guard.Positive(iterations, "krylov: the iteration limit");
        Guard.Positive(DivergenceLimit, "krylov: the divergence limit");
        return new KrylovSettings(
            Math.Max(relative, defaults.RelativeFloor), Math.Max(leastSquares, defaults.LeastSquaresFloor), defaults.Epsilon,
            DivergenceLimit, iterations, relative < defaults.RelativeFloor ? SolveExit.SolvedToPrecision : SolveExit.Solved);
    }
}

/// <summary>Resolved <see cref="KrylovOptions"/>.</summary>
/// <param name="RelativeTolerance">rtol.</param>
/// <param name="LeastSquaresTolerance">artol.</param>
/// <param name="Epsilon">eps of the vectors.</param>
/// <param name="DivergenceLimit">Of ||r|| / ||b||.</param>
/// <param name="MaxIterations">Iterations at the most.</param>
/// <param name="SolvedExit">What meeting rtol is called.</param>
internal sealed record KrylovSettings(
    double RelativeTolerance, double LeastSquaresTolerance, double Epsilon, double DivergenceLimit, int MaxIterations,
    SolveExit SolvedExit)
{
    /// <summary>What a norm is beside ||B|| when it is rounding.</summary>
    public double Rounding => 10 * Epsilon;
}
