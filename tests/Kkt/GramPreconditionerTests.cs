using System.Numerics;
using PoseEngine.Functions;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kkt;

/// <summary>Preconditioned by the Gram matrix, MINRES-QLP finds the same solution in a handful of iterations.</summary>
[TestFixture(typeof(double), "cpu-simd", 1e-9)]
[TestFixture(typeof(float), "cpu-simd", 1e-3)]
[TestFixture(typeof(double), "cuda-checked", 1e-9)]
[TestFixture(typeof(float), "cuda-checked", 1e-3)]
[TestFixture(typeof(double), "cuda-gpu", 1e-9)]
[TestFixture(typeof(float), "cuda-gpu", 1e-3)]
public class GramPreconditionerTests<T>(string deviceName, double tolerance) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [TestCase(new[] { 1, 2, 3 }, TestName = "independent rows")]
    [TestCase(new[] { 1, 2, 1 }, TestName = "a sample twice with two wishes")]
    [TestCase(new[] { 0, 1, 2 }, TestName = "zero rows among others")]
    public void TheSolutionOfMinimumLengthIsFoundAtOnce(int[] samples)
    {
        const double eta = SmallConstraints<T>.Eta;
        var problem = new SmallConstraints<T>(Device, samples);
        var rows = problem.Function.RowCount;
        var system = new ProjectedGradientSystem<T>(Device, problem.Function, eta);
        var preconditioner = new GramPreconditioner<T>(Device, problem.Function.ParameterCount, rows, eta);
        var s = new double[rows * rows];
        using var gram = new ConstraintGram<T>(problem.Function);
        gram.Form(s);
        preconditioner.Update(s);
        using var solver = new MinresQlp<T>(Device, system.Size);
        var x = Device.Zeros(system.Size);
        solver.Preconditioner = preconditioner;
        var report = solver.Solve(system, problem.RightHandSide, x);
        TestContext.Out.WriteLine(report.Explanation);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(report.IsConverged, report.Explanation);
            Assert.That(report.Iterations, Is.LessThanOrEqualTo(8));
            Assert.That(problem.Distance(x), Is.LessThan(tolerance));
        }
    }

    [Test]
    public void NoRowsAndZeroRowsLeaveTheStepOfTheGradient()
    {
        var r = Device.From([T.One, T.One + T.One, T.One]);
        var (z, none) = (Device.Zeros(3), new GramPreconditioner<T>(Device, 3, 0, 4));
        none.Update([]);
        none.Solve(r, z);
        var quarter = T.CreateTruncating(0.25);
        Assert.That(z.ToArray(), Is.EqualTo(new[] { quarter, quarter + quarter, quarter }));
        var zero = new GramPreconditioner<T>(Device, 2, 1, 4);
        zero.Update([0]);
        zero.Solve(r, z);
        Assert.That(z.ToArray()[2], Is.GreaterThan(T.Zero), "M is positive definite");
    }

    [Test]
    public void NanIsRefused()
        => Assert.That(() => new GramPreconditioner<T>(Device, 2, 1, 4).Update([double.NaN]), Throws.InstanceOf<ArithmeticException>());
}
