using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Constraints;

/// <summary>Limits on bones and angles: derivatives as every operator's, and what an inequality makes of them.</summary>
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

    [TestCase("bones", false)]
    [TestCase("bones", true)]
    [TestCase("angles", false)]
    [TestCase("angles", true)]
    public void DerivativesHold(string name, bool isInequality)
    {
        var constraint = Make(name, isInequality);
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
        // Joints 0 and 1 are 5 apart, joints 1 and 2 are 2 apart.
        var y = Device.From(Array.ConvertAll([0.0, 0, 0, 3, 4, 0, 3, 4, 2], T.CreateChecked), new Shape(1, 9));
        var limits = new BoneLengthLimit<T>(Device, (0, 1, 4.5), (1, 2, 2.5));
        var c = Device.Zeros(2);
        limits.Evaluate(y, default, c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 0.5, -0.5 }).Within(1e-6));
        new Inequality<T>(Device, limits).Evaluate(y, default, c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 0.5, 0 }).Within(1e-6), "a bone that is short enough counts nothing");
    }

    [Test]
    public void AnAngleIsMeasuredAgainstItsLimit()
    {
        // 90 degrees at joint 1, with a least angle of 60 and of 120 degrees.
        var y = Device.From(Array.ConvertAll([2.0, 0, 0, 0, 0, 0, 0, 3, 0], T.CreateChecked), new Shape(1, 9));
        var limits = new JointAngleLimit<T>(9, [(0, 1, 2, Math.PI / 3), (0, 1, 2, 2 * Math.PI / 3)]);
        var c = Device.Zeros(2);
        new Inequality<T>(Device, limits).Evaluate(y, default, c);
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 0, 0.5 }).Within(1e-6));
    }

    [Test]
    public void CoincidentJointsHaveNoGradient()
    {
        foreach (var name in (string[])["bones", "angles"])
        {
            var constraint = Make(name, isInequality: false);
            var (c, uy) = (Device.Zeros(constraint.RowsPerSample), Device.Zeros(new Shape(1, 15)));
            constraint.Evaluate(Device.Zeros(new Shape(1, 15)), default, c);
            constraint.Lop(Device.Zeros(new Shape(1, 15)), default, c, uy);
            Assert.That(c.ToArray(), Is.All.Matches<T>(T.IsFinite), name);
            Assert.That(uy.ToArray(), Is.All.EqualTo(T.Zero), name);
        }
    }

    [Test]
    public void SatisfiedRowsAreZeroInBothProducts()
    {
        var constraint = Make("bones", isInequality: true);
        var inner = Make("bones", isInequality: false);
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

    [Test]
    public void LimitsOutOfRangeAreNamed()
    {
        Assert.That(() => new BoneLengthLimit<T>(Device), Throws.ArgumentException.With.Message.Contains("at least one bone"));
        Assert.That(() => new BoneLengthLimit<T>(Device, (0, 1, 0)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("limit of bone 1"));
        Assert.That(() => new BoneLengthLimit<T>(Device, (2, 2, 1)), Throws.ArgumentException.With.Message.Contains("bone 1 leads from joint 2 to itself"));
        Assert.That(() => new JointAngleLimit<T>(9, [(0, 1, 1, 1)]), Throws.ArgumentException.With.Message.Contains("three different ones"));
        Assert.That(() => new JointAngleLimit<T>(9, [(0, 1, 3, 1)]), Throws.ArgumentException.With.Message.Contains("joint 3"));
        Assert.That(() => new JointAngleLimit<T>(9, [(0, 1, 2, 4)]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to pi"));
    }

    private IOutputConstraint<T> Make(string name, bool isInequality)
    {
        IOutputConstraint<T> constraint = name == "bones"
            ? new BoneLengthLimit<T>(Device, (0, 1, 2), (1, 2, 2.5), (2, 3, 1.5))
            : new JointAngleLimit<T>(15, [(0, 1, 2, 1.5), (1, 2, 3, 1.2), (2, 3, 4, 2)]);
        return isInequality ? new Inequality<T>(Device, constraint) : constraint;
    }

    private Tensor<T> Poses() => Numbers.Normal(Device, new Shape(Samples, 15), 1);
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
