using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

public class SamplerTests
{
    [Test]
    public void EveryEpochHoldsEverySampleOnce()
    {
        var sampler = new MinibatchSampler<double>(10, new RandomGenerator(5));
        var drawn = new int[30];
        for (var i = 0; i < drawn.Length; i += 3) sampler.Next(drawn.AsSpan(i, 3));
        foreach (var epoch in drawn.Chunk(10)) Assert.That(epoch, Is.EquivalentTo(Enumerable.Range(0, 10)));
        Assert.That(drawn[..10], Is.Not.EqualTo(drawn[10..20]));
    }

    [Test]
    public void SavedMinibatchStateContinues([Values(0, 3, 10, 17)] int drawnBefore)
    {
        var sampler = new MinibatchSampler<double>(10, new RandomGenerator(5));
        sampler.Next(new int[drawnBefore]);
        var twin = new MinibatchSampler<double>(10, new RandomGenerator(99)) { State = sampler.State };
        var (expected, actual) = (new int[25], new int[25]);
        sampler.Next(expected);
        twin.Next(actual);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void ActiveSetsAreDistinctAndContinue()
    {
        var active = new RandomActiveSet<float>(20, new RandomGenerator(8));
        var first = new int[20];
        active.Select(default, first);
        Assert.That(first, Is.EquivalentTo(Enumerable.Range(0, 20)));
        var twin = new RandomActiveSet<float>(20, new RandomGenerator(1)) { State = active.State };
        var (expected, actual) = (new int[6], new int[6]);
        active.Select(default, expected);
        twin.Select(default, actual);
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(actual, Is.Unique);
    }

    [Test]
    public void TooLargeActiveSetIsRefused()
    {
        var active = new RandomActiveSet<float>(3, new RandomGenerator(8));
        Assert.That(() => active.Select(default, new int[4]), Throws.ArgumentException.With.Message.Contains("4 samples was asked of 3"));
    }
}
