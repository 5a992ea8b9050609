using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>
/// Random systems with repeated constraints against a dense pseudo-inverse. The tolerances are those of the stored
/// systems of the same kind; in float32, where it is more, what a met artol guarantees: ||B r|| of at most
/// artol ||B|| ||r|| leaves an error of artol cond^2 ||r|| / ||B||.
/// </summary>
public abstract class MinresQlpRandomTests<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [Test]
    public void InconsistentKktGivesTheShortestLeastSquaresSolution(
        [Values(0, 0.0009765625, 0.0625, 0.25, 1, 8)] double eta, [Values(0, 5)] int jacobianRows)
    {
        foreach (var kkt in Systems(eta, jacobianRows, consistent: false))
        {
            var eigen = new SymmetricEigen(kkt.Matrix);
            var result = Run(kkt.Matrix, kkt.RightHandSide);
            var error = Distance(result.X, eigen.PseudoInverse(kkt.RightHandSide));
            Assert.That(error, Is.LessThan(Limit(eigen, result)), $"n {kkt.PrimalCount}: {result.Report.Explanation}");
            Assert.That(result.Report.IsConverged, Is.True);
            Assert.That(result.Report.IsInconsistent, Is.EqualTo(Norm(eigen.NullPart(kkt.RightHandSide)) > 1e-9));
        }
    }

    [Test]
    public void ConsistentKktIsSolved(
        [Values(0, 0.0009765625, 0.0625, 0.25, 1, 8)] double eta, [Values(0, 5)] int jacobianRows)
    {
        foreach (var kkt in Systems(eta, jacobianRows, consistent: true))
        {
            var eigen = new SymmetricEigen(kkt.Matrix);
            var result = Run(kkt.Matrix, kkt.RightHandSide);
            var error = Distance(result.X, eigen.PseudoInverse(kkt.RightHandSide));
            Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved));
            Assert.That(error, Is.LessThan(Either(1e-12, 1e-6) * Math.Max(4 * eigen.ConditionOfRange, 100)));
        }
    }

    [Test]
    public void TwoBlockPreconditionerKeepsTheShortestSolution(
        [Values(0.0009765625, 0.0625, 0.25, 1, 8)] double eta)
    {
        foreach (var kkt in Systems(eta, jacobianRows: 0, consistent: false))
        {
            var eigen = new SymmetricEigen(kkt.Matrix);
            var weight = kkt.Trace / (eigen.Rank - kkt.PrimalCount) / eta;
            var result = Run(
                kkt.Matrix, kkt.RightHandSide, () => Preconditioner<T>.TwoBlocks(kkt.PrimalCount, eta, weight));
            var error = Distance(result.X, eigen.PseudoInverse(kkt.RightHandSide));
            Assert.That(error, Is.LessThan(Limit(eigen, result)), $"n {kkt.PrimalCount}: {result.Report.Explanation}");
        }
    }

    [Test]
    public void TightLeastSquaresToleranceNeverEndsInABlowUp([Range(1UL, 12UL)] ulong seed)
    {
        // A tolerance that rounding may keep out of reach: other rules must end the solve in time.
        var options = new KrylovOptions { LeastSquaresTolerance = 0 };
        var kkt = new RandomKkt(seed, 60, 30, seed % 2 == 0 ? 8 : 0.25, 10);
        var result = Run(kkt.Matrix, kkt.RightHandSide, options: options);
        var eigen = new SymmetricEigen(kkt.Matrix);
        var error = Distance(result.X, eigen.PseudoInverse(kkt.RightHandSide));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.LeastSquaresToPrecision));
        Assert.That(error, Is.LessThan(10 * Limit(eigen, result)));
    }

    [Test]
    public void IndefiniteSystemsOfHighConditionAreSolvedAsFarAsPrecisionAllows([Values(2, 3, 4)] int digits)
    {
        // Eigenvalues +-10^(-digits i/29), rotated by a reflection; half of the digits in float32.
        var exponent = IsSingle ? digits * 0.75 : digits * 1.75;
        var h = Enumerable.Range(0, 30).Select(i => 1 + (7 * i % 5)).ToArray();
        var norm = (double)h.Sum(value => value * value);
        double Q(int i, int j) => (i == j ? 1 : 0) - (2 * h[i] * h[j] / norm);
        var matrix = new double[30, 30];
        for (var i = 0; i < 900; i++)
        {
            matrix[i / 30, i % 30] = Enumerable.Range(0, 30).Sum(
                k => Q(i / 30, k) * (k % 2 == 0 ? 1 : -1) * Math.Pow(10, -exponent * k / 29) * Q(i % 30, k));
        }
        var truth = Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? -2.0 : 1).ToArray();
        var b = Enumerable.Range(0, 30).Select(i => Enumerable.Range(0, 30).Sum(j => matrix[i, j] * truth[j])).ToArray();
        var result = Run(matrix, b);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved));
        Assert.That(Distance(result.X, truth), Is.LessThan(Either(1e-12, 1e-6) * 10 * Math.Pow(10, exponent)));
    }

    private static double Limit(SymmetricEigen eigen, Result result)
    {
        var guaranteed = result.Report.LeastSquaresTolerance * Math.Pow(eigen.ConditionOfRange, 2)
            * result.Report.TrueResidualNorm!.Value / (eigen.Largest * Norm(result.X));
        return IsSingle ? Math.Max(1e-2, guaranteed) : 1e-6;
    }

    private static IEnumerable<RandomKkt> Systems(double eta, int jacobianRows, bool consistent)
    {
        (int N, int M, int Duplicates)[] sizes = [(20, 5, 2), (40, 12, 4), (60, 30, 10), (50, 20, 0), (30, 30, 6), (70, 8, 3)];
        foreach (var (n, m, duplicates) in sizes)
        {
            for (var seed = 1UL; seed <= 2; seed++)
            {
                var key = seed + (10 * (ulong)n) + (1000 * (ulong)(eta * 1024));
                yield return new RandomKkt(key, n, m, eta, duplicates, jacobianRows, consistent);
            }
        }
    }
}
