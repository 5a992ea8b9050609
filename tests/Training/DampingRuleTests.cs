using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>How delta follows the change of ||C||.</summary>
public sealed class DampingRuleTests
{
    private const double Epsilon = 2e-16;

    [TestCase(4, 2, 2, 1.0, Description = "as predicted")]
    [TestCase(4, 2, 3, 0.5, Description = "half of what was predicted")]
    [TestCase(4, 2, 5, -0.5, Description = "worse")]
    [TestCase(0, 1, 1, 1.0, Description = "the loss pulls C away from 0, as predicted")]
    [TestCase(1, 2, 4, -1.0, Description = "three times as far as predicted")]
    [TestCase(1, 1, 1, null, Description = "nothing was to change, and nothing did")]
    [TestCase(0, 0, 0, null)]
    [TestCase(1, 1, 2, double.NegativeInfinity, Description = "nothing was to change")]
    [TestCase(1, 0, double.NaN, double.NegativeInfinity)]
    public void TheRatioIsActualByPredictedChange(double before, double predicted, double after, double? ratio)
        => Assert.That(DampingRule.Ratio(before, predicted, after, Epsilon), Is.EqualTo(ratio));

    [TestCase(0.76, 0.5)]
    [TestCase(0.75, 1.0)]
    [TestCase(0.0, 1.0)]
    [TestCase(-0.01, 4.0)]
    [TestCase(double.NegativeInfinity, 4.0)]
    [TestCase(null, 1.0)]
    public void DeltaFollowsTheRatio(double? ratio, double factor) => Assert.That(DampingRule.Next(3, ratio), Is.EqualTo(3 * factor));

    [Test]
    public void DeltaStaysInItsRange()
    {
        Assert.That(DampingRule.Next(1.5e-8, 1), Is.EqualTo(DampingRule.Floor));
        Assert.That(DampingRule.Next(1e8, -1), Is.EqualTo(DampingRule.Ceiling));
    }
}
