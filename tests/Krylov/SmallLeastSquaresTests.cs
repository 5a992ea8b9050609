using PoseEngine.Krylov;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Krylov;

public class SmallLeastSquaresTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(40)]
    public void ARegularMatrixIsSolved(int n)
    {
        var random = new RandomGenerator(3);
        var (r, y, g) = (new double[n * n], new double[n], new double[n]);
        for (var j = 0; j < n; j++)
        {
            y[j] = random.NextNormal();
            for (var i = 0; i <= j; i++) r[(j * n) + i] = random.NextNormal() + (i == j ? 4 : 0);
            for (var i = 0; i <= j; i++) g[i] += r[(j * n) + i] * y[j];
        }
        var solver = new SmallLeastSquares(n + 2);
        var found = solver.Solve(r, n, g, n, 1e-14).ToArray();
        Assert.That(found.Zip(y, (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(1e-11));
        Assert.That(solver.Smallest, Is.GreaterThan(0).And.LessThanOrEqualTo(solver.Largest));
    }

    [Test]
    public void ASingularMatrixGivesTheShortestSolution()
    {
        // Columns (1, 0) twice: any y with y0 + y1 = 3 is least, (1.5, 1.5) is shortest. The 5 cannot be met.
        var solver = new SmallLeastSquares(2);
        var y = solver.Solve([1, 0, 1, 0], 2, [3, 5], 2, 1e-13).ToArray();
        Assert.That(y[0], Is.EqualTo(1.5).Within(1e-14));
        Assert.That(y[1], Is.EqualTo(1.5).Within(1e-14));
    }

    [Test]
    public void AZeroMatrixGivesZero()
        => Assert.That(new SmallLeastSquares(3).Solve(new double[9], 3, [1, 2, 3], 3, 1e-13).ToArray(), Is.All.Zero);
}
