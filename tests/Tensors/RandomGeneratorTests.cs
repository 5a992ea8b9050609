using PoseEngine.Tensors;

namespace PoseEngine.Tests.Tensors;

public class RandomGeneratorTests
{
    [Test]
    public void SavedStateContinuesTheSequence()
    {
        var generator = new RandomGenerator(7);
        for (var i = 0; i < 100; i++) generator.NextNormal();
        var twin = RandomGenerator.FromState(generator.State);
        for (var i = 0; i < 100; i++) Assert.That(twin.NextUInt(), Is.EqualTo(generator.NextUInt()));
    }

    [Test]
    public void NormalNumbersHaveUnitMoments()
    {
        var generator = new RandomGenerator(11);
        const int count = 200_000;
        double sum = 0, squares = 0;
        for (var i = 0; i < count; i++)
        {
            var x = generator.NextNormal();
            sum += x;
            squares += x * x;
        }
        Assert.That(sum / count, Is.EqualTo(0).Within(0.01));
        Assert.That(squares / count, Is.EqualTo(1).Within(0.02));
    }

    [Test]
    public void BoundedIntegersAreUniform()
    {
        var generator = new RandomGenerator(3);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++) counts[generator.NextInt(6)]++;
        Assert.That(counts, Is.All.InRange(9_600, 10_400));
    }

    [Test]
    public void StreamsAndSeedsDiffer()
    {
        var first = new RandomGenerator(1, 0).NextUInt();
        Assert.That(new RandomGenerator(1, 1).NextUInt(), Is.Not.EqualTo(first));
        Assert.That(new RandomGenerator(2, 0).NextUInt(), Is.Not.EqualTo(first));
    }
}
