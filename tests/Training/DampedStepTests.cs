using PoseEngine.Constraints;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Damped hard steps by hand, delta that adapts, and steps that are taken back.</summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class DampedStepTests(string deviceName)
{
    [Test]
    public void AStepByHand()
    {
        // As in the undamped tests: g = (10, 4), C = 4, A = (2, 1), S = 5, eta = 100; delta = 1 makes 10 of S and d = 5 / 100.
        using var tiny = new TinyProblem(2, 1, deviceName);
        using var method = Method(tiny, tiny.Constraint, new HardSgdOptions(100) { Delta = 1 });
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        const double lambda = (400 - 24) / 10.0;
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2 - ((10 + (2 * lambda)) / 100), 1 - ((4 + lambda) / 100) }).Within(1e-12));
        Assert.That(report.MultiplierNorm, Is.EqualTo(lambda).Within(1e-10));
        Assert.That(report.Solve!.Damping, Is.EqualTo(0.05).Within(1e-14));
        Assert.That((report.Delta, report.ViolationRatio, report.Accepted), Is.EqualTo(((double?)1, (double?)null, true)));
    }

    [Test]
    public void WhereEverythingIsLinearDeltaIsHalved()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        using var method = Method(tiny, tiny.Constraint, new HardSgdOptions(100) { Delta = 1, AdaptsDelta = true });
        var (batch, active) = (tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        var first = method.Step(batch, active);
        Assert.That(first.ViolationRatio, Is.EqualTo(1).Within(1e-9));
        Assert.That(first.Delta, Is.EqualTo(1));
        Assert.That(method.Step(batch, active).Delta, Is.EqualTo(0.5));
        Assert.That(method.State.Single(state => state.Name == "delta").Vector.ToArray(), Is.EqualTo(new[] { 0.25 }));
    }

    /// <summary>C(y) = y^2 - 1 at y = 0.01, A = (0.02, 0.02), S = 8e-4, g = 0: with delta = 1 y goes to 0.01 + 0.9999 / 0.04, where C is 624.</summary>
    [Test]
    public void WhereCGetsWorseDeltaGrowsAndTheStepIsTakenBackOnRequest([Values] bool rejects)
    {
        using var tiny = new TinyProblem(0.01, 0, deviceName);
        using var method = Method(tiny, new SquareIsOne(), new HardSgdOptions(100) { Delta = 1, AdaptsDelta = true, Rejects = rejects });
        var report = method.Step(tiny.Batch((1, 0.01), (1, 0.01)), tiny.Batch((1, 0)));
        const double y = 0.01 + (0.9999 / 0.04);
        // Predicted: 0.9999 to 0.9999 / 2.
        Assert.That(report.ViolationRatio, Is.EqualTo((0.9999 - ((y * y) - 1)) / (0.9999 / 2)).Within(1e-6));
        Assert.That(report.Accepted, Is.EqualTo(!rejects));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(rejects ? [0.01, 0] : new[] { 0.01 + ((y - 0.01) / 2), (y - 0.01) / 2 }).Within(rejects ? 0 : 1e-9));
        Assert.That(method.State.Single(state => state.Name == "delta").Vector.ToArray(), Is.EqualTo(new[] { 4.0 }));
    }

    [Test]
    public void AStepThatWorsensTheMeritIsTakenBackWithItsMoments()
    {
        using var tiny = new TinyProblem(0.01, 0, deviceName);
        var (batch, active) = (tiny.Batch((1, 0.01), (1, 0.02)), tiny.Batch((1, 0)));
        using var method = new HardAdam<double>(
            tiny.Risk(), tiny.Function(new SquareIsOne(), 1), tiny.Parameters,
            new HardAdamOptions(100) { Warmup = 1, Moments = new AdamOptions(Epsilon: 1e-3), Rejects = true });
        Assert.That(method.Step(batch).Accepted, Is.False, "a warm-up moves nothing");
        var moments = method.State.Where(state => state.Name.StartsWith("adam", StringComparison.Ordinal)).Select(state => state.Vector.ToArray()).ToArray();
        var report = method.Step(batch, active);
        Assert.That(report.Accepted, Is.False);
        Assert.That(report.StepNorm, Is.GreaterThan(1));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0.01, 0 }), "the same bits");
        Assert.That(method.State.Where(state => state.Name.StartsWith("adam", StringComparison.Ordinal)).Select(state => state.Vector.ToArray()), Is.EqualTo(moments));
        Assert.That(new TrainerTotals().With(report, 1).Rejected, Is.EqualTo(1));
    }

    [Test]
    public void AStepThatServesTheMeritIsKept([Values(0, 1)] double delta)
    {
        using var looking = new TinyProblem(2, 1, deviceName);
        using var plain = new TinyProblem(2, 1, deviceName);
        using var method = Method(looking, looking.Constraint, new HardSgdOptions(100) { Delta = delta, Rejects = true });
        using var other = Method(plain, plain.Constraint, new HardSgdOptions(100) { Delta = delta });
        Assert.That(method.Step(looking.Batch((1, 2), (3, 4)), looking.Batch((2, 0))).Accepted);
        other.Step(plain.Batch((1, 2), (3, 4)), plain.Batch((2, 0)));
        Assert.That(looking.Parameters.ToArray(), Is.EqualTo(plain.Parameters.ToArray()), "the same step, to the bit");
    }

    [Test]
    public void OptionsOutOfRangeAreRefused()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        Assert.That(
            () => Method(tiny, tiny.Constraint, new HardSgdOptions(1) { Delta = -1 }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("delta"));
        Assert.That(
            () => Method(tiny, tiny.Constraint, new HardSgdOptions(1) { AdaptsDelta = true }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("an adaptive one begins"));
    }

    private static HardSgd<double> Method(TinyProblem tiny, IOutputConstraint<double> constraint, HardSgdOptions options)
        => new(tiny.Risk(), tiny.Function(constraint, 1), tiny.Parameters, options);

    private sealed class SquareIsOne() : SampleConstraint<double>("y^2 = 1", outputs: 1, rowsPerSample: 1)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = (y[0] * y[0]) - 1;

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = 2 * y[0] * dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = 2 * y[0] * u[0];
    }
}
