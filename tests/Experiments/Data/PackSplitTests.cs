using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

public class PackSplitTests : PackFixture
{
    [TestCase(162_008, 129_606)]
    [TestCase(5, 4)]
    [TestCase(1, 0)]
    public void TheRandomSplitIsDisjointAndComplete(int count, int training)
    {
        var split = PackSplit.Random(count, 3);
        Assert.That(split.Training, Has.Length.EqualTo(training));
        Assert.That(split.Training.Concat(split.Validation).Order(), Is.EqualTo(Enumerable.Range(0, count)));
        Assert.That(split.Training, Is.Ordered);
        Assert.That(PackSplit.Random(count, 3).Training, Is.EqualTo(split.Training));
        if (count > 5) Assert.That(PackSplit.Random(count, 4).Training, Is.Not.EqualTo(split.Training));
    }

    [Test]
    public void TheSubjectSplitHoldsBackSubjects()
    {
        using var pack = Pack.Open(SmallPack());
        var split = PackSplit.BySubject(pack);
        Assert.That(split.Training.Concat(split.Validation).Order(), Is.EqualTo(Enumerable.Range(0, pack.Count)));
        Assert.That(split.Validation.Select(pack.Subject).Distinct(), Is.EquivalentTo(new[] { "S9", "S11" }));
        Assert.That(split.Training.Select(pack.Subject), Has.None.AnyOf("S9", "S11"));
    }

    [Test]
    public void ASubjectThatIsNotThereIsNamed()
    {
        using var pack = Pack.Open(SmallPack());
        Assert.That(() => PackSplit.BySubject(pack, ["S2"]), Throws.TypeOf<UserErrorException>().With.Message.Contains("S2"));
        Assert.That(() => PackSplit.BySubject(pack, pack.Subjects), Throws.TypeOf<UserErrorException>().With.Message.Contains("leaves 0"));
    }
}
