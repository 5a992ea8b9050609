using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>
/// The three solvers of Eq. 5 give the solution of minimum length, of least squares where the constraints contradict,
/// whatever is wrong with the rows.
/// </summary>
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(float), "cpu-scalar")]
[TestFixture(typeof(double), "cpu-simd")]
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public class GramSolverTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static bool IsDouble => typeof(T) == typeof(double);

    [TestCase(new[] { 1, 2, 3 }, 6, TestName = "independent rows")]
    [TestCase(new[] { 1 }, 2, TestName = "one sample")]
    [TestCase(new[] { 1, 2, 1, 1 }, 4, TestName = "one sample three times")]
    public void ConsistentRows(int[] samples, int rank)
    {
        var problem = new SmallConstraints<T>(Device, samples);
        for (var k = 2; k < samples.Length && rank == 4; k++) problem.Repeat(0, k);
        Agree(problem, rank, SolveExit.Solved);
    }

    [TestCase(new[] { 1, 2, 1 }, 4, TestName = "a sample twice with two wishes")]
    [TestCase(new[] { 1, 0, 2 }, 4, TestName = "coincident joints")]
    [TestCase(new[] { 0 }, 0, TestName = "nothing but zero rows")]
    [TestCase(new[] { 0, 1, 1, 2, 3, 2, 0, 3 }, 6, TestName = "all of it")]
    public void ContradictoryRows(int[] samples, int rank)
        => Agree(new SmallConstraints<T>(Device, samples), rank, SolveExit.LeastSquares);

    [Test]
    public void NanInTheRightHandSideIsReported()
    {
        var problem = new SmallConstraints<T>(Device, 1, 2);
        problem.RightHandSide.Slice(7, 1).CopyFrom([T.NaN]);
        using var solver = new GramSolver<T>(Device, problem.Function, SmallConstraints<T>.Eta);
        var x = Device.Zeros(problem.RightHandSide.Count);
        Assert.That(solver.Solve(problem.RightHandSide, x).Exit, Is.EqualTo(SolveExit.NotFinite));
        Assert.That(x.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [TestCase(new[] { 1, 2 }, 1e3, TestName = "condition of independent rows")]
    [TestCase(new[] { 1, 2, 1 }, 1, TestName = "condition of dependent rows")]
    public void TheConditionIsThatOfTheWholeSystem(int[] samples, double below)
    {
        if (!IsDouble || DeviceName != "cpu-simd") Assert.Ignore("once is enough: a sum of known numbers");
        var problem = new SmallConstraints<T>(Device, samples);
        using var system = new ProjectedGradientSystem<T>(Device, problem.Function, SmallConstraints<T>.Eta);
        using var gram = new GramSolver<T>(Device, problem.Function, SmallConstraints<T>.Eta);
        var report = gram.Solve(problem.RightHandSide, Device.Zeros(system.Size), verify: false);
        Assert.That(report.TrueResidualNorm, Is.Null, "nobody asked");
        var values = SingularValues(system);
        var condition = values.Max() / values.Where(value => value > 1e-9 * values.Max()).Min();
        // A lower bound by Cholesky's pivots, exact by eigenvalues.
        Assert.That(report.Condition, Is.InRange(condition / below * (1 - 1e-9), condition * (1 + 1e-9)));
        Assert.That(report.OperatorNorm, Is.InRange(values.Max() / below * (1 - 1e-9), values.Max() * (1 + 1e-9)));
    }

    [Test]
    public void EtaMustBePositive()
    {
        var problem = new SmallConstraints<T>(Device, 1);
        Assert.That(
            () => new GramSolver<T>(Device, problem.Function, 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta"));
    }

    private double[] SingularValues(ProjectedGradientSystem<T> system)
    {
        var n = system.Size;
        var matrix = new double[n * n];
        var (unit, column) = (Device.Zeros(n), Device.Zeros(n));
        for (var i = 0; i < n; i++)
        {
            Device.Vectors.Fill(unit, T.Zero);
            unit.Slice(i, 1).CopyFrom([T.One]);
            system.Apply(unit, column);
            Numbers.Host(column).CopyTo(matrix.AsSpan(i * n, n));
        }
        return [.. new SymmetricEigen(matrix, n).Values.ToArray().Select(Math.Abs)];
    }

    private void Agree(SmallConstraints<T> problem, int rank, SolveExit exit)
    {
        const double eta = SmallConstraints<T>.Eta;
        var (b, x) = (problem.RightHandSide, Device.Zeros(problem.RightHandSide.Count));
        var system = new ProjectedGradientSystem<T>(Device, problem.Function, eta);
        using var gram = new GramSolver<T>(Device, problem.Function, eta);
        using var projected = new ProjectedMinresQlp<T>(Device, problem.Function, system, eta);
        using var krylov = new MinresQlp<T>(Device, system.Size);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem.Rank, Is.EqualTo(rank));
            var report = gram.Solve(b, x);
            Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-10 : 2e-5), "gram");
            Report(problem, report, rank, exit);
            Assert.That(report.Iterations, Is.Zero);
            HasTheWholeResidual(system, b, x, report);
            report = projected.Solve(b, x);
            Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-9 : 5e-5), "projected");
            Report(problem, report, rank, exit);
            krylov.Preconditioner = Preconditioner<T>.TwoBlocks(problem.Function.ParameterCount, eta, 1);
            krylov.Solve(system, b, x);
            Assert.That(problem.Distance(x), Is.LessThan(IsDouble ? 1e-6 : 5e-3), "minres-qlp");
        }
    }

    /// <summary>||b - B x|| of both blocks.</summary>
    private void HasTheWholeResidual(ProjectedGradientSystem<T> system, Tensor<T> b, Tensor<T> x, KktReport report)
    {
        var r = Device.Zeros(b.Count);
        system.Apply(x, r);
        Device.Vectors.Combine(1, b, -1, r, r);
        Assert.That(report.TrueResidualNorm, Is.EqualTo(Device.Vectors.Norm(r)).Within((IsDouble ? 1e-13 : 1e-5) * Device.Vectors.Norm(b)));
        Assert.That(report.TrueResidualNorm, Is.GreaterThanOrEqualTo(report.ResidualNorm), "the rows' part is a part");
    }

    private static void Report(SmallConstraints<T> problem, KktReport report, int rank, SolveExit exit)
    {
        Assert.That(report.Exit, Is.EqualTo(exit), report.Explanation);
        var found = report.Gram!.Value;
        Assert.That(found.Rank, Is.EqualTo(rank));
        Assert.That(found.Gap, Is.GreaterThan(1e6), "the cut lies in a gap");
        Assert.That(report.RemovedNorm, Is.EqualTo(problem.Contradiction()).Within(1e-5));
        Assert.That(report.Explanation, Does.Contain(exit == SolveExit.Solved ? $"rank {rank} of" : "cannot be met"));
    }
}
