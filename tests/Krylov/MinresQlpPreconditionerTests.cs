using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>The three kinds of preconditioner agree, and one that is not positive definite is found out.</summary>
public abstract class MinresQlpPreconditionerTests<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] Systems =
    [
        "i_diag_precond_nonsingular", "i2_diag_precond_singular_consistent", "i3_diag_precond_singular_inconsistent",
    ];

    [TestCaseSource(nameof(Systems))]
    public void GeneralPreconditionerMatchesTheDiagonalOne(string name)
    {
        var system = OracleSystem.Load(name);
        var m = system.PreconditionerDiagonal!;
        var general = Run(system.Matrix, system.RightHandSide, () => new HostPreconditioner(r => [.. r.Select((value, i) => value / m[i])]));
        var fused = Run(system.Matrix, system.RightHandSide, () => Preconditioner<T>.Diagonal(Upload(m)));
        Assert.That(Distance(general.X, system.Expected), Is.LessThan(Either(1e-7, 1e-3)));
        Assert.That(general.Report.Exit, Is.EqualTo(fused.Report.Exit));
        Assert.That(general.Report.Iterations, Is.EqualTo(fused.Report.Iterations).Within(3));
    }

    [Test]
    public void TwoBlocksEqualTheDiagonalWithTheirNumbers()
    {
        var system = OracleSystem.Load("d1_kkt_dup_consistent");
        var diagonal = Enumerable.Range(0, 240).Select(i => i < 200 ? 0.25 : 8.0).ToArray();
        var blocks = Run(system.Matrix, system.RightHandSide, () => Preconditioner<T>.TwoBlocks(200, 0.25, 8));
        var vector = Run(system.Matrix, system.RightHandSide, () => Preconditioner<T>.Diagonal(Upload(diagonal)));
        Assert.That(blocks.Report.Iterations, Is.EqualTo(vector.Report.Iterations).Within(1));
        Assert.That(Distance(blocks.X, vector.X), Is.LessThan(Either(1e-12, 1e-5)));
    }

    [Test]
    public void DenseBlockOnTheMultipliersKeepsTheAnswerInFewerIterations()
    {
        // M = diag(eta I, (S + delta I) / eta) with S = A A^T commutes with the projector onto the null space.
        var system = OracleSystem.Load("d2_kkt_dup_inconsistent");
        var (n, m) = (system.PrimalCount, system.Size - system.PrimalCount);
        var gram = new double[m, m];
        for (var i = 0; i < m * m; i++)
        {
            for (var k = 0; k < n; k++) gram[i / m, i % m] += system.Matrix[n + (i / m), k] * system.Matrix[n + (i % m), k];
        }
        var delta = 1e-3 * new SymmetricEigen(gram).Largest;
        for (var i = 0; i < m; i++) gram[i, i] += delta;
        var eigen = new SymmetricEigen(gram);
        double[] Solve(double[] r)
            => [.. r.Take(n).Select(value => value / system.Eta), .. eigen.PseudoInverse(r[n..]).Select(value => value * system.Eta)];
        var plain = Run(system.Matrix, system.RightHandSide);
        var dense = Run(system.Matrix, system.RightHandSide, () => new HostPreconditioner(Solve));
        Assert.That(dense.Report.Exit, Is.EqualTo(SolveExit.LeastSquares));
        Assert.That(dense.Report.Iterations, Is.LessThan(plain.Report.Iterations / 2));
        Assert.That(Distance(dense.X, system.Expected), Is.LessThan(Either(1e-7, 1e-3)));
    }

    [TestCase(-1.0)]
    [TestCase(0.0)]
    [TestCase(double.NaN)]
    public void DiagonalThatIsNotPositiveIsFlagged(double bad)
    {
        var m = Enumerable.Repeat(1.0, 50).ToArray();
        m[31] = bad;
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var result = Run(system.Matrix, system.RightHandSide, () => Preconditioner<T>.Diagonal(Upload(m)));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.PreconditionerNotPositiveDefinite));
        Assert.That(result.X, Is.All.Zero);
        Assert.That(result.Report.IsConverged, Is.False);
    }

    [Test]
    public void IndefinitePreconditionerIsFlaggedWhenAResidualShowsIt()
    {
        // b hides the negative entry; the first product brings it in.
        double[,] matrix = { { 2, 1, 0 }, { 1, 3, 1 }, { 0, 1, 1 } };
        var result = Run(matrix, [1, 0, 0], () => new HostPreconditioner(r => [r[0], -r[1], r[2]]));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.PreconditionerNotPositiveDefinite));
        Assert.That(result.Report.Iterations, Is.EqualTo(1));
        Assert.That(result.X, Is.All.Zero);
    }

    [Test]
    public void NotANumberFromThePreconditionerIsReported()
    {
        double[,] matrix = { { 2, 1 }, { 1, 3 } };
        var calls = 0;
        var result = Run(matrix, [1, 0], () => new HostPreconditioner(r => ++calls == 2 ? [double.NaN, 0] : r));
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(result.Report.Iterations, Is.EqualTo(1));
        Assert.That(result.X, Is.All.Zero);
    }

    [TestCase(0, 1)]
    [TestCase(1, -2)]
    [TestCase(double.NaN, 1)]
    public void BlockWeightsMustBePositive(double first, double second)
        => Assert.That(
            () => Preconditioner<T>.TwoBlocks(3, first, second), Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>M^-1 as a function on host vectors.</summary>
    private sealed class HostPreconditioner(Func<double[], double[]> solve) : GeneralPreconditioner<T>
    {
        public override void Solve(Tensor<T> r, Tensor<T> z)
            => z.CopyFrom([.. solve(Array.ConvertAll(r.ToArray(), double.CreateChecked)).Select(T.CreateChecked)]);
    }
}
