using PoseEngine.Kkt;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kkt;

/// <summary>Cholesky's factor by blocks of 32 columns.</summary>
public sealed class CholeskyTests
{
    [TestCase(1)]
    [TestCase(5)]
    [TestCase(31)]
    [TestCase(32)]
    [TestCase(33)]
    [TestCase(66)]
    [TestCase(131)]
    public void SystemsAreSolved(int n)
    {
        var (s, x) = (Positive(n), Enumerable.Range(0, n).Select(i => Math.Sin(i)).ToArray());
        var cholesky = new Cholesky(n);
        Assert.That(cholesky.TryFactor(s, 1e-9), Is.True);
        Assert.That(cholesky.Solve(Product(s, x)), Is.EqualTo(x).Within(1e-11));
        Assert.That(cholesky.LargestElement, Is.EqualTo(Enumerable.Range(0, n).Max(i => s[(i * n) + i])));
        Assert.That(cholesky.SmallestPivot, Is.InRange(1e-9, 1));
    }

    [Test]
    public void PartsSideBySideGiveTheSameBits()
    {
        const int n = 200;
        var (alone, shared) = (new Cholesky(n), new Cholesky(n, (parts, run) => Parallel.For(0, parts, run)));
        var s = Positive(n);
        Assert.That(alone.TryFactor(s, 1e-9) && shared.TryFactor(s, 1e-9), Is.True);
        var b = Enumerable.Range(0, n).Select(i => Math.Cos(i)).ToArray();
        Assert.That(shared.Solve(b), Is.EqualTo(alone.Solve(b)));
        Assert.That(shared.SmallestPivot, Is.EqualTo(alone.SmallestPivot));
    }

    [TestCase(0)]
    [TestCase(40)]
    [TestCase(99)]
    public void ARowThatRepeatsAnotherIsRefusedAndTheMemoryServesOn(int repeated)
    {
        const int n = 100;
        var s = Positive(n);
        var dependent = (double[])s.Clone();
        var from = repeated == 0 ? 99 : 0;
        for (var i = 0; i < n; i++) dependent[(repeated * n) + i] = s[(from * n) + (i == repeated ? from : i)];
        for (var i = 0; i < n; i++) dependent[(i * n) + repeated] = dependent[(repeated * n) + i];
        var cholesky = new Cholesky(n);
        Assert.That(cholesky.TryFactor(dependent, 1e-9), Is.False);
        Assert.That(cholesky.TryFactor(s, 1e-9), Is.True);
        var x = Enumerable.Range(0, n).Select(i => 1.0 + i).ToArray();
        Assert.That(cholesky.Solve(Product(s, x)), Is.EqualTo(x).Within(1e-8));
    }

    [Test]
    public void NothingPositiveAndNaNAreRefused()
    {
        Assert.That(new Cholesky(2).TryFactor([0, 0, 0, 0], 1e-9), Is.False);
        Assert.That(new Cholesky(2).TryFactor([1, double.NaN, double.NaN, 1], 1e-9), Is.False);
    }

    /// <summary>The Gram matrix of random rows, of condition 100 or less.</summary>
    private static double[] Positive(int n)
    {
        var random = new RandomGenerator(3);
        var rows = Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, 2 * n).Select(_ => random.NextNormal()).ToArray()).ToArray();
        return [.. Enumerable.Range(0, n * n).Select(i => HostVectors.Dot(rows[i / n], rows[i % n]))];
    }

    private static double[] Product(double[] s, double[] x)
        => [.. x.Select((_, i) => HostVectors.Dot(s.AsSpan(i * x.Length, x.Length), x))];
}
