using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>LSQR finds the solution of Eq. 5 that the other solvers find, whatever is wrong with the rows, in fewer products.</summary>
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(float), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public class LsqrSolverTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static bool IsDouble => typeof(T) == typeof(double);

    [TestCase(new[] { 1, 2, 3 }, SolveExit.Solved, TestName = "independent rows")]
    [TestCase(new[] { 1 }, SolveExit.Solved, TestName = "one sample")]
    [TestCase(new[] { 1, 2, 1, 1 }, SolveExit.Solved, TestName = "one sample three times")]
    [TestCase(new[] { 1, 2, 1 }, SolveExit.LeastSquares, TestName = "a sample twice with two wishes")]
    [TestCase(new[] { 1, 0, 2 }, SolveExit.LeastSquares, TestName = "coincident joints")]
    [TestCase(new[] { 0 }, SolveExit.LeastSquares, TestName = "nothing but zero rows")]
    [TestCase(new[] { 0, 1, 1, 2, 3, 2, 0, 3 }, SolveExit.LeastSquares, TestName = "all of it")]
    public void TheSolutionOfMinimumLengthIsFound(int[] samples, SolveExit exit)
    {
        // Beside the long step of a smaller eta, the contradictions here are within the tolerance of float32.
        foreach (var eta in (double[])[SmallConstraints<T>.Eta, IsDouble ? 1e-3 : 0.1, 1e3])
        {
            var problem = new SmallConstraints<T>(Device, samples) { Weight = eta };
            for (var k = 2; k < samples.Length && exit == SolveExit.Solved; k++)
            {
                if (samples[k] == samples[0]) problem.Repeat(0, k);
            }
            var (report, x) = Solve(problem, eta);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(report.Exit, Is.EqualTo(exit), report.Explanation);
                Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-9 : 2e-4), $"eta {eta}: {report.Explanation}");
                Assert.That(report.Iterations, Is.LessThanOrEqualTo(problem.Rank + 1), "no direction comes twice");
                Assert.That(report.RemovedNorm ?? 0, Is.EqualTo(problem.Contradiction()).Within((IsDouble ? 1e-11 : 2e-6) * (1 + Device.Vectors.Norm(x))));
                Assert.That(report.IsInconsistent, Is.EqualTo(exit == SolveExit.LeastSquares));
                HasTheWholeResidual(problem, eta, x, report);
            }
        }
    }

    [Test]
    public void TheDampedSolutionIsFound([Values(1e-2, 1, 100)] double delta, [Values("1,2,3", "1,2,1", "0,1,1,2,3,2,0,3")] string samples)
    {
        var problem = new SmallConstraints<T>(Device, [.. samples.Split(',').Select(int.Parse)]) { Delta = delta };
        var (report, x) = Solve(problem, SmallConstraints<T>.Eta, delta);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Solved), report.Explanation);
        Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-9 : 2e-4));
        Assert.That(report.Damping, Is.Positive);
    }

    /// <summary>20 samples in float32: MINRES-QLP has to find both signs of each eigenvalue, and finds some again and again.</summary>
    [Test]
    public void ItTakesFewerProductsThanMinresQlp()
    {
        var problem = new SmallConstraints<T>(Device, [.. Enumerable.Range(1, 20)]);
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, SmallConstraints<T>.Eta);
        using var krylov = new KktKrylov<T>(Device, system, new KrylovOptions(), damps: true) { Delta = 0 };
        var x = Device.Zeros(system.Size);
        var whole = krylov.Solve([40, 40], problem.RightHandSide, x);
        var (report, _) = Solve(problem, SmallConstraints<T>.Eta);
        TestContext.Out.WriteLine($"lsqr {report.Iterations}, minres-qlp {whole.Iterations}");
        Assert.That(report.Exit, Is.EqualTo(SolveExit.Solved), report.Explanation);
        Assert.That(report.BackwardError, Is.LessThan(2 * report.RelativeTolerance), "the recurred one, but for rounding");
        Assert.That(2 * report.Iterations, Is.LessThan(whole.Iterations));
    }

    [Test]
    public void AScaledRightHandSideGivesTheScaledSolution([Values(-40, 40)] int exponent)
    {
        var problem = new SmallConstraints<T>(Device, 1, 2, 3, 2);
        var (report, x) = Solve(problem, SmallConstraints<T>.Eta);
        Device.Vectors.Scale(Math.ScaleB(1, exponent), problem.RightHandSide, problem.RightHandSide);
        var (scaled, y) = Solve(problem, SmallConstraints<T>.Eta);
        Assert.That((scaled.Exit, scaled.Iterations), Is.EqualTo((report.Exit, report.Iterations)));
        Device.Vectors.Scale(Math.ScaleB(1, -exponent), y, y);
        Assert.That(y.ToArray(), Is.EqualTo(x.ToArray()));
    }

    [Test]
    public void NothingToCorrectLeavesTheStepOfTheGradient()
    {
        var problem = new SmallConstraints<T>(Device, 1, 2);
        Device.Vectors.Fill(problem.RightHandSide, T.Zero);
        var (report, x) = Solve(problem, SmallConstraints<T>.Eta);
        Assert.That((report.Exit, report.Iterations), Is.EqualTo((SolveExit.Solved, 0)));
        Assert.That(x.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void NanInTheRightHandSideIsReported([Values(7, -1)] int place)
    {
        var problem = new SmallConstraints<T>(Device, 1, 2);
        problem.RightHandSide.Slice(place < 0 ? problem.RightHandSide.Count - 1 : place, 1).CopyFrom([T.NaN]);
        var (report, x) = Solve(problem, SmallConstraints<T>.Eta);
        Assert.That(report.Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(x.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void AtTheLimitXIsWhatTheIterationsHaveComeTo()
    {
        var problem = new SmallConstraints<T>(Device, 1, 2, 3);
        var last = double.PositiveInfinity;
        for (var most = 1; most <= 4; most++)
        {
            var (report, x) = Solve(problem, SmallConstraints<T>.Eta, options: new KrylovOptions { MaxIterations = most });
            Assert.That((report.Exit, report.Iterations, report.IsConverged), Is.EqualTo((SolveExit.IterationLimit, most, false)));
            Assert.That(report.ResidualNorm, Is.LessThan(last).And.GreaterThan(0), "the residual falls");
            HasTheWholeResidual(problem, SmallConstraints<T>.Eta, x, report);
            last = report.ResidualNorm;
        }
    }

    [Test]
    public void DampingHasToBeProvidedFor()
    {
        var problem = new SmallConstraints<T>(Device, 1);
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, 1);
        using var solver = new LsqrSolver<T>(Device, system);
        Assert.That(() => solver.Delta = 1, Throws.InvalidOperationException.With.Message.Contains("damps: true"));
        Assert.That(() => solver.Delta = -1, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private (KktReport Report, Tensor<T> X) Solve(SmallConstraints<T> problem, double eta, double delta = 0, KrylovOptions? options = null)
    {
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, eta);
        using var solver = new LsqrSolver<T>(Device, system, delta > 0) { Delta = delta };
        var x = Device.Zeros(system.Size);
        return (solver.Solve(problem.RightHandSide, x, options), x);
    }

    /// <summary>||b - B x|| of both blocks.</summary>
    private void HasTheWholeResidual(SmallConstraints<T> problem, double eta, Tensor<T> x, KktReport report)
    {
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, eta);
        var r = Device.Zeros(x.Count);
        system.Apply(x, r);
        Device.Vectors.Combine(1, problem.RightHandSide, -1, r, r);
        var scale = Device.Vectors.Norm(problem.RightHandSide) + (eta * Device.Vectors.Norm(system.Step(x)));
        Assert.That(report.TrueResidualNorm, Is.EqualTo(Device.Vectors.Norm(r)).Within((IsDouble ? 1e-13 : 1e-5) * scale));
    }
}
