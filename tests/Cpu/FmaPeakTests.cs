using PoseEngine.Cpu;

namespace PoseEngine.Tests.Cpu;

public class FmaPeakTests
{
    [Test]
    public void APeakIsAtLeastTheMedianAndBothAreRates()
    {
        var rate = FmaPeak.Measure<float>(2);
        Assert.That(rate.Median, Is.GreaterThan(0).And.LessThanOrEqualTo(rate.Peak));
    }

    [Test]
    public void NoThreadIsRefused()
        => Assert.That(() => FmaPeak.Measure<double>(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("threads"));
}
