using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

public class RateScheduleTests
{
    // cos(0), cos(45 degrees), cos(90 degrees), ...: (1 + cos) / 2.
    [TestCase("constant", new[] { 1.0, 1, 1, 1, 1, 1, 1 })]
    [TestCase("cosine:4", new[] { 1, 0.85355339059327376, 0.5, 0.14644660940672624, 0, 0, 0 })]
    [TestCase("cosine:4:0.2", new[] { 1, 0.88284271247461901, 0.6, 0.31715728752538099, 0.2, 0.2, 0.2 })]
    [TestCase("cosine:1", new[] { 1.0, 0, 0, 0, 0, 0, 0 })]
    [TestCase("steps:0.5:2", new[] { 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125 })]
    [TestCase("steps:0:3", new[] { 1.0, 1, 1, 0, 0, 0, 0 })]
    [TestCase("milestones:0.1:2:5", new[] { 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01 })]
    [TestCase("warmup:3", new[] { 0.25, 0.5, 0.75, 1, 1, 1, 1 })]
    [TestCase("warmup:1,cosine:4", new[] { 0.5, 1, 0.85355339059327376, 0.5, 0.14644660940672624, 0, 0 })]
    [TestCase("warmup:3,steps:0.5:2", new[] { 0.25, 0.5, 0.75, 1, 1, 0.5, 0.5 })]
    public void FactorsAreThoseOfTheFormulas(string text, double[] factors)
    {
        var schedule = RateSchedule.Parse(text);
        Assert.That(Enumerable.Range(1, factors.Length).Select(i => schedule.FactorAt(i)), Is.EqualTo(factors).Within(1e-15));
        Assert.That(schedule.ToString(), Is.EqualTo(text));
        Assert.That(RateSchedule.Parse(schedule.ToString()), Is.EqualTo(schedule));
        Assert.That(schedule.IsPositive, Is.EqualTo(factors.All(factor => factor > 0)));
    }

    [TestCase("")]
    [TestCase("linear:3")]
    [TestCase("cosine")]
    [TestCase("cosine:-3")]
    [TestCase("cosine:1e3")]
    [TestCase("cosine:99999999999999999999")]
    [TestCase("steps:0.5")]
    [TestCase("steps:x:300")]
    [TestCase("constant:1")]
    [TestCase("cosine:100,warmup:10")]
    [TestCase("warmup:1,warmup:2")]
    [TestCase("warmup:1,cosine:2,cosine:3")]
    [TestCase("warmup:1,")]
    public void BadTextIsNamedWithTheKnownForms(string text) => Assert.That(
        () => RateSchedule.Parse(text),
        Throws.TypeOf<FormatException>().With.Message.StartsWith($"a rate has no schedule \"{text}\", take one of: constant, cosine:STEPS"));

    [TestCase("cosine:0", "the steps of a schedule are 1 or more, got 0")]
    [TestCase("cosine:5:1.5", "the factor of a schedule is 0 to 1, got 1.5")]
    [TestCase("steps:-0.5:5", "got -0.5")]
    [TestCase("steps:NaN:5", "got NaN")]
    [TestCase("milestones:0.5:5:5", "growing iterations from 1, got 5, 5")]
    [TestCase("milestones:0.5", "one or more growing iterations")]
    [TestCase("warmup:0", "got 0")]
    public void NumbersOutOfRangeAreNamed(string text, string message) => Assert.That(
        () => RateSchedule.Parse(text), Throws.TypeOf<FormatException>().With.Message.StartsWith($"the schedule \"{text}\": ").And.Message.Contains(message));

    [TestCase("steps:0.5:1")]
    [TestCase("warmup:10,steps:0.1:1")]
    [TestCase("cosine:10:1e-200")]
    public void AFactorAboveZeroNeverVanishes(string text)
    {
        var schedule = RateSchedule.Parse(text);
        Assert.That(schedule.IsPositive);
        Assert.That(schedule.FactorAt(1_000_000), Is.EqualTo(1e-30));
        Assert.That(RateSchedule.Parse("steps:0:5").FactorAt(6), Is.Zero);
    }
}
