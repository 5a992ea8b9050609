using PoseEngine.Experiments.Data;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

public sealed class PointAlignmentTests
{
    private static readonly double[] Truth = RandomPose(1);

    [Test]
    public void WhatAreNoPointsOfOneNumberIsRefused()
    {
        foreach (var align in (Action<double[], double[], double[]>[])[(p, t, a) => PointAlignment.Root(p, t, a), (p, t, a) => PointAlignment.RootAndScale(p, t, a), (p, t, a) => PointAlignment.Similarity(p, t, a)])
        {
            Assert.That(() => align([], [], []), Throws.ArgumentException.With.Message.Contains("points of three numbers, got 0"));
            Assert.That(() => align(new double[4], new double[4], new double[4]), Throws.ArgumentException.With.Message.Contains("got 4"));
            Assert.That(() => align(new double[6], new double[3], new double[6]), Throws.ArgumentException.With.Message.Contains("the true points of an alignment, in numbers, expects 6, got 3"));
            Assert.That(() => align(new double[6], new double[6], new double[9]), Throws.ArgumentException.With.Message.Contains("the aligned points, in numbers, expects 6, got 9"));
        }
    }

    [Test]
    public void ARotatedScaledAndShiftedPoseIsBroughtBack([Range(0, 11)] int seed)
    {
        var random = new RandomGenerator((ulong)seed + 100);
        var axis = new Vec3(random.NextNormal(), random.NextNormal(), random.NextNormal()).Normalized();
        // Half turns too, for which quaternions have no real part.
        var angle = seed % 3 == 0 ? Math.PI : random.NextUniform(-Math.PI, Math.PI);
        var moved = Map(Truth, p => (2.5 * Turned(p, axis, angle)) + new Vec3(300, -200, 4000));
        var aligned = Aligned(PointAlignment.Similarity, moved, Truth);
        Assert.That(aligned, Is.EqualTo(Truth).Within(1e-9));
    }

    [Test]
    public void APoseIsItsOwnAlignment()
        => Assert.That(Aligned(PointAlignment.Similarity, Truth, Truth), Is.EqualTo(Truth).Within(1e-9));

    [Test]
    public void TheErrorDoesNotChangeUnderASimilarityOfThePrediction()
    {
        var prediction = RandomPose(2);
        var moved = Map(prediction, p => (.3 * Turned(p, new Vec3(1, 2, -1).Normalized(), 2.1)) + new Vec3(-7, 5, 90));
        Assert.That(Distance(PointAlignment.Similarity, moved, Truth), Is.EqualTo(Distance(PointAlignment.Similarity, prediction, Truth)).Within(1e-9));
        Assert.That(Distance(PointAlignment.Root, moved, Truth), Is.Not.EqualTo(Distance(PointAlignment.Root, prediction, Truth)).Within(1));
    }

    [Test]
    public void ReflectionsAreNotAllowed()
    {
        // Pairs of joints on the axes, all others in the middle: the singular values are 2 a^2, 2 b^2 and 2 c^2.
        const double a = 300, b = 200, c = 100;
        var truth = new double[51];
        (truth[0], truth[3], truth[7], truth[10], truth[14], truth[17]) = (a, -a, b, -b, c, -c);
        // An asymmetry in the order of joints, not in the shape, makes the mirror image another pose.
        var mirrored = Map(truth, p => p with { Z = -p.Z });
        const double square = 2 * ((a * a) + (b * b) + (c * c)), product = 2 * ((a * a) + (b * b) - (c * c));
        var aligned = Aligned(PointAlignment.Similarity, mirrored, truth);
        Assert.That(SquaredDistance(aligned, truth), Is.EqualTo(square - (product * product / square)).Within(1e-6));
    }

    [Test]
    public void NoSmallTurnScaleOrShiftImprovesTheAlignment()
    {
        var prediction = Map(RandomPose(3), p => p + new Vec3(50, 20, -10));
        var aligned = Aligned(PointAlignment.Similarity, prediction, Truth);
        var best = SquaredDistance(aligned, Truth);
        foreach (var axis in (Vec3[])[new(1, 0, 0), new(0, 1, 0), new(0, 0, 1)])
        {
            foreach (var small in (double[])[-1e-3, 1e-3])
            {
                Assert.That(SquaredDistance(Map(aligned, p => Turned(p, axis, small)), Truth), Is.GreaterThan(best));
                Assert.That(SquaredDistance(Map(aligned, p => p + (100 * small * axis)), Truth), Is.GreaterThan(best));
                Assert.That(SquaredDistance(Map(aligned, p => p * (1 + small)), Truth), Is.GreaterThan(best));
            }
        }
    }

    [Test]
    public void DegeneratePosesAreAligned()
    {
        // All joints in one place: nothing is better than the middle of the truth.
        var point = Map(Truth, _ => new Vec3(10, 20, 30));
        var middle = new Vec3(Mean(0), Mean(1), Mean(2));
        Assert.That(Aligned(PointAlignment.Similarity, point, Truth), Is.EqualTo(Map(Truth, _ => middle)).Within(1e-9));
        Assert.That(Aligned(PointAlignment.RootAndScale, point, Truth), Is.EqualTo(Map(Truth, _ => new Vec3(Truth[0], Truth[1], Truth[2]))).Within(1e-9));
        // On one line, and in one plane: the rotation is not unique, or a reflection equals a rotation.
        var line = Map(Truth, p => new Vec3(p.X, 0, 0));
        Assert.That(Aligned(PointAlignment.Similarity, Map(line, p => new Vec3(0, -p.X, 5)), line), Is.EqualTo(line).Within(1e-9));
        var plane = Map(Truth, p => p with { Z = 0 });
        Assert.That(Aligned(PointAlignment.Similarity, Map(plane, p => p with { X = -p.X }), plane), Is.EqualTo(plane).Within(1e-9));

        static double Mean(int axis) => Enumerable.Range(0, 17).Average(j => Truth[(3 * j) + axis]);
    }

    [Test]
    public void NotANumberStaysNotANumber()
    {
        var broken = (double[])Truth.Clone();
        broken[20] = double.NaN;
        Assert.That(Aligned(PointAlignment.Similarity, broken, Truth), Has.Some.NaN);
        Assert.That(Aligned(PointAlignment.RootAndScale, broken, Truth), Has.Some.NaN);
    }

    [Test]
    public void TheScaledErrorDoesNotChangeUnderScaleAndShift()
    {
        var prediction = RandomPose(4);
        var moved = Map(prediction, p => (3 * p) + new Vec3(8, -9, 10));
        Assert.That(Distance(PointAlignment.RootAndScale, moved, Truth), Is.EqualTo(Distance(PointAlignment.RootAndScale, prediction, Truth)).Within(1e-9));
        // The scale by hand: a pose of twice the size is halved about the pelvis.
        var twice = Map(Truth, p => p * 2);
        Assert.That(Aligned(PointAlignment.RootAndScale, twice, Truth), Is.EqualTo(Truth).Within(1e-9));
        // One that points the other way is best at no size at all.
        var opposite = Map(Truth, p => p * -1);
        Assert.That(Aligned(PointAlignment.RootAndScale, opposite, Truth), Is.EqualTo(Map(Truth, _ => new Vec3(Truth[0], Truth[1], Truth[2]))).Within(1e-9));
    }

    [Test]
    public void TheRootAlignedErrorDoesNotChangeUnderShifts()
    {
        var prediction = RandomPose(5);
        var shift = new Vec3(100, -30, 2000);
        var both = Map(Truth, p => p + shift);
        Assert.That(Distance(PointAlignment.Root, Map(prediction, p => p + shift), Truth), Is.EqualTo(Distance(PointAlignment.Root, prediction, Truth)).Within(1e-9));
        Assert.That(Distance(PointAlignment.Root, prediction, both), Is.EqualTo(Distance(PointAlignment.Root, prediction, Truth)).Within(1e-9));
    }

    private delegate void Alignment(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, Span<double> aligned);

    private static double[] Aligned(Alignment alignment, double[] prediction, double[] truth)
    {
        var aligned = new double[51];
        alignment(prediction, truth, aligned);
        return aligned;
    }

    private static double Distance(Alignment alignment, double[] prediction, double[] truth)
    {
        var aligned = Aligned(alignment, prediction, truth);
        return Enumerable.Range(0, 17).Average(j => (At(aligned, j) - At(truth, j)).Length);
    }

    private static double SquaredDistance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();

    private static double[] RandomPose(ulong seed)
    {
        var random = new RandomGenerator(seed);
        return [.. Enumerable.Range(0, 51).Select(_ => 300 * random.NextNormal())];
    }

    private static Vec3 At(double[] pose, int joint) => new(pose[3 * joint], pose[(3 * joint) + 1], pose[(3 * joint) + 2]);

    private static double[] Map(double[] pose, Func<Vec3, Vec3> map)
        => [.. Enumerable.Range(0, 17).Select(j => map(At(pose, j))).SelectMany(p => (double[])[p.X, p.Y, p.Z])];

    /// <summary>Rodrigues' formula, so that the test does not use the quaternions that it checks.</summary>
    private static Vec3 Turned(Vec3 p, Vec3 axis, double angle)
        => (Math.Cos(angle) * p) + (Math.Sin(angle) * Vec3.Cross(axis, p)) + ((1 - Math.Cos(angle)) * Vec3.Dot(axis, p) * axis);
}
