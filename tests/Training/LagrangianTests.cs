using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>One multiplier a constraint, by hand and where the answer is known.</summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public sealed class LagrangianTests(string deviceName)
{
    /// <summary>
    /// y = w x + b at w = 2, b = 1; g = (10, 4). Active x = 2 and 0: C = 4 and 0, mean C^2 = 8. The first step has lambda = 0 and is
    /// Adam's, both elements by the rate; lambda becomes kappa_I (8 - 4). The second by the formula.
    /// </summary>
    [Test]
    public void TwoStepsByHand()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        var dual = new DualOptions(Rate: 0.5, Gain: 0.25, Decay: 0.5);
        using var method = new Lagrangian<double>(
            tiny.Risk(), tiny.Function(2), tiny.Parameters, new LagrangianOptions(2) { Adam = new AdamOptions(0.1), Dual = dual });
        var (batch, active) = (tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0), (0, 0)));
        var first = method.Step(batch, active);
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 1.9, 0.9 }).Within(1e-8));
        Assert.That((first.MultiplierNorm, first.Penalty), Is.EqualTo(((double?)0, 0.0)), "of the step that was made");
        Assert.That(first.GradientNorm, Is.EqualTo(Math.Sqrt(116)).Within(1e-12));
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 0.5 * (8 - 4) }).Within(1e-14));

        // At (1.9, 0.9): y = 2.8 and 6.6 against 2 and 4, C = 3.7 and -0.1; mean C^2 = 6.85.
        var second = method.Step(batch, active);
        double[] g = [((1 * 0.8) + (3 * 2.6)) + (2 * ((3.7 * 2) + 0)), (0.8 + 2.6) + (2 * (3.7 - 0.1))];
        Assert.That(second.GradientNorm, Is.EqualTo(Math.Sqrt((g[0] * g[0]) + (g[1] * g[1]))).Within(1e-6));
        Assert.That(second.Penalty, Is.EqualTo(2 * 6.85).Within(1e-6));
        Assert.That(second.MultiplierNorm, Is.EqualTo(2).Within(1e-14));
        Assert.That(second.ActiveViolation, Is.EqualTo(new[] { 1.9 }).Within(1e-7));
        // xi: 4, then (4 + 2.85) / 2.
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 2 + (0.5 * 2.85) + (0.25 * (3.425 - 4)) }).Within(1e-6));
        Assert.That(method.State.Single(state => state.Name == "errors").Vector.ToArray(), Is.EqualTo(new[] { 3.425 }).Within(1e-6));
    }

    [Test]
    public void AMultiplierIsNeverNegative()
    {
        // y = 1 everywhere: the constraint holds by more than it must.
        using var tiny = new TinyProblem(0, 1, deviceName);
        using var method = new Lagrangian<double>(tiny.Risk(), tiny.Function(1), tiny.Parameters, new LagrangianOptions(0.5));
        method.Step(tiny.Batch((1, 1), (3, 1)), tiny.Batch((2, 0)));
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 0.0 }));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0.0, 1.0 }));
    }

    /// <summary>min (b - 3)^2 subject to (b - 1)^2 &lt;= 1/4: b = 1.5, and 2 (b - 3) + 2 lambda (b - 1) = 0 gives lambda = 3.</summary>
    [Test]
    public void ItFindsTheKktPointOfAConvexProblem()
    {
        using var tiny = new TinyProblem(0, 0, deviceName);
        using var method = new Lagrangian<double>(
            tiny.Risk(1), tiny.Function(1), tiny.Parameters, new LagrangianOptions(0.5) { Adam = new AdamOptions(0.05) { Schedule = RateSchedule.Parse("cosine:500:0.01")! } });
        var (batch, active) = (tiny.Batch((0, 3)), tiny.Batch((0, 0)));
        for (var i = 0; i < 500; i++) method.Step(batch, active);
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0, 1.5 }).Within(1e-3));
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 3.0 }).Within(1e-2));
    }

    /// <summary>min (b - 1.2)^2 under the same constraint: it does not bind.</summary>
    [Test]
    public void AConstraintThatDoesNotBindHasNoMultiplier()
    {
        using var tiny = new TinyProblem(0, 0, deviceName);
        using var method = new Lagrangian<double>(
            tiny.Risk(1), tiny.Function(1), tiny.Parameters, new LagrangianOptions(0.5) { Adam = new AdamOptions(0.05) { Schedule = RateSchedule.Parse("cosine:300:0.01")! } });
        var (batch, active) = (tiny.Batch((0, 1.2)), tiny.Batch((0, 0)));
        for (var i = 0; i < 300; i++) method.Step(batch, active);
        Assert.That(tiny.Parameters.ToArray()[1], Is.EqualTo(1.2).Within(1e-3));
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 0.0 }));
    }

    [Test]
    public void EachConstraintHasItsOwnMultiplierAndTolerance()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        using var method = new Lagrangian<double>(
            tiny.Risk(), tiny.Function(new TwoWishes(), 1), tiny.Parameters, new LagrangianOptions(1, 5) { Dual = new DualOptions(Rate: 1, Gain: 0) });
        // C = (4, 2) at y = 5: 16 - 1, and 4 - 25.
        method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        Assert.That(method.Multipliers(), Is.EqualTo(new[] { 15.0, 0 }).Within(1e-12));
    }

    [Test]
    public void SettingsOutOfRangeAreNamed()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        Lagrangian<double> Make(LagrangianOptions options) => new(tiny.Risk(), tiny.Function(1), tiny.Parameters, options);
        Assert.That(() => Make(new LagrangianOptions(0)), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("tau"));
        Assert.That(() => Make(new LagrangianOptions(1, 2, 3)), Throws.ArgumentException.With.Message.Contains("3 tolerances tau and 1 constraints"));
        Assert.That(() => Make(new LagrangianOptions(1) { Dual = new DualOptions(Rate: 0) }), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("dual rate"));
        Assert.That(() => Make(new LagrangianOptions(1) { Dual = new DualOptions(Decay: 1) }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private sealed class TwoWishes() : SampleConstraint<double>("y = 1 and y = 3", outputs: 1, rowsPerSample: 2)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => (c[0], c[1]) = (y[0] - 1, y[0] - 3);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => (dc[0], dc[1]) = (dy[0], dy[0]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0] + u[1];
    }
}
