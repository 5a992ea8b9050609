using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Krylov;

/// <summary>What must hold for any system: invariances, honest norms, and clean ends when something is wrong.</summary>
public abstract class MinresQlpPropertyTests<T>(IDeviceFactory devices) : MinresQlpSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly string[] Systems =
        ["a_nonsingular_indefinite_50", "c_singular_inconsistent_50", "d3_kkt_eta1e-3_inconsistent"];

    [Test]
    public void ScalingTheRightHandSideScalesTheSolution(
        [ValueSource(nameof(Systems))] string name, [Values(-140, -100, -60, -1, 31, 100)] int power)
    {
        // Float32 solutions must stay normal numbers.
        if (IsSingle) power /= 2;
        var system = OracleSystem.Load(name);
        var plain = Run(system.Matrix, system.RightHandSide);
        var scaled = Run(system.Matrix, [.. system.RightHandSide.Select(b => Math.ScaleB(b, power))]);
        Assert.That(scaled.X, Is.EqualTo(plain.X.Select(x => Math.ScaleB(x, power))));
        AssertSameCourse(scaled.Report, plain.Report);
        Assert.That(scaled.Report.ResidualNorm, Is.EqualTo(Math.ScaleB(plain.Report.ResidualNorm, power)));
    }

    [Test]
    public void ScalingTheOperatorScalesTheSolution(
        [ValueSource(nameof(Systems))] string name, [Values(-90, -40, -3, 1, 40, 90)] int power)
    {
        if (IsSingle) power /= 2;
        var system = OracleSystem.Load(name);
        var plain = Run(system.Matrix, system.RightHandSide);
        var scaled = Run(system.Matrix, system.RightHandSide, scale: Math.ScaleB(1, power));
        Assert.That(scaled.X, Is.EqualTo(plain.X.Select(x => Math.ScaleB(x, -power))));
        AssertSameCourse(scaled.Report, plain.Report);
        Assert.That(scaled.Report.OperatorNorm, Is.EqualTo(Math.ScaleB(plain.Report.OperatorNorm, power)));
    }

    [TestCaseSource(nameof(Systems))]
    public void SignedPermutationPermutesTheSolution(string name)
    {
        var system = OracleSystem.Load(name);
        var n = system.Size;
        int To(int i) => ((7 * i) + 3) % n;
        double Sign(int i) => i % 3 == 0 ? -1 : 1;
        var matrix = new double[n, n];
        var b = new double[n];
        for (var i = 0; i < n; i++)
        {
            b[To(i)] = Sign(i) * system.RightHandSide[i];
            for (var j = 0; j < n; j++) matrix[To(i), To(j)] = Sign(i) * Sign(j) * system.Matrix[i, j];
        }
        var result = Run(matrix, b);
        var back = Enumerable.Range(0, n).Select(i => Sign(i) * result.X[To(i)]).ToArray();
        Assert.That(Distance(back, system.Expected), Is.LessThan(Either(1e-6, 5e-3)));
        Assert.That(result.Report.Exit, Is.EqualTo(Run(system.Matrix, system.RightHandSide).Report.Exit));
    }

    [TestCaseSource(nameof(Systems))]
    public void ResidualNeverGrowsAndIterationsCountUp(string name)
    {
        var system = OracleSystem.Load(name);
        var residuals = new List<double>();
        var result = Run(system.Matrix, system.RightHandSide, callback: (in SolveProgress progress) =>
        {
            residuals.Add(progress.ResidualNorm);
            return progress.Iteration == residuals.Count;
        });

        // The last entry of a least-squares solve includes the dropped component.
        if (result.Report.IsInconsistent) residuals.RemoveAt(residuals.Count - 1);
        Assert.That(residuals, Has.Count.GreaterThan(10).And.Ordered.Descending);
        Assert.That(result.Report.IsConverged, Is.True);
    }

    [TestCase("a_nonsingular_indefinite_50", 1e-3, 0.02)]
    [TestCase("b_singular_consistent_50", 0.2, 0.2)]
    [TestCase("c_singular_inconsistent_50", 1e-12, 1e-6)]
    [TestCase("d2_kkt_dup_inconsistent", 1e-8, 1e-4)]
    [TestCase("d4_kkt_JTJ_inconsistent", 1e-8, 1e-3)]
    [TestCase("g3_laplacian_inconsistent", 1e-12, 1e-6)]
    public void RecurredResidualAgreesWithTheTrueOne(string name, double within64, double within32)
    {
        var system = OracleSystem.Load(name);

        // Well above the rounding of a product, where both norms mean something.
        var options = new KrylovOptions { RelativeTolerance = Either(1e-12, 1e-5) };
        var report = Run(system.Matrix, system.RightHandSide, options: options).Report;
        var scale = report.ResidualNorm;
        Assert.That(report.TrueResidualNorm!.Value, Is.EqualTo(scale).Within(Either(within64, within32) * scale));
    }

    [Test]
    public void TrueNormsAreThoseOfTheReturnedVector()
    {
        var system = OracleSystem.Load("c_singular_inconsistent_50");
        var result = Run(system.Matrix, system.RightHandSide);
        var n = system.Size;
        double[] Times(double[] v)
            => [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Sum(j => system.Matrix[i, j] * v[j]))];
        var residual = system.RightHandSide.Zip(Times(result.X), (b, p) => b - p).ToArray();
        Assert.That(result.Report.TrueResidualNorm, Is.EqualTo(Norm(residual)).Within(1e-6 * Norm(residual)));
        Assert.That(
            result.Report.TrueNormalResidualNorm, Is.EqualTo(Norm(Times(residual))).Within(Either(1e-12, 1e-3)));
        Assert.That(result.Report.SolutionNorm, Is.EqualTo(Norm(result.X)).Within(Either(1e-6, 1e-3) * Norm(result.X)));
    }

    [Test]
    public void WorkspaceReuseGivesTheSameBits()
    {
        var (first, second) = (OracleSystem.Load("c_singular_inconsistent_50"), OracleSystem.Load("a_nonsingular_indefinite_50"));
        using var solver = new MinresQlp<T>(Device, first.Size);
        T[] Solve(OracleSystem system, int failAt = 0)
        {
            var x = Device.Zeros(system.Size);
            solver.Solve(new DenseOperator<T>(system.Matrix) { FailAt = failAt }, Upload(system.RightHandSide), x);
            return x.ToArray();
        }
        var before = Solve(first);
        Solve(second);
        Solve(second, failAt: 4);
        Assert.That(Solve(first), Is.EqualTo(before));
    }

    [Test]
    public void SolutionMayOverwriteTheRightHandSide()
    {
        var system = OracleSystem.Load("c_singular_inconsistent_50");
        var apart = Run(system.Matrix, system.RightHandSide);
        using var solver = new MinresQlp<T>(Device, system.Size);
        var x = Upload(system.RightHandSide);
        var report = solver.Solve(CreateOperator(system.Matrix), x, x);
        Assert.That(Array.ConvertAll(x.ToArray(), double.CreateChecked), Is.EqualTo(apart.X));
        Assert.That(report.TrueResidualNorm, Is.EqualTo(apart.Report.TrueResidualNorm));
    }

    [Test]
    public void OneIterationIsTheBestMultipleOfTheRightHandSide()
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var b = system.RightHandSide;
        var result = Run(system.Matrix, b, options: new KrylovOptions { MaxIterations = 1 });
        var product = Enumerable.Range(0, 50).Select(i => Enumerable.Range(0, 50).Sum(j => system.Matrix[i, j] * b[j])).ToArray();
        var factor = product.Zip(b, (p, q) => p * q).Sum() / product.Sum(p => p * p);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.IterationLimit));
        Assert.That(result.Report.Iterations, Is.EqualTo(1));
        Assert.That(Distance(result.X, [.. b.Select(value => value * factor)]), Is.LessThan(Either(1e-13, 1e-5)));
    }

    [Test]
    public void LastAllowedIterationThatSolvesCountsAsSolved()
    {
        var system = OracleSystem.Load("d6_kkt_orthorows_3iters");
        var result = Run(system.Matrix, system.RightHandSide, options: new KrylovOptions { MaxIterations = 3 });
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.Solved));
    }

    [Test]
    public void SingularDiagonalGivesLeastSquares()
    {
        var result = Run(new double[,] { { 1, 0, 0, 0 }, { 0, 2, 0, 0 }, { 0, 0, 3, 0 }, { 0, 0, 0, 0 } }, [1, 1, 1, 1]);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.LeastSquares));
        Assert.That(Distance(result.X, [1, 1 / 2.0, 1 / 3.0, 0]), Is.LessThan(Either(1e-13, 1e-5)));
        Assert.That(result.Report.ResidualNorm, Is.EqualTo(1).Within(Either(1e-13, 1e-5)));
    }

    [TestCase(0, 1, 1, 0)]
    [TestCase(2, 0, 0, -3)]
    public void TwoByTwoSystemsWithoutAPositivePivotAreSolved(double a, double b, double c, double d)
    {
        var result = Run(new[,] { { a, b }, { c, d } }, [1, 0]);
        var determinant = (a * d) - (b * c);
        Assert.That(Distance(result.X, [d / determinant, -c / determinant]), Is.LessThan(Either(1e-14, 1e-6)));
        Assert.That(result.Report.IsConverged && !result.Report.IsInconsistent, Is.True);
    }

    [Test]
    public void NullVectorUpToRoundingGivesNearlyZero([Values(1UL, 2UL, 3UL, 4UL)] ulong seed)
    {
        // B = Q diag(0, 1.., -1..) Q for a Householder reflection Q: its null vector has no exact form.
        var random = new RandomGenerator(seed);
        var h = Enumerable.Range(0, 20).Select(_ => random.NextNormal()).ToArray();
        var norm = h.Sum(value => value * value);
        double Q(int i, int j) => (i == j ? 1 : 0) - (2 * h[i] * h[j] / norm);
        var matrix = new double[20, 20];
        for (var i = 0; i < 400; i++)
        {
            matrix[i / 20, i % 20] = Enumerable.Range(1, 19).Sum(k => Q(i / 20, k) * (k % 2 == 0 ? 1 : -1) * (1 + (k / 5.0)) * Q(i % 20, k));
        }
        var result = Run(matrix, [.. Enumerable.Range(0, 20).Select(i => Q(i, 0))]);
        Assert.That(Norm(result.X), Is.LessThan(Either(1e-13, 1e-5)), result.Report.Explanation);
        Assert.That(result.Report.IsInconsistent, Is.True);
    }

    [TestCase(1)]
    [TestCase(5)]
    public void NotANumberFromTheOperatorIsReportedWithItsIteration(int product)
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var result = Run(new DenseOperator<T>(system.Matrix) { FailAt = product }, system.RightHandSide);
        var before = product == 1
            ? new double[50]
            : Run(new DenseOperator<T>(system.Matrix), system.RightHandSide, options: new KrylovOptions { MaxIterations = product - 1 }).X;
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(result.Report.Explanation, Does.Contain($"iteration {product}"));
        Assert.That(result.X, Is.EqualTo(before));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void RightHandSideThatIsNotFiniteIsReported(double value)
    {
        var result = Run(new double[,] { { 1, 0 }, { 0, 2 } }, [1, value]);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(result.Report.Iterations, Is.Zero);
        Assert.That(result.X, Is.All.Zero);
    }

    [Test]
    public void SolutionBeyondTheNumberRangeIsReported()
    {
        var tiny = IsSingle ? 1e-30 : 1e-300;
        var result = Run(new[,] { { tiny, 0 }, { 0, tiny } }, [1 / tiny, 0]);
        Assert.That(result.Report.Exit, Is.EqualTo(SolveExit.NotFinite));
    }

    [Test]
    public void UnattainableToleranceIsRaisedAndSaid()
    {
        var system = OracleSystem.Load("b_singular_consistent_50");
        var options = new KrylovOptions { RelativeTolerance = Either(1e-20, 1e-9) };
        var report = Run(system.Matrix, system.RightHandSide, options: options).Report;
        Assert.That(report.Exit, Is.EqualTo(SolveExit.SolvedToPrecision));
        Assert.That(report.RelativeTolerance, Is.EqualTo(Either(Math.ScaleB(1, -49), Math.ScaleB(1, -20))));
        Assert.That(report.Explanation, Does.Contain(Device.Precision));
    }

    [Test]
    public void LimitsOfConditionAndNormDropTheLastComponent()
    {
        var system = OracleSystem.Load("d3_kkt_eta1e-3_inconsistent");
        var condition = Run(system.Matrix, system.RightHandSide, options: new KrylovOptions { ConditionLimit = 300 });
        Assert.That(condition.Report.Exit, Is.EqualTo(SolveExit.ConditionLimit));
        var norm = Run(system.Matrix, system.RightHandSide, options: new KrylovOptions { NormLimit = 50 });
        Assert.That(norm.Report.Exit, Is.EqualTo(SolveExit.NormLimit));
        foreach (var report in new[] { condition.Report, norm.Report })
        {
            Assert.That(report.ResidualNorm, Is.EqualTo(report.TrueResidualNorm).Within(1e-3 * report.ResidualNorm));
            Assert.That(report.IsConverged, Is.False);
        }
    }

    [Test]
    public void CallbackStopsTheSolve()
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        var limited = Run(system.Matrix, system.RightHandSide, options: new KrylovOptions { MaxIterations = 7 });
        var stopped = Run(
            system.Matrix, system.RightHandSide, callback: (in SolveProgress progress) => progress.Iteration < 7);
        Assert.That(stopped.Report.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(stopped.Report.Iterations, Is.EqualTo(7));
        Assert.That(stopped.X, Is.EqualTo(limited.X));
    }

    [Test]
    public void CancellationAndTimeLimitEndTheSolve()
    {
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        using var solver = new MinresQlp<T>(Device, 50);
        using var cancellation = new CancellationTokenSource();
        var b = Upload(system.RightHandSide);
        var x = Device.Zeros(50);
        var dense = new DenseOperator<T>(system.Matrix);
        var counting = new DelegateOperator<T>(50, (from, to) =>
        {
            dense.Apply(from, to);
            if (dense.Products == 3) cancellation.Cancel();
        });
        var cancelled = solver.Solve(counting, b, x, cancellation: cancellation.Token);
        Assert.That(cancelled.Exit, Is.EqualTo(SolveExit.Stopped));
        Assert.That(cancelled.Iterations, Is.EqualTo(3));
        var late = solver.Solve(dense, b, x, options: new KrylovOptions { TimeLimit = TimeSpan.Zero });
        Assert.That(late.Exit, Is.EqualTo(SolveExit.TimeLimit));
        Assert.That(late.Iterations, Is.Zero);
    }

    [Test]
    public void WrongSizesAndUnsymmetricOperatorsAreRefused()
    {
        using var solver = new MinresQlp<T>(Device, 2);
        var good = new DenseOperator<T>(new double[,] { { 1, 0 }, { 0, 2 } });
        var two = Device.Zeros(2);
        Assert.That(() => solver.Solve(good, Device.Zeros(3), two), Throws.ArgumentException.With.Message.Contains("got 3"));
        Assert.That(() => solver.Solve(good, two, Device.Zeros(1)), Throws.ArgumentException);
        Assert.That(() => solver.Solve(new DenseOperator<T>(new double[1, 1]), two, two), Throws.ArgumentException);
        var unsymmetric = new DelegateOperator<T>(2, (_, _) => { }, isSymmetric: false);
        Assert.That(() => solver.Solve(unsymmetric, two, two), Throws.ArgumentException.With.Message.Contains("symmetric"));
        var negative = new KrylovOptions { RelativeTolerance = -1 };
        Assert.That(() => solver.Solve(good, two, two, options: negative), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static void AssertSameCourse(SolveReport actual, SolveReport expected)
    {
        Assert.That(actual.Exit, Is.EqualTo(expected.Exit));
        Assert.That(actual.Iterations, Is.EqualTo(expected.Iterations));
        Assert.That(actual.Condition, Is.EqualTo(expected.Condition));
    }
}
