using PoseEngine.Experiments.Runs;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>What settings say of themselves: names of models, and what a resume compares.</summary>
public class MethodSettingsTests
{
    [Test]
    public void SettingsThatDifferAreToldApartByNameAndByText()
    {
        MethodSettings[] all =
        [
            new() { Method = "soft-adam" },
            new() { Method = "soft-adam", Lambda = 0.1 },
            new() { Method = "soft-adam", Lambdas = [1, 2, 3, 4, 5, 6] },
            new() { Method = "soft-adam", Lambdas = [1, 2, 3, 4, 5, 7] },
            new() { Method = "soft-adam", Schedule = new LambdaSchedule(0, 5) },
            new() { Method = "soft-adam", ActiveSet = "mined" },
            new() { Method = "soft-sgd" },
            new() { Method = "soft-sgd", Momentum = 0.9 },
            new() { Method = "hard-sgd", ActiveSamples = 16 },
            new() { Method = "hard-sgd", ActiveSet = "mined" },
            new() { Method = "hard-adam" },
            new() { Method = "hard-adam", Warmup = 0 },
            new() { Method = "hard-adam", Epsilon = 0.01 },
            new() { Method = "hard-gn" },
            new() { Method = "hard-gn", RateSchedule = RateSchedule.Steps(0.5, 10) },
            new() { Method = "unconstrained" },
            new() { Method = "unconstrained", RateSchedule = RateSchedule.Cosine(10).After(2) },
            new() { Method = "hard-lm" },
        ];
        Assert.That(all.Select(settings => settings.Label), Is.Unique);
        Assert.That(all.Select(settings => settings.Method + string.Join(' ', settings.ToDictionary())), Is.Unique);
        Assert.That(all[2].ToDictionary()["lambda"], Is.EqualTo("1,2,3,4,5,6"));
        Assert.That(all[2], Is.EqualTo(new MethodSettings { Method = "soft-adam", Lambdas = [1, 2, 3, 4, 5, 6] }));
    }

    /// <summary>A constant rate is told nowhere, as in the runs of before; a method's rate follows the schedule that is told.</summary>
    [Test]
    public void RateSchedulesAreToldWhereTheyAreNotConstant()
    {
        var usual = new MethodSettings { Method = "soft-sgd" };
        var cosine = usual with { RateSchedule = MethodSettings.ParseRateSchedule("warmup:2,cosine:10") };
        Assert.That((usual with { RateSchedule = MethodSettings.ParseRateSchedule("constant") }).ToDictionary(), Is.EqualTo(usual.ToDictionary()).And.Not.ContainKey("rateSchedule"));
        Assert.That(cosine.ToDictionary()["rateSchedule"], Is.EqualTo("warmup:2,cosine:10"));
        Assert.That(cosine.Label, Is.EqualTo(usual.Label + " rate=warmup:2,cosine:10"));
        string[] users = [.. MethodSettings.Methods.Where(MethodKeys.All.Single(key => key.Name == "rate-schedule").IsUsedBy)];
        Assert.That(users, Is.EqualTo(MethodSettings.Methods.Where(method => method != "hard-lm")));
    }

    [Test]
    public void DefaultsAreThoseOfTheMethodAndOfTheActiveSet()
    {
        Assert.That(new MethodSettings { Method = "hard-sgd" }.Eta, Is.EqualTo(300));
        Assert.That(new MethodSettings { Method = "hard-adam" }.Eta, Is.EqualTo(10_000));
        Assert.That(new MethodSettings { Method = "hard-lm" }.Eta, Is.EqualTo(10));
        Assert.That(new MethodSettings { Method = "hard-sgd" }.ActiveSamples, Is.EqualTo(128));
        Assert.That(new MethodSettings { Method = "hard-sgd", ActiveSet = "mined" }.ActiveSamples, Is.EqualTo(16));
    }
}
