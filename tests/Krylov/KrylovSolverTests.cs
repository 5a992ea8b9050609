using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>What every device must do for every solver, on systems of a few unknowns.</summary>
public abstract class KrylovSolverTests<T>(IDeviceFactory devices) : KrylovSolverSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly double[,] Indefinite =
    {
        { 4, 1, 0, 0, 0 }, { 1, -3, 2, 0, 0 }, { 0, 2, 5, -1, 0 }, { 0, 0, -1, -6, 1 }, { 0, 0, 0, 1, 2 },
    };

    private static readonly double[] Known = [1, -2, 3, 0.5, -1];

    [TestCaseSource(nameof(Solvers))]
    public void SolvesAnIndefiniteSystem(string solver)
    {
        var result = Solve(solver, Indefinite, Times(Indefinite, Known));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved), result.Report.Explanation);
        Assert.That(Distance(result.X, Known), Is.LessThan(Either(1e-9, 1e-4)));
        Assert.That(result.Report.Iterations, Is.LessThanOrEqualTo(8));
        Assert.That(result.Report.TrueResidualNorm, Is.LessThan(Either(1e-9, 1e-3)));
    }

    [TestCase("minres-qlp", SolveExit.LeastSquares)]
    [TestCase("gmres", SolveExit.LeastSquares)]
    public void ContradictionGivesTheShortestLeastSquaresSolution(string solver, SolveExit exit)
    {
        double[,] matrix = { { 1, 0, 0, 0 }, { 0, 2, 0, 0 }, { 0, 0, 3, 0 }, { 0, 0, 0, 0 } };
        var result = Solve(solver, matrix, [1, 1, 1, 1]);
        Assert.That(result.Report.Exit, Is.EqualTo(exit));
        Assert.That(Distance(result.X, [1, 0.5, 1.0 / 3, 0]), Is.LessThan(Either(1e-10, 1e-5)));
    }

    [TestCaseSource(nameof(Solvers))]
    public void ANonFiniteProductLeavesTheLastFiniteIterate(string solver)
    {
        var b = Times(Indefinite, Known);
        var before = Solve(solver, Indefinite, b, new KrylovOptions { MaxIterations = 2 });
        // BiCG multiplies twice an iteration.
        var broken = new DenseOperator<T>(Indefinite) { FailAt = solver == "bicg" ? 5 : 3 };
        var result = Solve(solver, broken, b);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(result.Report.Iterations, Is.EqualTo(3));
        Assert.That(result.X, Is.All.Matches<double>(double.IsFinite));

        // At a limit SYMMLQ takes the better of its two points; when it fails it keeps the one it has.
        if (solver != "symmlq") Assert.That(Distance(result.X, before.X), Is.LessThan(Either(1e-12, 1e-5)));
    }

    protected static double[] Times(double[,] matrix, double[] x)
        => [.. Enumerable.Range(0, x.Length).Select(i => Enumerable.Range(0, x.Length).Sum(j => matrix[i, j] * x[j]))];
}
