using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>Dominated models are no part of a front, and violations along it are interpolated at equal error.</summary>
public class ParetoFrontTests
{
    private static readonly ParetoFront Front = ParetoFront.Of(
    [
        new(50, 4), new(40, 6), new(45, 7), new(60, 1), new(60, 3), new(55, 4), new(double.NaN, 0), new(30, double.PositiveInfinity), new(40, 9),
    ]);

    [Test]
    public void DominatedModelsAreOut()
        => Assert.That(Front.Points, Is.EqualTo(new FrontPoint[] { new(40, 6), new(50, 4), new(60, 1) }));

    [TestCase(39.9, double.NaN)]
    [TestCase(40, 6)]
    [TestCase(45, 5)]
    [TestCase(50, 4)]
    [TestCase(58, 1.6)]
    [TestCase(60, 1)]
    [TestCase(600, 1)]
    [TestCase(double.NaN, double.NaN)]
    public void ViolationIsInterpolatedAlongTheFront(double error, double expected)
        => Assert.That(Front.ViolationAt(error), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void NoModelsMakeAnEmptyFront()
    {
        Assert.That(ParetoFront.Of([]).IsEmpty);
        Assert.That(ParetoFront.Of([]).ViolationAt(10), Is.NaN);
    }

    [Test]
    public void ASpreadLeavesOutWhatIsNotFinite()
    {
        Assert.That(Spread.Of([3, double.NaN, 1, 2, double.PositiveInfinity]), Is.EqualTo(new Spread(2, 1, 3, 3)));
        Assert.That(Spread.Of([4, 1]), Is.EqualTo(new Spread(2.5, 1, 4, 2)));
        Assert.That(Spread.Of([double.NaN]).Count, Is.Zero);
    }
}
