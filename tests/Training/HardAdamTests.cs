using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Hard-Adam on y = w x + b with C(y) = y - 1 against Eq. 10 to 12 by hand.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class HardAdamTests(string deviceName)
{
    private const double Eta = 100;
    private const double Epsilon = 1e-3;

    // w = 2, b = 1; g = (10, 4) as in the soft tests; active x = 2: C = 4, A = (2, 1).
    private static readonly double[] Gradient = [10, 4];
    private static readonly double[] A = [2, 1];

    [Test]
    public void TheFirstStepFromZeroMomentsIsEq12AsPrinted()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        var report = Method(tiny, warmup: 0).Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));

        // m = 0.1 g, v = 0.001 g^2, f = sqrt(0.001) / 0.1.
        double[] m = [1, 0.4], v = [0.1, 0.016];
        var (dw, lambda) = Step(m, v, Math.Sqrt(0.001) / 0.1, 4);
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2 + dw[0], 1 + dw[1] }).Within(1e-10));
        Assert.That(report.MultiplierNorm, Is.EqualTo(Math.Abs(lambda)).Within(1e-9));
        Assert.That(report.StepNorm, Is.EqualTo(Math.Sqrt((dw[0] * dw[0]) + (dw[1] * dw[1]))).Within(1e-10));
        Assert.That(report.Accepted);

        // The constraint is linear in (w, b), so it holds after one step.
        Assert.That((2 * tiny.Parameters.ToArray()[0]) + tiny.Parameters.ToArray()[1], Is.EqualTo(1).Within(1e-10));
    }

    [Test]
    public void TheWarmUpMovesMomentsAndNothingElse()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        var method = Method(tiny, warmup: 2);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(method.WantsActiveSet, Is.False);
            var warm = method.Step(tiny.Batch((1, 2), (3, 4)), null);
            Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2.0, 1 }));
            Assert.That((warm.Accepted, warm.StepNorm, warm.Solve), Is.EqualTo((false, 0.0, (object?)null)));
        }
        Assert.That(method.WantsActiveSet);
        method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));

        // Three times the same gradient: m = (1 - 0.9^3) g, v = (1 - 0.999^3) g^2, and f undoes both.
        var (one, two) = (1 - Math.Pow(0.9, 3), 1 - Math.Pow(0.999, 3));
        double[] m = [.. Gradient.Select(g => one * g)], v = [.. Gradient.Select(g => two * g * g)];
        var (dw, _) = Step(m, v, Math.Sqrt(two) / one, 4);
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2 + dw[0], 1 + dw[1] }).Within(1e-10));
    }

    [Test]
    public void DuplicatedActiveSamplesGiveTheSameStep()
    {
        using var once = new TinyProblem(2, 1, deviceName);
        using var thrice = new TinyProblem(2, 1, deviceName);
        Method(once, 0).Step(once.Batch((1, 2), (3, 4)), once.Batch((2, 0)));
        Method(thrice, 0, active: 3).Step(thrice.Batch((1, 2), (3, 4)), thrice.Batch((2, 0), (2, 0), (2, 0)));
        Assert.That(thrice.Parameters.ToArray(), Is.EqualTo(once.Parameters.ToArray()).Within(1e-9));
    }

    [Test]
    public void TheCorrectionGoesToParametersWithoutGradient()
    {
        // Samples at x = 0 leave w without a gradient: its v is 0, and it is 1 / epsilon times cheaper to move than b.
        using var tiny = new TinyProblem(2, 1, deviceName);
        var method = new HardAdam<double>(tiny.Risk(), tiny.Function(1), tiny.Parameters, new HardAdamOptions(Eta) { Warmup = 0 });
        Assert.That(method.LowMomentShare(), Is.NaN);
        method.Step(tiny.Batch((0, 2), (0, 4)), tiny.Batch((2, 0)));
        Assert.That(method.LowMomentShare(), Is.GreaterThan(0.99));
        Assert.That(tiny.Parameters.ToArray()[1], Is.EqualTo(1).Within(0.1), "b hardly moves");
        Assert.That((2 * tiny.Parameters.ToArray()[0]) + tiny.Parameters.ToArray()[1], Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void SettingsOutOfRangeAreNamed()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        Assert.That(() => Method(tiny, -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Warmup"));
        Assert.That(
            () => new HardAdam<double>(tiny.Risk(), tiny.Function(1), tiny.Parameters, new HardAdamOptions(1) { Moments = new AdamOptions(Epsilon: 0) }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("epsilon"));
        Assert.That(
            () => new HardAdam<double>(tiny.Risk(), tiny.Function(1), tiny.Parameters, new HardAdamOptions(0)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta"));
    }

    private static HardAdam<double> Method(TinyProblem tiny, int warmup, int active = 1)
        => new(tiny.Risk(), tiny.Function(active), tiny.Parameters, new HardAdamOptions(Eta)
        {
            Warmup = warmup,
            Moments = new AdamOptions(Epsilon: Epsilon),
        });

    /// <summary>Lambda = (C - A D^-1 m) / (A D^-1 A^T), dw = -D^-1 (m + A^T Lambda), D = eta f (sqrt(v) + epsilon).</summary>
    private static (double[] Dw, double Lambda) Step(double[] m, double[] v, double f, double c)
    {
        double[] d = [.. v.Select(x => Eta * f * (Math.Sqrt(x) + Epsilon))];
        var along = (A[0] * m[0] / d[0]) + (A[1] * m[1] / d[1]);
        var lambda = (c - along) / ((A[0] * A[0] / d[0]) + (A[1] * A[1] / d[1]));
        return ([.. d.Select((x, i) => -(m[i] + (A[i] * lambda)) / x)], lambda);
    }
}
