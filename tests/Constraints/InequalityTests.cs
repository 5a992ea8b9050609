using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Constraints;

/// <summary>What an inequality makes of a constraint in C#: bones no longer than a limit.</summary>
[TestFixture(typeof(double), "cpu-simd-1")]
[TestFixture(typeof(float), "cpu-simd-1")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(double), "cuda-gpu")]
[TestFixture(typeof(float), "cuda-gpu")]
public class InequalityTests<T>(string deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Samples = 5;
    private ComputeDevice<T>? _device;

    private static bool IsDouble => typeof(T) == typeof(double);

    private ComputeDevice<T> Device => _device!;

    [OneTimeSetUp]
    public void Open() => _device = Devices.Create<T>(deviceName);

    [OneTimeTearDown]
    public void Close() => _device?.Dispose();

    [TestCase(false)]
    [TestCase(true)]
    public void DerivativesHold(bool isInequality)
    {
        var constraint = Make(isInequality);
        var shape = new Shape(Samples, 15);
        var rows = Samples * constraint.RowsPerSample;
        var (y, v, u) = (Poses(), Numbers.Normal(Device, shape, 2), Numbers.Normal(Device, new Shape(rows), 3));
        var (rop, lop) = (Device.Zeros(rows), Device.Zeros(shape));
        constraint.Rop(y, default, v, rop);
        constraint.Lop(y, default, u, lop);
        Assert.That(
            Numbers.Dot(u, rop), Is.EqualTo(Numbers.Dot(lop, v)).Within((IsDouble ? 1e-12 : 1e-5) * Numbers.Norm(u) * Numbers.Norm(rop)), "<u, Rop v> = <Lop u, v>");
        if (!IsDouble) return;
        const double h = 1e-5;
        var (above, below) = (Device.Zeros(rows), Device.Zeros(rows));
        constraint.Evaluate(Numbers.Combine(Device, 1, y, h, v), default, above);
        constraint.Evaluate(Numbers.Combine(Device, 1, y, -h, v), default, below);
        var differences = Numbers.Combine(Device, 1 / (2 * h), above, -1 / (2 * h), below);
        Assert.That(Numbers.Host(rop), Is.EqualTo(Numbers.Host(differences)).Within(1e-6 * Numbers.Host(rop).Max(Math.Abs)));
    }

    [Test]
    public void ABoneIsMeasuredAgainstItsLimit()
    {
        // Joints 0 and 1 are 5 apart, joints 1 and 2 are 2 apart, joints 2 and 3 are at one place.
        var y = Device.From(Array.ConvertAll([0.0, 0, 0, 3, 4, 0, 3, 4, 2, 3, 4, 2, 0, 0, 0], T.CreateChecked), new Shape(1, 15));
        var c = Device.Zeros(3);
        Make(isInequality: false).Evaluate(y, default, c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 3, -0.5, -1.5 }).Within(1e-6));
        Make(isInequality: true).Evaluate(y, default, c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 3.0, 0, 0 }).Within(1e-6), "a bone that is short enough counts nothing");
        Assert.That(Make(isInequality: true).Rows[0], Is.EqualTo(new ConstraintRow("bone 1", null, ConstraintKind.AtMost)));
    }

    [Test]
    public void SatisfiedRowsAreZeroInBothProducts()
    {
        var constraint = Make(isInequality: true);
        var inner = Make(isInequality: false);
        var y = Poses();
        var rows = Samples * constraint.RowsPerSample;
        var (c, dc, all) = (Device.Zeros(rows), Device.Zeros(rows), Device.Zeros(rows));
        inner.Evaluate(y, default, c);
        var v = Numbers.Normal(Device, y.Shape, 2);
        constraint.Rop(y, default, v, dc);
        inner.Rop(y, default, v, all);
        var violated = Numbers.Host(c).Select(x => x > 0).ToArray();
        Assert.That(violated, Does.Contain(true).And.Contain(false));
        Assert.That(dc.ToArray(), Is.EqualTo(all.ToArray().Zip(violated, (x, isViolated) => isViolated ? x : T.Zero)));
    }

    private IOutputConstraint<T> Make(bool isInequality)
        => isInequality ? new Inequality<T>(Device, new Bones()) : new Bones();

    private Tensor<T> Poses() => Numbers.Normal(Device, new Shape(Samples, 15), 1);

    /// <summary>The distances of neighbours among five joints less a limit each.</summary>
    private sealed class Bones() : SampleConstraint<T>("bone", 15, 3)
    {
        private static readonly double[] Limits = [2, 2.5, 1.5];

        protected override void Value(ReadOnlySpan<T> y, ReadOnlySpan<T> x, Span<T> c)
        {
            for (var j = 0; j < c.Length; j++) c[j] = Length(y, j) - T.CreateChecked(Limits[j]);
        }

        protected override void Rop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dc)
        {
            for (var j = 0; j < dc.Length; j++)
            {
                for (var d = 3 * j; d < 3 * (j + 1); d++) dc[j] += (y[d] - y[d + 3]) * (dy[d] - dy[d + 3]) / Length(y, j);
            }
        }

        protected override void Lop(ReadOnlySpan<T> y, ReadOnlySpan<T> x, ReadOnlySpan<T> u, Span<T> uy)
        {
            for (var j = 0; j < u.Length; j++)
            {
                for (var d = 3 * j; d < 3 * (j + 1); d++)
                {
                    var pull = u[j] * (y[d] - y[d + 3]) / Length(y, j);
                    uy[d] += pull;
                    uy[d + 3] -= pull;
                }
            }
        }

        private static T Length(ReadOnlySpan<T> y, int j)
        {
            var sum = T.Zero;
            for (var d = 3 * j; d < 3 * (j + 1); d++) sum += (y[d] - y[d + 3]) * (y[d] - y[d + 3]);
            return T.Sqrt(sum);
        }
    }
}

/// <summary>Memory of an inequality.</summary>
public class InequalityMemoryTests
{
    [Test]
    public void ItIsGivenBack()
    {
        using var tiny = new TinyProblem(2, 1);
        var (y, c) = (tiny.Device.Zeros(new Shape(5, 1)), tiny.Device.Zeros(5));
        var before = tiny.Device.LiveBytes;
        using (var inequality = new Inequality<double>(tiny.Device, tiny.Constraint))
        {
            inequality.Evaluate(y, default, c);
            Assert.That(tiny.Device.LiveBytes, Is.GreaterThan(before));
        }
        Assert.That(tiny.Device.LiveBytes, Is.EqualTo(before));
    }
}

/// <summary>Training under inequalities on y = w x + b with C(y) = y - 1 &lt;= 0.</summary>
public class InequalityStepTests
{
    [Test]
    public void AViolatedInequalityIsAnEqualityAndASatisfiedOneIsIgnored()
    {
        // y = 5 at x = 2 violates, y = -3 at x = -2 does not: the step is that of x = 2 alone.
        using var inequality = new TinyProblem(2, 1);
        using var equality = new TinyProblem(2, 1);
        var report = Method(inequality, inequality.Inequality, 2).Step(inequality.Batch((1, 2), (3, 4)), inequality.Batch((2, 0), (-2, 0)));
        Method(equality, equality.Constraint, 1).Step(equality.Batch((1, 2), (3, 4)), equality.Batch((2, 0)));
        Assert.That(inequality.Parameters.ToArray(), Is.EqualTo(equality.Parameters.ToArray()).Within(1e-12));
        Assert.That(report.Solve!.Gram!.Value.Rank, Is.EqualTo(1));
    }

    [Test]
    public void WhereAllHoldTheStepIsThatWithoutConstraints()
    {
        foreach (var solver in (PoseEngine.Kkt.KktSolver[])[PoseEngine.Kkt.KktSolver.Gram, PoseEngine.Kkt.KktSolver.MinresQlp])
        {
            using var tiny = new TinyProblem(2, 1);
            var method = new HardSgd<double>(
                tiny.Risk(), tiny.Function(tiny.Inequality, 2), tiny.Parameters, new HardSgdOptions(100) { Solver = solver });
            var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((-2, 0), (-3, 0)));
            Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2 - 0.1, 1 - 0.04 }).Within(1e-12));
            Assert.That(report.MultiplierNorm, Is.Zero);
        }
    }

    private static HardSgd<double> Method(TinyProblem tiny, IOutputConstraint<double> constraint, int active)
        => new(tiny.Risk(), tiny.Function(constraint, active), tiny.Parameters, new HardSgdOptions(100));
}
