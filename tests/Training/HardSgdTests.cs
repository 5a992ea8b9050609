using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Hard-SGD on y = w x + b with C(y) = y - 1, where the step of Eq. 5 can be computed by hand.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class HardSgdTests(string deviceName)
{
    [Test]
    public void OneActiveSampleProjectsTheGradientStep()
    {
        // w = 2, b = 1; g = (10, 4) as in the soft tests; active x = 2: C = 4, A = (2, 1), S = 5, eta = 100.
        // Lambda = (eta C - A g) / S = (400 - 24) / 5 = 75.2; dw = -(g + A^T Lambda) / eta.
        using var tiny = new TinyProblem(2, 1, deviceName);
        var method = Method(tiny, activeSamples: 1, eta: 100);
        var report = method.Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        var expected = new[] { 2 - ((10 + (2 * 75.2)) / 100), 1 - ((4 + 75.2) / 100) };
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(expected).Within(1e-10));
        Assert.That(report.MultiplierNorm, Is.EqualTo(75.2).Within(1e-8));
        Assert.That(report.Loss, Is.EqualTo(5).Within(1e-14));
        Assert.That(report.ActiveViolation, Is.EqualTo(new[] { 4.0 }));
        Assert.That(report.Solve!.IsConverged);

        // The constraint is linear in (w, b), so it holds after one step: 2 w + b = 1.
        Assert.That((2 * expected[0]) + expected[1], Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void DuplicatedActiveSamplesGiveTheSameStep()
    {
        using var once = new TinyProblem(2, 1, deviceName);
        using var thrice = new TinyProblem(2, 1, deviceName);
        Method(once, 1, 100).Step(once.Batch((1, 2), (3, 4)), once.Batch((2, 0)));
        var report = Method(thrice, 3, 100).Step(thrice.Batch((1, 2), (3, 4)), thrice.Batch((2, 0), (2, 0), (2, 0)));
        Assert.That(thrice.Parameters.ToArray(), Is.EqualTo(once.Parameters.ToArray()).Within(1e-9));
        // Minimum length shares the multiplier equally: norm 75.2 / sqrt(3).
        Assert.That(report.MultiplierNorm, Is.EqualTo(75.2 / Math.Sqrt(3)).Within(1e-6));
    }

    [Test]
    public void MoreRowsThanParametersAreSolvedWhereTheyAgree()
    {
        // y = 1 at x = 1, 2 and 3 with three targets for two parameters would be solvable by w = 0, b = 1;
        // after one linear step all three hold.
        using var tiny = new TinyProblem(2, 1, deviceName);
        Method(tiny, 3, 100).Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((1, 0), (2, 0), (3, 0)));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0.0, 1.0 }).Within(1e-9));
    }

    [Test]
    public void EtaMustBePositive()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        Assert.That(() => Method(tiny, 1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("eta"));
    }

    private static HardSgd<double> Method(TinyProblem tiny, int activeSamples, double eta)
        => new(tiny.Risk(), tiny.Function(activeSamples), tiny.Parameters, new HardSgdOptions(eta));
}
