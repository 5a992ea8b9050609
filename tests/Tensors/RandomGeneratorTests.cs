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

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(1_000_000)]
    public void ChiHasItsMoments(int degrees)
    {
        var generator = new RandomGenerator(9);
        var squares = Enumerable.Range(0, 20_000).Select(_ => Math.Pow(generator.NextChi(degrees), 2)).ToArray();
        var mean = squares.Average();
        var variance = squares.Average(s => (s - mean) * (s - mean));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mean, Is.EqualTo(degrees).Within(5 * Math.Sqrt(2.0 * degrees / squares.Length)));
            Assert.That(variance, Is.EqualTo(2.0 * degrees).Within(2.0 * degrees * 0.1));
        }
    }

    [Test]
    public void VectorsOfNormalNumbersHaveUnitMoments([Values(1, 2, 100_001)] int count)
    {
        var vector = new double[count];
        new RandomGenerator(12).FillNormal<double>(vector);
        var single = new float[count];
        new RandomGenerator(12).FillNormal<float>(single);
        Assert.That(vector[0], Is.EqualTo(new RandomGenerator(12).NextNormal()).Within(1e-12), "the first value of a pair");
        Assert.That(single, Is.EqualTo(vector.Select(x => (float)x)));
        if (count < 1000) return;
        Assert.That(vector.Average(), Is.Zero.Within(0.02));
        Assert.That(vector.Average(x => x * x), Is.EqualTo(1).Within(0.03));
        Assert.That(vector.Zip(vector.Skip(1), (a, b) => a * b).Average(), Is.Zero.Within(0.02), "both values of a pair are independent");
    }

    [Test]
    public void ChoicesAreDistinctAndEquallyLikely()
    {
        var (generator, counts) = (new RandomGenerator(5), new int[10]);
        for (var i = 0; i < 3000; i++)
        {
            var chosen = generator.Choose(3, 10);
            Assert.That(chosen, Is.Unique.And.Length.EqualTo(3));
            foreach (var number in chosen) counts[number]++;
        }
        Assert.That(counts, Is.All.InRange(780, 1020), "900 each, four standard deviations");
        Assert.That(generator.Choose(0, 0), Is.Empty);
        Assert.That(generator.Choose(4, 4), Is.EquivalentTo((int[])[0, 1, 2, 3]));
        Assert.That(() => generator.Choose(3, 2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => generator.NextChi(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}
