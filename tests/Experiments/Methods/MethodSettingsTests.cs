using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Methods;

/// <summary>What settings say of themselves: names of models, and what a resume compares.</summary>
public class MethodSettingsTests
{
    [Test]
    public void SettingsThatDifferAreToldApartByNameAndByText()
    {
        MethodSettings[] all =
        [
            PoseProblem.Settings("soft-adam"),
            PoseProblem.Settings("soft-adam lambda=0.1"),
            PoseProblem.Settings("soft-adam lambda=1,2,3,4,5,6"),
            PoseProblem.Settings("soft-adam lambda=1,2,3,4,5,7"),
            PoseProblem.Settings("soft-adam lambda-schedule=linear:5"),
            PoseProblem.Settings("soft-adam active-set=mined"),
            PoseProblem.Settings("lagrangian"),
            PoseProblem.Settings("lagrangian tau=3"),
            PoseProblem.Settings("lagrangian tau=1,2,3,4,5,6"),
            PoseProblem.Settings("lagrangian tau=3 dual-rate=1"),
            PoseProblem.Settings("soft-sgd"),
            PoseProblem.Settings("soft-sgd momentum=0.9"),
            PoseProblem.Settings("hard-sgd active=16"),
            PoseProblem.Settings("hard-sgd active-set=mined"),
            PoseProblem.Settings("hard-adam"),
            PoseProblem.Settings("hard-adam warmup=0"),
            PoseProblem.Settings("hard-adam epsilon=0.01"),
            PoseProblem.Settings("hard-gn"),
            PoseProblem.Settings("hard-gn rate-schedule=steps:0.5:10"),
            PoseProblem.Settings("unconstrained"),
            PoseProblem.Settings("unconstrained rate-schedule=warmup:2,cosine:10"),
            PoseProblem.Settings("hard-lm"),
            PoseProblem.Settings("hard-lm delta=0.3"),
            PoseProblem.Settings("hard-sgd delta=1 active=16"),
            PoseProblem.Settings("hard-sgd delta=auto active=16"),
            PoseProblem.Settings("hard-sgd delta=auto active=16 reject=merit"),
        ];
        Assert.That(all.Select(settings => settings.Label), Is.Unique);
        Assert.That(all.Select(settings => settings.Method + string.Join(' ', settings.ToDictionary())), Is.Unique);
        Assert.That(all[2].ToDictionary()["lambda"], Is.EqualTo("1,2,3,4,5,6"));
        Assert.That(all[2], Is.EqualTo(PoseProblem.Settings("soft-adam lambda=1,2,3,4,5,6")));
    }

    /// <summary>A constant rate is told nowhere, as in the runs of before; a method's rate follows the schedule that is told.</summary>
    [Test]
    public void RateSchedulesAreToldWhereTheyAreNotConstant()
    {
        var usual = PoseProblem.Settings("soft-sgd");
        var cosine = PoseProblem.Settings("soft-sgd rate-schedule=warmup:2,cosine:10");
        Assert.That(PoseProblem.Settings("soft-sgd rate-schedule=constant").ToDictionary(), Is.EqualTo(usual.ToDictionary()).And.Not.ContainKey("rateSchedule"));
        Assert.That(cosine.ToDictionary()["rateSchedule"], Is.EqualTo("warmup:2,cosine:10"));
        Assert.That(cosine.Label, Is.EqualTo(usual.Label + " rate=warmup:2,cosine:10"));
        Assert.That(MethodRegistry.All.Where(method => method.Has(Setting.RateSchedule)), Is.EqualTo(MethodRegistry.All.Where(method => method.Name != "hard-lm")));
    }

    /// <summary>The methods as printed are told without a word of damping, as in the runs of before.</summary>
    [Test]
    public void DampingIsToldWhereThereIsAny()
    {
        var usual = PoseProblem.Settings("hard-sgd eta=100");
        Assert.That(PoseProblem.Settings("hard-sgd eta=100 delta=0 reject=none").ToDictionary(), Is.EqualTo(usual.ToDictionary()).And.Not.ContainKey("delta").And.Not.ContainKey("reject"));
        Assert.That(PoseProblem.Settings("hard-sgd eta=100 delta=0.3").Label, Is.EqualTo(usual.Label + " delta=0.3"));
        var auto = PoseProblem.Settings("hard-sgd eta=100 delta=auto reject=merit");
        Assert.That(auto.Label, Is.EqualTo(usual.Label + " delta=auto reject=merit"));
        Assert.That((auto.ToDictionary()["delta"], auto.ToDictionary()["reject"]), Is.EqualTo(("auto", "merit")));
        Assert.That(PoseProblem.Settings("hard-sgd delta=0.3").ToDictionary()["delta"], Is.EqualTo(0.3));
        Assert.That(MethodRegistry.All.Where(method => method.Has(Setting.Delta)), Is.EqualTo(MethodRegistry.All.Where(method => method.Class == MethodClass.Hard)));
        Assert.That(MethodRegistry.All.Where(method => method.Has(Setting.Reject)).Select(method => method.Name), Is.EquivalentTo(new[] { "hard-sgd", "hard-adam", "hard-gn" }));
    }

    [Test]
    public void EveryMethodAveragesAndNoneDoesUnasked()
    {
        Assert.That(MethodRegistry.All.Where(method => !method.Has(Setting.Average)), Is.Empty);
        foreach (var method in MethodRegistry.All)
        {
            var (usual, averaged) = (PoseProblem.Settings(method.Name), PoseProblem.Settings($"{method.Name} average=0.99"));
            Assert.That((averaged.Label, averaged.ToDictionary()["average"]), Is.EqualTo((usual.Label + " average=0.99", (object)0.99)));
            Assert.That(usual.ToDictionary(), Does.Not.ContainKey("average"));
        }
        Assert.That(() => PoseProblem.Settings("soft-adam average=1"), Throws.TypeOf<UserErrorException>().With.Message.Contains("--average 1: must be at least 0 and below 1"));
    }

    [TestCase("-1")]
    [TestCase("nan")]
    [TestCase("1e9")]
    [TestCase("soft")]
    public void ADeltaThatIsNoneIsRefused(string text)
        => Assert.That(() => PoseProblem.Settings($"hard-sgd delta={text}"), Throws.TypeOf<UserErrorException>().With.Message.Contains($"--delta {text}").And.Message.Contains("auto"));

    [Test]
    public void DefaultsAreThoseOfTheMethodAndOfTheActiveSet()
    {
        Assert.That(PoseProblem.Settings("hard-sgd").Get(Setting.Eta), Is.EqualTo(300));
        Assert.That(PoseProblem.Settings("hard-adam").Get(Setting.Eta), Is.EqualTo(10_000));
        Assert.That(PoseProblem.Settings("hard-lm").Get(Setting.Eta), Is.EqualTo(10));
        Assert.That(PoseProblem.Settings("hard-sgd").ActiveSamples, Is.EqualTo(128));
        Assert.That(PoseProblem.Settings("hard-sgd active-set=mined").ActiveSamples, Is.EqualTo(16));
    }
}
