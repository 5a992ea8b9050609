using PoseEngine.Cpu;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Functions;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>Single steps against numbers worked out by hand, and at the edges of the settings.</summary>
public class SphereStepTests
{
    // Centres (0,0), (3,0) and a far one; x0 = (6,0).
    private static readonly double[][] Rows = [[0, 0], [3, 0], [-40, 7], [6, 0], [0, 14]];

    private CpuDevice<double> _device = null!;
    private SphereProblem<double> _problem = null!;

    [SetUp]
    public void Open() => _problem = SphereProblem<double>.From(_device = new CpuDevice<double>(1), Rows);

    [TearDown]
    public void Close()
    {
        _problem.Dispose();
        _device.Dispose();
    }

    [Test]
    public void ASoftStepIsThatOfEq17()
    {
        // C = 4 along (0,1): gradient (-6,14) + 2 5 4 (0,1).
        using var step = SphereMethods.Soft(_problem, 1, 1, _device.Zeros(2), lambda: 5, rate: 0.01);
        Assert.That(Moved(step, [0, 14], [0]), Is.EqualTo(new[] { 0.06, 13.46 }).Within(1e-14));
    }

    [Test]
    public void AHardStepWithOneConstraintMovesTheRestByTheGradient()
    {
        // e = (0,1), C = 4: dw_y = -4; eta dw_x = 6.
        using var step = SphereMethods.Hard(_problem, 1, 1, _device.Zeros(2), eta: 2);
        Assert.That(Moved(step, [0, 14], [0]), Is.EqualTo(new[] { 3.0, 10 }).Within(1e-12));
    }

    [Test]
    public void AHardStepWithTwoConstraintsGoesWhereTheirTangentsMeet()
    {
        // e1 = (0,1), C1 = -6; e2 = (-0.6,0.8), C2 = -5: dy = 6, -0.6 dx + 4.8 = 5.
        using var step = SphereMethods.Hard(_problem, 1, 2, _device.Zeros(2), eta: 2);
        Assert.That(Moved(step, [0, 4], [0, 1]), Is.EqualTo(new[] { -1 / 3.0, 10 }).Within(1e-12));
    }

    [TestCase(0, 10)]
    [TestCase(0.5, 9)]
    [TestCase(1, 8.5)]
    [TestCase(1e8, 7)]
    public void DampingLeavesAPartOfTheConstraint(double delta, double y)
    {
        // 4 + dw_y = delta Lambda / eta with eta dw_y = -(14 + Lambda): Lambda = -6 / (1 + delta); far out it is the gradient step.
        using var step = SphereMethods.Hard(_problem, 1, 1, _device.Zeros(2), eta: 2, delta);
        Assert.That(Moved(step, [0, 14], [0]), Is.EqualTo(new[] { 3.0, y }).Within(1e-7));
    }

    [Test]
    public void LambdaZeroIsGradientDescentBitForBit()
    {
        using var step = SphereMethods.Soft(_problem, 1, 3, _device.Zeros(2), lambda: 0, rate: 0.1);
        using var empty = SphereMethods.Soft(_problem, 1, 0, _device.Zeros(2), lambda: 100, rate: 0.1);
        double[] expected = [Math.FusedMultiplyAdd(-0.1, 1.25 - 6, 1.25), Math.FusedMultiplyAdd(-0.1, 14, 14)];
        Assert.That(Moved(step, [1.25, 14], [0, 1, 2]), Is.EqualTo(expected));
        Assert.That(Moved(empty, [1.25, 14], []), Is.EqualTo(expected));
    }

    [Test]
    public void AnEmptyActiveSetLeavesTheGradientStep()
    {
        using var step = SphereMethods.Hard(_problem, 1, 0, _device.Zeros(2), eta: 4);
        Assert.That(Moved(step, [2, 14], []), Is.EqualTo(new[] { 3, 10.5 }).Within(1e-13));
    }

    [TestCase(1e-12)]
    [TestCase(1e12)]
    public void ExtremeEtaGivesAFiniteStepThatMeetsItsConstraint(double eta)
    {
        using var step = SphereMethods.Hard(_problem, 1, 1, _device.Zeros(2), eta);
        var w = Moved(step, [0, 14], [0]);
        Assert.That(w, Is.All.Matches<double>(double.IsFinite));
        Assert.That(w[1], Is.EqualTo(10).Within(1e-6 * Math.Max(Math.Abs(w[0]), 1)));
    }

    [Test]
    public void AtACentreTheConstraintHasNoSay()
    {
        using var step = SphereMethods.Hard(_problem, 1, 1, _device.Zeros(2), eta: 2);
        Assert.That(Moved(step, [0, 0], [0]), Is.EqualTo(new[] { 3.0, 0 }).Within(1e-12));
    }

    [Test]
    public void ContradictionsGiveTheLeastSquaresStep()
    {
        // In two dimensions three constraints contradict; with eta small the gradient does not matter within the rank.
        using var step = SphereMethods.Hard(_problem, 1, 3, _device.Zeros(2), eta: 2);
        var w = Moved(step, [0, 14], [0, 1, 2]);

        // A dw = -C by normal equations.
        double[] x = [0, -3 / Math.Sqrt(205), 40 / Math.Sqrt(1649)], y = [1, 14 / Math.Sqrt(205), 7 / Math.Sqrt(1649)];
        double[] c = [4, Math.Sqrt(205) - 10, Math.Sqrt(1649) - 10];
        double xx = Dot(x, x), xy = Dot(x, y), yy = Dot(y, y), xc = -Dot(x, c), yc = -Dot(y, c), det = (xx * yy) - (xy * xy);
        double[] expected = [((yy * xc) - (xy * yc)) / det, 14 + (((xx * yc) - (xy * xc)) / det)];
        Assert.That(w, Is.EqualTo(expected).Within(1e-8));
    }

    private double[] Moved(TrainingMethod<double> method, double[] from, int[] active)
    {
        method.Parameters.CopyFrom(from);
        var spheres = _device.Zeros<int>(new Shape(active.Length));
        spheres.CopyFrom(active);
        var report = method.Step(default, new Batch<double> { Samples = spheres });
        Assert.That(report.IsUnconverged, Is.False, report.Solve?.Explanation);
        return method.Parameters.ToArray();
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (p, q) => p * q).Sum();
}
