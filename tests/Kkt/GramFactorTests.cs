using System.Diagnostics;
using PoseEngine.Kkt;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kkt;

/// <summary>The small dense systems: eigenvectors, and the pseudo-inverse by either way.</summary>
public class GramFactorTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(60)]
    public void EigenvectorsDiagonalize(int n)
    {
        var s = Symmetric(n, 3);
        var eigen = new SymmetricEigen(s, n);
        var scale = eigen.Values.ToArray().Max(Math.Abs);
        for (var i = 0; i < n; i++)
        {
            var v = eigen.Vector(i);
            var product = Product(s, v.ToArray());
            for (var k = 0; k < n; k++) Assert.That(product[k], Is.EqualTo(eigen.Values[i] * v[k]).Within(1e-13 * n * scale));
            for (var j = 0; j < n; j++) Assert.That(HostVectors.Dot(v, eigen.Vector(j)), Is.EqualTo(i == j ? 1 : 0).Within(1e-13 * n));
        }
    }

    [TestCase(0)]
    [TestCase(1e-15)]
    [TestCase(1e-13)]
    [TestCase(1e-10)]
    public void RowsThatAllButRepeatHaveEigenvectors(double noise)
    {
        // Sixteen samples that a collapsed network cannot tell apart: six eigenvalues, and noise where ninety zeros are.
        const int distinct = 6, n = 96;
        var random = new RandomGenerator(5);
        var rows = Enumerable.Range(0, n).Select(i => new double[300]).ToArray();
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < rows[i].Length; j++) rows[i][j] = i < distinct ? random.NextNormal() : rows[i % distinct][j] + (noise * random.NextNormal());
        }
        var s = new double[n * n];
        for (var i = 0; i < n * n; i++) s[i] = HostVectors.Dot(rows[i / n], rows[i % n]);
        var eigen = new SymmetricEigen(s, n);
        var largest = eigen.Values.ToArray().Max();
        for (var k = 0; k < n; k++)
        {
            var product = Product(s, eigen.Vector(k).ToArray());
            for (var i = 0; i < n; i++) Assert.That(product[i], Is.EqualTo(eigen.Values[k] * eigen.Vector(k)[i]).Within(1e-13 * n * largest));
        }
    }

    [Test]
    public void HostMemoryIsWhatTheLimitCountsOn()
    {
        // Dependent rows take the most: the Cholesky factor is given up, and the eigenvectors come on top.
        const int n = 240;
        var half = Symmetric(n / 2, 7);
        var s = new double[n * n];
        for (var i = 0; i < n * n; i++) s[i] = half[(i / n / 2 * (n / 2)) + (i % n / 2)];
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = new GramFactor(s, n, 1e-12);
        var taken = GC.GetAllocatedBytesForCurrentThread() - before + (2 * n * n * sizeof(double));
        Assert.That(taken, Is.InRange(0.7 * KktSolvers.GramHostBytes(n), 1.02 * KktSolvers.GramHostBytes(n)));
    }

    [Test]
    public void EigenvaluesOfDiagonalAndZeroMatricesAreExact()
    {
        var eigen = new SymmetricEigen([3, 0, 0, 0, -1, 0, 0, 0, 2], 3);
        Assert.That(eigen.Values.ToArray(), Is.EquivalentTo(new[] { 3.0, -1, 2 }));
        Assert.That(new SymmetricEigen(new double[16], 4).Values.ToArray(), Is.All.Zero);
    }

    [Test]
    public void NanIsReportedAndNeverLoopsOn() => Assert.That(() => new SymmetricEigen([1, double.NaN, double.NaN, 1], 2), Throws.InstanceOf<ArithmeticException>());

    [Test]
    public void FullRankIsSolvedExactly()
    {
        var (s, n) = (Gram(Random(20, 50, 1)), 20);
        var x = Random(1, n, 2)[0];
        var factor = new GramFactor(s, n, 1e-15);
        Assert.That(factor.Solve(Product(s, x)), Is.EqualTo(x).Within(1e-11));
        Assert.That(factor.Rank.Rank, Is.EqualTo(20));
        Assert.That(factor.Project(x), Is.EqualTo(x));
    }

    [Test]
    public void DependentRowsGiveTheShortestSolution()
    {
        // Rows 12 to 19 repeat rows 0 to 7.
        var rows = Random(12, 50, 1);
        double[][] all = [.. rows, .. rows[..8]];
        var s = Gram(all);
        var factor = new GramFactor(s, 20, 1e-15);
        Assert.That(factor.Rank.Rank, Is.EqualTo(12));
        Assert.That(factor.Rank.Gap, Is.GreaterThan(1e8));
        var y = Random(1, 20, 5)[0];
        var x = factor.Solve(Product(s, y));
        for (var i = 0; i < 8; i++) Assert.That(x[i], Is.EqualTo(x[i + 12]).Within(1e-10), "the multiplier is shared");
        Assert.That(Product(s, x), Is.EqualTo(Product(s, y)).Within(1e-10));
        var contradiction = Random(1, 20, 9)[0];
        var projected = factor.Project(contradiction);
        Assert.That(factor.Project(projected), Is.EqualTo(projected).Within(1e-12));
        Assert.That(Product(s, factor.Solve(contradiction)), Is.EqualTo(projected).Within(1e-10), "least squares");
    }

    [Test]
    public void AZeroMatrixHasRankZero()
    {
        var factor = new GramFactor(new double[9], 3, 1e-15);
        Assert.That(factor.Rank.Rank, Is.Zero);
        Assert.That(factor.Solve([1, 2, 3]), Is.All.Zero);
    }

    [Test, Explicit("a measurement: seconds at 768 rows")]
    public void TimeAtTheLargestSize()
    {
        var s = Gram(Random(768, 900, 1));
        foreach (var (name, action) in new (string, Action)[] { ("eigen", () => _ = new SymmetricEigen(s, 768)), ("factor", () => _ = new GramFactor(s, 768, 1e-15)) })
        {
            action();
            var clock = Stopwatch.StartNew();
            action();
            TestContext.Out.WriteLine($"{name} {clock.ElapsedMilliseconds} ms");
        }
    }

    private static double[][] Random(int rows, int columns, ulong seed)
    {
        var random = new RandomGenerator(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => random.NextNormal()).ToArray())];
    }

    private static double[] Gram(double[][] rows) => [.. rows.SelectMany(a => rows.Select(b => HostVectors.Dot(a, b)))];

    private static double[] Symmetric(int n, ulong seed)
    {
        var a = Random(n, n, seed);
        return [.. Enumerable.Range(0, n * n).Select(i => a[i / n][i % n] + a[i % n][i / n])];
    }

    private static double[] Product(double[] s, double[] x)
        => [.. Enumerable.Range(0, x.Length).Select(i => HostVectors.Dot(s.AsSpan(i * x.Length, x.Length), x))];
}
