using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Constraints;

[TestFixture(typeof(float), false)]
[TestFixture(typeof(float), true)]
[TestFixture(typeof(double), false)]
[TestFixture(typeof(double), true)]
public sealed class CpuProjectionTests<T>(bool useSimd) : ProjectionSuite<T>(new CpuDevices(useSimd))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Projections beside what their suite checks on every device: rows in C#, a solver of another kind, limits.</summary>
public class ProjectionTests
{
    [Test]
    public void AHundredRandomProblemsEndWhereAnotherSolverEnds()
    {
        var random = new RandomGenerator(11);
        using var device = new CpuDevice<double>(1);
        var agreed = 0;
        for (var number = 0; number < 100; number++)
        {
            var problem = RandomProjectionProblem.Draw(random);
            using var projection = new Projection<double>(device, problem.Texts, 1);
            var (target, y) = (device.From(problem.Target, new Shape(1, problem.Target.Length)), device.Zeros(new Shape(1, problem.Target.Length)));
            projection.Project(target, default, y);
            var expected = ReferenceSqp.Solve(problem.Rows, problem.Target);
            Assert.That(projection.Report().Failed, Is.Zero, $"problem {number}: {problem}");
            Assert.That(expected, Is.Not.Null, $"problem {number}: the reference ends too");
            // There may be several nearest points of a curved set; no other one may be meant than the nearer.
            var (own, other) = (Distance(y.ToArray(), problem.Target), Distance(expected!, problem.Target));
            Assert.That(own, Is.LessThanOrEqualTo(other * (1 + 1e-9)).Or.EqualTo(other).Within(0.02), $"problem {number}: {problem}");
            if (Distance(y.ToArray(), expected!) < 1e-8) agreed++;
        }
        Assert.That(agreed, Is.GreaterThanOrEqualTo(97));
    }

    [Test]
    public void RowsInPlainCodeGiveTheSamePointAsText()
    {
        using var device = new CpuDevice<float>(1);
        var texts = new ConstraintTexts(new ExpressionVariables(2), [new("circle", "y1^2 + y2^2 = 4"), new("right", "y1 <= 1")]);
        using var text = new Projection<float>(device, texts, 3);
        using var curved = new Projection<float>(device, new Circle(), 3, [ConstraintKind.Equality, ConstraintKind.AtMost]);
        using var flat = new Projection<float>(device, new FlatCircle(), 3, [ConstraintKind.Equality, ConstraintKind.AtMost]);
        var target = device.From([0.9f, 0.2f, -3, 1, 0.1f, 2.5f], new Shape(3, 2));
        var results = new List<(float[] Points, float[] Products)>();
        foreach (var projection in new[] { text, curved, flat })
        {
            var (y, dy) = (device.Zeros(target.Shape), device.Zeros(target.Shape));
            projection.Project(target, default, y);
            projection.Product(device.From([1f, 2, 3, 4, 5, -6], target.Shape), dy);
            Assert.That(projection.Report().Failures, Is.Empty);
            results.Add((y.ToArray(), dy.ToArray()));
        }
        Assert.That(results[1].Points, Is.EqualTo(results[0].Points).Within(1e-6f));
        Assert.That(results[1].Products, Is.EqualTo(results[0].Products).Within(1e-6f));
        Assert.That(results[2].Points, Is.EqualTo(results[0].Points).Within(1e-6f), "Gauss-Newton steps end there too");
        Assert.That(results[2].Products, Is.Not.EqualTo(results[0].Products).Within(1e-2f), "but leave the curvature out of the derivative");
        Assert.That((text.CanRecord, curved.CanRecord), Is.EqualTo((true, false)));
    }

    [Test]
    public void RowsThatHideTheirBoundaryAreRefused()
    {
        using var device = new CpuDevice<double>(1);
        Assert.That(
            () => new Projection<double>(device, new Cut(), 1),
            Throws.ArgumentException.With.Message.Contains("the row cut of hidden is 0 where it holds").And.Message.Contains("say AtMost in kinds"));
    }

    /// <summary>Too many second derivatives for a program: dense matrices take over, with the same result.</summary>
    [Test]
    public void ManyOutputsInOneRowTakeTheDenseWay()
    {
        const int outputs = 120;
        var program = new ProjectionProgram(new ExpressionVariables(outputs), [("sphere", "norm(y) = 3"), ("half", "sum(y) <= 1")]);
        Assert.That(program.Newton, Is.Null);
        Assert.That(program.Hessian, Is.Not.Null);
        using var device = new CpuDevice<double>(2);
        using var projection = new Projection<double>(
            device, new ConstraintTexts(new ExpressionVariables(outputs), [new("sphere", "norm(y) = 3"), new("half", "sum(y) <= 1")]), 2);
        var (target, y) = (Numbers.Normal(device, new Shape(2, outputs), 3), device.Zeros(new Shape(2, outputs)));
        projection.Project(target, default, y);
        var points = y.ToArray();
        Assert.That(projection.Report().Failures, Is.Empty);
        for (var k = 0; k < 2; k++)
        {
            var own = points[(k * outputs)..((k + 1) * outputs)];
            Assert.That(Math.Sqrt(own.Sum(v => v * v)), Is.EqualTo(3).Within(1e-12));
            Assert.That(own.Sum(), Is.LessThanOrEqualTo(1 + 1e-12));
        }
    }

    /// <summary>A sample's result must not depend on which lanes and parts it shares.</summary>
    [Test]
    public void NeighboursDoNotMatter()
    {
        using var device = new CpuDevice<double>(2);
        var target = ProjectionSuite<double>.Poses(device, 200, 30, 9);
        using var all = new Projection<double>(device, LimbSymmetry.PaperTexts, 200);
        using var one = new Projection<double>(device, LimbSymmetry.PaperTexts, 1);
        var (y, own) = (device.Zeros(target.Shape), device.Zeros(new Shape(1, 51)));
        all.Project(target, default, y);
        foreach (var k in (int[])[0, 7, 63, 64, 130, 199])
        {
            one.Project(target.Slice(k * 51, new Shape(1, 51)), default, own);
            Assert.That(own.ToArray(), Is.EqualTo(y.Slice(k * 51, 51).ToArray()), $"sample {k}");
        }
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (p, q) => (p - q) * (p - q)).Sum());

    /// <summary>y1^2 + y2^2 - 4 and y1 - 1.</summary>
    private sealed class Circle() : CurvedSampleConstraint<double>("circle", outputs: 2, ConstraintRow.Numbered("circle", 2))
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c)
            => (c[0], c[1]) = ((y[0] * y[0]) + (y[1] * y[1]) - 4, y[0] - 1);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc)
            => (dc[0], dc[1]) = (2 * ((y[0] * dy[0]) + (y[1] * dy[1])), dy[0]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy)
            => (uy[0], uy[1]) = ((2 * u[0] * y[0]) + u[1], 2 * u[0] * y[1]);

        protected override void Curvature(
            ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> multipliers, ReadOnlySpan<double> v, Span<double> result)
            => (result[0], result[1]) = (2 * multipliers[0] * v[0], 2 * multipliers[0] * v[1]);
    }

    private sealed class FlatCircle() : SampleConstraint<double>("circle", outputs: 2, rowsPerSample: 2)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c)
            => (c[0], c[1]) = ((y[0] * y[0]) + (y[1] * y[1]) - 4, y[0] - 1);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc)
            => (dc[0], dc[1]) = (2 * ((y[0] * dy[0]) + (y[1] * dy[1])), dy[0]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy)
            => (uy[0], uy[1]) = ((2 * u[0] * y[0]) + u[1], 2 * u[0] * y[1]);
    }

    private sealed class Cut() : SampleConstraint<double>("hidden", outputs: 1, [new ConstraintRow("cut", Kind: ConstraintKind.AtMost)])
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = Math.Max(y[0], 0);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = y[0] > 0 ? dy[0] : 0;

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = y[0] > 0 ? u[0] : 0;
    }
}
