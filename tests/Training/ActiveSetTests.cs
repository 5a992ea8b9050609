using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>
/// Active sets by violation. The network is y = x of a single pixel, so that a sample's three outputs are its grey value,
/// -1/2 to 1/2, and the score of Eq. 9 can be read off.
/// </summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class ActiveSetTests(string deviceName)
{
    private ComputeDevice<double> _device = null!;
    private Network<double> _network = null!;
    private Tensor<double> _w;

    [SetUp]
    public void Open()
    {
        _device = Devices.Create<double>(deviceName);
        _network = new Network<double>(_device, new Shape(1, 1, 1), new DenseSpec(3));
        _w = _device.From([1.0, 1, 1, 0, 0, 0]);
    }

    [TearDown]
    public void Close() => _device?.Dispose();

    [Test]
    public void ScoresAreMediansOverTheConstraints()
    {
        // |C| = (|y|, 2 |y|, 10): the median is twice the distance from grey.
        var source = new Greys(0, 51, 255, 102);
        using var scorer = new ViolationScorer<double>(_network, new Distances(), source, 1);
        var scores = new double[4];
        scorer.Score(_w, [2, 0, 1, 3], scores);
        Assert.That(scores, Is.EqualTo(new[] { 1, 1, 0.6, 0.2 }).Within(1e-12));
    }

    [Test]
    public void MiningKeepsTheWorstOfAllCandidatesTheWorstFirst()
    {
        var source = new Greys([.. Enumerable.Range(0, 300).Select(i => (byte)(i * 7 % 256))]);
        using var mined = Mined(source, pool: 300);
        var indices = new int[16];
        mined.Select(_w, indices);
        var expected = Enumerable.Range(0, 300).OrderByDescending(i => Math.Abs((source.Grey(i) / 255.0) - 0.5)).ThenBy(i => i).Take(16);
        Assert.That(indices, Is.EqualTo(expected));
        Assert.That(mined.TryPeek(indices), Is.False, "the choice depends on w");
    }

    [Test]
    public void MiningFollowsTheParameters()
    {
        // At w = 0 all samples are equal and the smallest numbers win.
        var source = new Greys(255, 0, 128, 255, 0);
        using var mined = Mined(source, pool: 5);
        var indices = new int[3];
        mined.Select(_device.Zeros(6), indices);
        Assert.That(indices, Is.EqualTo(new[] { 0, 1, 2 }));
        mined.Select(_w, indices);
        Assert.That(indices, Is.EqualTo(new[] { 0, 1, 3 }));
    }

    [Test]
    public void APoolIsDrawnAnewAndResumesToTheSameChoices()
    {
        var source = new Greys([.. Enumerable.Range(0, 256).Select(i => (byte)i)]);
        using var first = Mined(source, pool: 20);
        using var second = Mined(source, pool: 20);
        var (a, b, c) = (new int[4], new int[4], new int[4]);
        first.Select(_w, a);
        var state = first.State;
        first.Select(_w, b);
        second.State = state;
        second.Select(_w, c);
        Assert.That(b, Is.EqualTo(c));
        Assert.That(b, Is.Not.EqualTo(a));
        Assert.That(b, Is.Unique);
        Assert.That(() => first.Select(_w, new int[21]), Throws.ArgumentException.With.Message.Contains("21 samples was asked of 20 candidates"));
    }

    [Test]
    public void InequalitiesAreChosenAmongTheViolated()
    {
        // y <= 0 is violated by the bright: samples 1, 3, 4.
        var source = new Greys(0, 255, 20, 200, 250, 10, 30);
        using var violated = new ViolatedActiveSet<double>(
            Scorer(source, new Inequality<double>(_device, new Distances())), source.Count, 7, new RandomGenerator(1));
        var indices = new int[3];
        violated.Select(_w, indices);
        Assert.That(indices, Is.EquivalentTo(new[] { 1, 3, 4 }));
        var more = new int[5];
        violated.Select(_w, more);
        Assert.That(more[..3], Is.EquivalentTo(new[] { 1, 3, 4 }), "the violated come first, others fill up");
        Assert.That(more, Is.Unique);
    }

    [Test]
    public void SatisfiedInequalitiesScoreNothing()
    {
        // The bright sample violates 1/2, 1 and 10, the dark one nothing.
        var source = new Greys(255, 0);
        using var scorer = Scorer(source, new Inequality<double>(_device, new Distances()));
        var scores = new double[2];
        scorer.Score(_w, [0, 1], scores);
        Assert.That(scores, Is.EqualTo(new[] { 1.0, 0 }).Within(1e-12));
    }

    [Test]
    public void OfRowsOfBothKindsTheEqualitiesAlwaysCount()
    {
        // y = (1/2, 1/2, 1/2) and -y; the inequality counts in the first sample only.
        var source = new Greys(255, 0);
        using var scorer = Scorer(source, new BothKinds());
        var scores = new double[2];
        scorer.Score(_w, [0, 1], scores);
        Assert.That(scores, Is.EqualTo(new[] { 1, 1.25 }).Within(1e-12), "medians of (1/2, 3/2, 1) and of (1/2, 2)");
    }

    [Test]
    public void WhatIsNotANumberIsMinedFirst()
    {
        var source = new Greys(0, 255, 128);
        using var scorer = Scorer(source, new Distances());
        var scores = new double[3];
        scorer.Score(_device.From([double.NaN, 1, 1, 0, 0, 0]), [0, 1, 2], scores);
        Assert.That(scores, Is.All.EqualTo(double.PositiveInfinity));
    }

    private MinedActiveSet<double> Mined(Greys source, int pool) => new(Scorer(source, new Distances()), source.Count, pool, new RandomGenerator(3));

    private ViolationScorer<double> Scorer(Greys source, IOutputConstraint<double> constraint) => new(_network, constraint, source, 1);

    /// <summary>y_1, 2 y_2, and 10 with the sign of y_3.</summary>
    private sealed class Distances() : SampleConstraint<double>("distances", outputs: 3, rowsPerSample: 3)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c)
            => (c[0], c[1], c[2]) = (y[0], 2 * y[1], y[2] > 0 ? 10 : -10);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => (dc[0], dc[1]) = (dy[0], 2 * dy[1]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => (uy[0], uy[1]) = (u[0], 2 * u[1]);
    }

    /// <summary>y1 = 0, 3 y2 at most 0 and y3 = 3/2.</summary>
    private sealed class BothKinds() : SampleConstraint<double>("both", outputs: 3, [new("a"), new("b", null, ConstraintKind.AtMost), new("c")])
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c)
            => (c[0], c[1], c[2]) = (y[0], Math.Max(0, 3 * y[1]), y[2] - 1.5);

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc)
            => (dc[0], dc[1], dc[2]) = (dy[0], y[1] > 0 ? 3 * dy[1] : 0, dy[2]);

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy)
            => (uy[0], uy[1], uy[2]) = (u[0], y[1] > 0 ? 3 * u[1] : 0, u[2]);
    }

    /// <summary>Samples of one grey pixel.</summary>
    private sealed class Greys(params byte[] greys) : IImageSource
    {
        public int Count => greys.Length;

        public Shape Image => new(1, 1, 1);

        public int Outputs => 3;

        public byte Grey(int index) => greys[index];

        public void CopyImage(int index, Span<byte> image) => image[0] = greys[index];

        public void CopyTarget(int index, Span<double> target) => target.Clear();
    }
}
