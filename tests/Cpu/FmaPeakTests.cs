using PoseEngine.Cpu;

namespace PoseEngine.Tests.Cpu;

public class FmaPeakTests
{
    [Test]
    public void TheRateIsThatOfAProcessor()
    {
        // One multiply-add a vector lane and cycle at a hundredth of a gigahertz, and 64 of float32 at eight gigahertz.
        var rate = FmaPeak.Measure<float>(1);
        Assert.That(rate.Median, Is.InRange(0.02 * System.Numerics.Vector<float>.Count, 1024).And.LessThanOrEqualTo(rate.Peak));
    }

    [Test]
    public void NoThreadIsRefused()
        => Assert.That(() => FmaPeak.Measure<double>(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("threads"));
}
