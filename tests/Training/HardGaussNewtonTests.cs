using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Hard-GN and Hard-LM on y = w x + b against Eq. 6 by hand.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class HardGaussNewtonTests(string deviceName)
{
    private const double Eta = 2;

    // w = 2, b = 1; samples (1, 2) and (3, 4): r = (1, 3), J = (1 1; 3 1), J^T J = (10 4; 4 2), J^T r = (10, 4).
    // Active x = 2: C = 4, A = (2, 1).
    [Test]
    public void AStepSolvesEq6()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        var report = Method(tiny, tiny.Constraint, adapts: false).Step(tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));

        // H = J^T J + 2 I = (12 4; 4 4), H^-1 = (4 -4; -4 12) / 32.
        double[] hg = [((4 * 10) - (4 * 4)) / 32.0, ((-4 * 10) + (12 * 4)) / 32.0];
        double[] ha = [((4 * 2) - (4 * 1)) / 32.0, ((-4 * 2) + (12 * 1)) / 32.0];
        var lambda = (4 - ((2 * hg[0]) + hg[1])) / ((2 * ha[0]) + ha[1]);
        double[] dw = [-hg[0] - (lambda * ha[0]), -hg[1] - (lambda * ha[1])];
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 2 + dw[0], 1 + dw[1] }).Within(1e-9));
        Assert.That(report.MultiplierNorm, Is.EqualTo(Math.Abs(lambda)).Within(1e-8));
        Assert.That(report.GainRatio, Is.Null);
        Assert.That((2 * tiny.Parameters.ToArray()[0]) + tiny.Parameters.ToArray()[1], Is.EqualTo(1).Within(1e-9));
    }

    [Test]
    public void WhereEverythingIsLinearThePromiseIsKeptAndEtaIsHalved()
    {
        using var tiny = new TinyProblem(2, 1, deviceName);
        using var fixedEta = new TinyProblem(2, 1, deviceName);
        var (batch, active) = (tiny.Batch((1, 2), (3, 4)), tiny.Batch((2, 0)));
        var method = Method(tiny, tiny.Constraint, adapts: true);
        var first = method.Step(batch, active);
        Method(fixedEta, fixedEta.Constraint, adapts: false).Step(fixedEta.Batch((1, 2), (3, 4)), fixedEta.Batch((2, 0)));
        Assert.That(first.GainRatio, Is.EqualTo(1).Within(1e-9));
        Assert.That((first.Accepted, first.Eta), Is.EqualTo((true, (double?)Eta)));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(fixedEta.Parameters.ToArray()), "the step is that of Eq. 6");
        Assert.That(method.Step(batch, active).Eta, Is.EqualTo(Eta / 2));
        Assert.That(method.State.Single(state => state.Name == "eta").Vector.ToArray(), Is.EqualTo(new[] { Eta / 4 }));
    }

    [Test]
    public void AStepThatBreaksItsPromiseIsTakenBackAndEtaGrows()
    {
        // C(y) = y^2 - 1 at y = 0.01: the linearization sends y to 50, where C is 2500.
        using var tiny = new TinyProblem(0.01, 0, deviceName);
        var method = Method(tiny, new SquareIsOne(), adapts: true);
        var report = method.Step(tiny.Batch((1, 0.01), (1, 0.01)), tiny.Batch((1, 0)));
        Assert.That(report.Accepted, Is.False);
        Assert.That(report.GainRatio, Is.LessThan(0));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0.01, 0 }), "the same bits");
        Assert.That(method.State.Single(state => state.Name == "eta").Vector.ToArray(), Is.EqualTo(new[] { 4 * Eta }));
    }

    [Test]
    public void AtASolutionNothingMovesAndNothingFails()
    {
        // y = 1 on all samples: r = 0 and C = 0.
        using var tiny = new TinyProblem(0, 1, deviceName);
        var report = Method(tiny, tiny.Constraint, adapts: true).Step(tiny.Batch((1, 1), (3, 1)), tiny.Batch((2, 0)));
        Assert.That((report.Accepted, report.StepNorm), Is.EqualTo((true, 0.0)));
        Assert.That(tiny.Parameters.ToArray(), Is.EqualTo(new[] { 0.0, 1 }));
    }

    [Test]
    public void EtaThatVanishesInThePrecisionIsRefused()
    {
        using var device = Devices.Create<float>(deviceName);
        var network = new PoseEngine.Layers.Network<float>(device, new PoseEngine.Tensors.Shape(1), new PoseEngine.Layers.DenseSpec(3));
        Assert.That(
            () => new HardGaussNewton<float>(
                new ResidualRisk<float>(network, 2), new OutputConstraintFunction<float>(network, new LimbSymmetry<float>(device, 1, (0, 0, 0, 0)), 1),
                device.Zeros(6), new HardGaussNewtonOptions(1e-50, Adapts: true)),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("too small"));
    }

    private static HardGaussNewton<double> Method(TinyProblem tiny, IOutputConstraint<double> constraint, bool adapts)
        => new(tiny.Risk(), tiny.Function(constraint, 1), tiny.Parameters, new HardGaussNewtonOptions(Eta, adapts));

    private sealed class SquareIsOne() : SampleConstraint<double>("y^2 = 1", outputs: 1, rowsPerSample: 1)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = (y[0] * y[0]) - 1;

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = 2 * y[0] * dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = 2 * y[0] * u[0];
    }
}
