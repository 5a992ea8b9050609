using PoseEngine.Experiments;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

public class BvhUnitTests
{
    [TestCase("cmu", 56.444)]
    [TestCase("M", 1000)]
    [TestCase("cm", 10)]
    [TestCase("mm", 1)]
    [TestCase("inch", 25.4)]
    [TestCase("56.4", 56.4)]
    [TestCase("1e2", 100)]
    public void NamesAndNumbersAreRead(string text, double millimetres)
        => Assert.That(BvhUnit.Parse(text).Millimetres, Is.EqualTo(millimetres).Within(1e-3));

    [TestCase("foot")]
    [TestCase("0")]
    [TestCase("-3")]
    [TestCase("NaN")]
    [TestCase("")]
    public void OtherUnitsAreRefused(string text)
        => Assert.That(() => BvhUnit.Parse(text), Throws.TypeOf<UserErrorException>().With.Message.Contain("auto, cmu, m, cm"));

    [TestCase(.85, "m")]
    [TestCase(.65, "m")]
    [TestCase(90, "cm")]
    [TestCase(830, "mm")]
    [TestCase(14.9, "cmu")]
    [TestCase(33, "inch")]
    public void AutoGuessesFromTheLegs(double legLength, string name)
        => Assert.That(BvhUnit.Auto.Resolve(legLength, "clip.bvh").Name, Is.EqualTo(name));

    [TestCase("cm", .85)]
    [TestCase("cmu", 85)]
    [TestCase("auto", 1e6)]
    [TestCase("auto", 0)]
    public void LegsOfNoPersonAreRefused(string unit, double legLength)
        => Assert.That(() => BvhUnit.Parse(unit).Resolve(legLength, "clip.bvh"),
            Throws.TypeOf<UserErrorException>().With.Message.StartWith("clip.bvh: ").And.Message.Not.Contain("\n"));
}
