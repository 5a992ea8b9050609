using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Steps of the soft methods against the same steps by hand on y = w x + b.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class SoftMethodTests(string deviceName)
{
    // w = 2, b = 1; samples (1, 2) and (3, 4): yhat = 3, 7; errors e = 1, 3.
    // R = (1 + 9) / 2 = 5; dR/dw = 2/2 (1*1 + 3*3) = 10; dR/db = 1 + 3 = 4.
    private const double W = 2;
    private const double B = 1;

    [Test]
    public void SgdWithoutPenaltyIsMinusGradientOverEta()
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var method = new SoftSgd<double>(tiny.Risk(), tiny.Parameters, eta: 100, null);
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), null);
        Assert.That(report.Loss, Is.EqualTo(5).Within(1e-14));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - 0.1, B - 0.04]).Within(1e-14));
        Assert.That(report.StepNorm, Is.EqualTo(Math.Sqrt(116) / 100).Within(1e-14));
        Assert.That(report.Iteration, Is.EqualTo(1));
    }

    // Active samples x = 2 and 4: C = 5 - 1 = 4 and 9 - 1 = 8; sum of squares 80.
    // dP/dw = 2 lambda (4*2 + 8*4) = 80 lambda; dP/db = 2 lambda (4 + 8) = 24 lambda.
    [TestCase(PenaltyForm.Sum, 1)]
    [TestCase(PenaltyForm.Mean, 0.5)]
    public void SgdAddsTheGradientOfThePenalty(PenaltyForm form, double factor)
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var soft = new SoftConstraint<double>(tiny.Function(2), 0.5, form);
        var method = new SoftSgd<double>(tiny.Risk(), tiny.Parameters, eta: 100, soft);
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0), (4, 0)));
        var lambda = 0.5 * factor;
        Assert.That(report.Penalty, Is.EqualTo(80 * lambda).Within(1e-12));
        Assert.That(report.ActiveViolation, Is.EqualTo(new[] { 6.0 }), "the mean of the middle two of |4| and |8|");
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - ((10 + (80 * lambda)) / 100), B - ((4 + (24 * lambda)) / 100)]).Within(1e-13));
    }

    /// <summary>Two constraints y - 1 and 2 y with lambdas 0.5 and 0.25 at active x = 2: C = (4, 10).</summary>
    [Test]
    public void EveryConstraintHasItsLambda()
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var soft = new SoftConstraint<double>(tiny.Function(new TwoOutputs(), 1), [0.5, 0.25]);
        var report = new SoftSgd<double>(tiny.Risk(), tiny.Parameters, eta: 100, soft).Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        Assert.That(report.Penalty, Is.EqualTo((0.5 * 16) + (0.25 * 100)).Within(1e-12));

        // dP/dy = 2 * 0.5 * 4 + 2 * 0.25 * 10 * 2 = 14, so that dP/dw = 28 and dP/db = 14.
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - 0.38, B - 0.18]).Within(1e-13));
    }

    [Test]
    public void ZeroForOneConstraintLeavesItOut()
    {
        using var both = new TinyProblem(W, B, deviceName);
        using var one = new TinyProblem(W, B, deviceName);
        new SoftSgd<double>(both.Risk(), both.Parameters, 100, new SoftConstraint<double>(both.Function(new TwoOutputs(), 1), [0.5, 0]))
            .Step(both.Batch((1, 2), (3, 4)), both.Batch((2, 0)));
        new SoftSgd<double>(one.Risk(), one.Parameters, 100, new SoftConstraint<double>(one.Function(1), 0.5))
            .Step(one.Batch((1, 2), (3, 4)), one.Batch((2, 0)));
        Assert.That(both.Parameters.ToArray(), Is.EqualTo(one.Parameters.ToArray()).Within(1e-15));
        Assert.That(
            () => new SoftSgd<double>(one.Risk(), one.Parameters, 100, new SoftConstraint<double>(one.Function(3), [1, 2])),
            Throws.ArgumentException.With.Message.Contains("3 constraint rows and 2 lambdas"));
    }

    // The penalty on 4^2 with lambda 0.5 is 8, times the schedule's factor.
    [TestCase("constant", 1, 1, 1)]
    [TestCase("linear:3", 0.25, 0.5, 0.75)]
    [TestCase("geometric:0.01:2", 0.01, 0.1, 1)]
    public void TheScheduleMultipliesLambda(string schedule, double first, double second, double third)
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var soft = new SoftConstraint<double>(tiny.Function(1), 0.5) { Schedule = LambdaSchedule.Parse(schedule)! };
        var method = new SoftSgd<double>(tiny.Risk(), tiny.Parameters, 1e12, soft);
        foreach (var factor in (double[])[first, second, third])
        {
            var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
            Assert.That(report.Penalty, Is.EqualTo(8 * factor).Within(1e-8));
        }
        Assert.That(LambdaSchedule.Parse(schedule)!.ToString(), Is.EqualTo(schedule));
    }

    [TestCase("linear")]
    [TestCase("linear:0")]
    [TestCase("geometric:0:5")]
    [TestCase("geometric:2:5")]
    [TestCase("cosine:5")]
    public void OtherSchedulesAreNone(string text) => Assert.That(LambdaSchedule.Parse(text), Is.Null);

    [TestCase(-0.1, 5)]
    [TestCase(1.5, 5)]
    [TestCase(double.NaN, 5)]
    [TestCase(0.5, -1)]
    public void SchedulesOutOfRangeAreRefused(double start, long steps)
        => Assert.That(() => new LambdaSchedule(start, steps), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void MomentumKeepsAShareOfTheVelocity()
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var method = new SoftSgd<double>(tiny.Risk(), tiny.Parameters, eta: 100, null, momentum: 0.5);
        method.Step(tiny.Batch((1, 2), (3, 4)), null);
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - 0.1, B - 0.04]).Within(1e-14), "the first step is plain");

        // At w = 1.9, b = 0.96: errors 0.86 and 2.66; gradient (0.86 + 3 * 2.66, 0.86 + 2.66) = (8.84, 3.52).
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), null);
        double[] velocity = [5 + 8.84, 2 + 3.52];
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - 0.1 - (velocity[0] / 100), B - 0.04 - (velocity[1] / 100)]).Within(1e-13));
        Assert.That(report.StepNorm, Is.EqualTo(Math.Sqrt((velocity[0] * velocity[0]) + (velocity[1] * velocity[1])) / 100).Within(1e-13));
        Assert.That(method.State.Single().Vector.ToArray(), Is.EqualTo(velocity).Within(1e-12));
        Assert.That(
            () => new SoftSgd<double>(tiny.Risk(), tiny.Parameters, 100, null, momentum: 1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("momentum"));
    }

    [Test]
    public void AdamTakesTheStepOfItsPaper()
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var options = new AdamOptions(0.01, 0.9, 0.999, 1e-8);
        var method = new SoftAdam<double>(tiny.Risk(), tiny.Parameters, options, null);
        method.Step(tiny.Batch((1, 2), (3, 4)), null);
        // The first step is rate * g / (|g| + epsilon) in every coordinate.
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo([W - 0.01, B - 0.01]).Within(1e-10));

        // Second step, with the gradient at w = 1.99, b = 0.99: errors 0.98 and 2.96.
        double[] g1 = [10, 4];
        double[] g2 = [0.98 + (3 * 2.96), 0.98 + 2.96];
        method.Step(tiny.Batch((1, 2), (3, 4)), null);
        for (var i = 0; i < 2; i++)
        {
            var m = (0.9 * 0.1 * g1[i]) + (0.1 * g2[i]);
            var v = (0.999 * 0.001 * g1[i] * g1[i]) + (0.001 * g2[i] * g2[i]);
            var step = 0.01 * (m / (1 - 0.81)) / (Math.Sqrt(v / (1 - (0.999 * 0.999))) + 1e-8);
            Assert.That(tiny.Parameters.ToArray()[i], Is.EqualTo((i == 0 ? W : B) - 0.01 - step).Within(1e-9));
        }
    }

    [Test]
    public void LambdaZeroIsTheUnconstrainedRunBitForBit()
    {
        using var plain = new TinyProblem(W, B, deviceName);
        using var zero = new TinyProblem(W, B, deviceName);
        var first = new SoftAdam<double>(plain.Risk(), plain.Parameters, new AdamOptions(), null);
        var second = new SoftAdam<double>(zero.Risk(), zero.Parameters, new AdamOptions(), new SoftConstraint<double>(zero.Function(4), 0));
        Assert.That(second.ActiveSamples, Is.Zero);
        for (var i = 0; i < 5; i++)
        {
            first.Step(plain.Batch((1, 2), (3, 4)), null);
            second.Step(zero.Batch((1, 2), (3, 4)), null);
        }
        Assert.That(zero.Parameters.ToArray(), Is.EqualTo(plain.Parameters.ToArray()));
    }

    [Test]
    public void NaNStopsBeforeTheParametersMove()
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        var method = new SoftSgd<double>(tiny.Risk(1), tiny.Parameters, eta: 1, null);
        Assert.That(
            () => method.Step(tiny.Batch((double.NaN, 0)), null),
            Throws.TypeOf<NonFiniteStepException>().With.Message.EqualTo("iteration 1: the loss is not finite"));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { W, B }));
        Assert.That(method.Iteration, Is.Zero);
    }

    [Test]
    public void ParameterTensorOfANaNIsNamed()
    {
        using var tiny = new TinyProblem(W, double.PositiveInfinity, deviceName);
        var method = new SoftSgd<double>(tiny.Risk(1), tiny.Parameters, eta: 1, null);
        Assert.That(
            () => method.Step(tiny.Batch((1, 0)), null),
            Throws.TypeOf<NonFiniteStepException>().With.Message.Contains("tensor dense1.bias"));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void EtaMustBePositive(double eta)
    {
        using var tiny = new TinyProblem(W, B, deviceName);
        Assert.That(
            () => new SoftSgd<double>(tiny.Risk(1), tiny.Parameters, eta, null),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta must be a finite number greater than 0"));
    }

    /// <summary>y = 1 and 2 y = 0.</summary>
    private sealed class TwoOutputs() : SampleConstraint<double>("two", outputs: 1, rowsPerSample: 2)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => (c[0], c[1]) = (y[0] - 1, 2 * y[0]);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => (dc[0], dc[1]) = (dy[0], 2 * dy[0]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0] + (2 * u[1]);
    }
}
