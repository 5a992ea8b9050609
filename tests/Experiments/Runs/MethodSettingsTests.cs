using PoseEngine.Experiments.Runs;
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
            new() { Method = "hard-lm" },
        ];
        Assert.That(all.Select(settings => settings.Label), Is.Unique);
        Assert.That(all.Select(settings => settings.Method + string.Join(' ', settings.ToDictionary())), Is.Unique);
        Assert.That(all[2].ToDictionary()["lambda"], Is.EqualTo("1,2,3,4,5,6"));
        Assert.That(all[2], Is.EqualTo(new MethodSettings { Method = "soft-adam", Lambdas = [1, 2, 3, 4, 5, 6] }));
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
