namespace PoseEngine.Tests;

public sealed class StatisticsTests
{
    [TestCase(0.0, ExpectedResult = 1)]
    [TestCase(0.5, ExpectedResult = 2.5)]
    [TestCase(0.75, ExpectedResult = 4.75)]
    [TestCase(1.0, ExpectedResult = 10)]
    public double QuantilesInterpolate(double q) => Statistics.Quantile([10, 1, 3, 2], q);

    [Test]
    public void InfinitiesHaveTheirPlace()
    {
        double[] values = [double.PositiveInfinity, 1, double.PositiveInfinity];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Statistics.Quantile(values, 0), Is.EqualTo(1));
            Assert.That(Statistics.Quantile(values, 0.75), Is.EqualTo(double.PositiveInfinity));
        }
    }

    [Test]
    public void NaNIsRefused()
    {
        double[] values = [1, double.NaN, 3, double.NaN];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Statistics.Quantile(values, 0.5), Throws.ArgumentException.With.Message.Contains("2 of 4 numbers are NaN"));
            Assert.That(Statistics.QuantileOrNaN(values, 0.5), Is.NaN);
            Assert.That(Statistics.QuantileOrNaN([1, 3], 0.5), Is.EqualTo(2));
            Assert.That(() => Statistics.Quantile([], 0.5), Throws.ArgumentException);
            Assert.That(() => Statistics.Quantile([1], 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("1.5"));
        }
    }
}
