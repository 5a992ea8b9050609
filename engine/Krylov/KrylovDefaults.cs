using System.Numerics;

namespace PoseEngine.Krylov;

/// <summary>What the precision of the vectors makes of a solver's tolerances.</summary>
/// <param name="Epsilon">Spacing of the numbers at 1.</param>
/// <param name="LeastSquares">
/// artol unless set: sqrt(eps) is where the ratio ||B r|| / (||B|| ||r||) bottoms out. In float32 that is so large that a
/// solvable system of condition 5000 could pass for an inconsistent one, hence a quarter of it.
/// </param>
internal readonly record struct KrylovDefaults(double Epsilon, double LeastSquares)
{
    /// <summary>The smallest rtol: below it the recurred residual falls on, not the true one.</summary>
    public double RelativeFloor => 8 * Epsilon;

    /// <summary>The smallest artol: rounding keeps the ratio from ever falling much further.</summary>
    public double LeastSquaresFloor => LeastSquares / 2;

    /// <summary>Those of a number type.</summary>
    public static KrylovDefaults For<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var single = typeof(T) == typeof(float);
        var epsilon = Math.ScaleB(1, single ? -23 : -52);
        return new KrylovDefaults(epsilon, Math.Sqrt(epsilon) / (single ? 4 : 1));
    }

    /// <summary>The limit of iterations unless set: finite termination is lost to rounding, so it is well above the size.</summary>
    public static int Iterations(int size) => (int)Math.Min(Math.Max(10L * size, 1), int.MaxValue);
}
