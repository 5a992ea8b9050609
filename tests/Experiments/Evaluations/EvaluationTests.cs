using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Evaluations;
using PoseEngine.Expressions;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Data;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Evaluations;

/// <summary>Breakdowns, mirrored samples and the checks of a measured model.</summary>
public class EvaluationTests : PackFixture
{
    [Test]
    public void PartsOfABreakdownAddUpToTheWhole()
    {
        using var pack = Pack.Open(SmallPack());
        var source = new PackSource(pack, [.. Enumerable.Range(0, pack.Count)]);
        var random = new RandomGenerator(5);
        var predictions = new double[pack.Count * 51];
        for (var i = 0; i < predictions.Length; i++) predictions[i] = source.Target(i / 51)[i % 51] + (40 * random.NextNormal());
        var samples = new PackSamples(source, OutputScale.Uniform(51, 100));
        var (model, mean) = (Measured.Of(PoseProblem.Bare, samples, predictions), Measured.Of(PoseProblem.Bare, samples, new double[predictions.Length]));
        var subset = new SubsetEvaluation("all", pack.Count, samples, model, mean);
        foreach (var (_, groups) in subset.Breakdowns)
        {
            Assert.That(groups.Sum(g => g.Model.Samples), Is.EqualTo(168));
            foreach (var key in (string[])["error", "paMpjpe", "mpsse"])
            {
                Assert.That(groups.Sum(g => g.Model.Samples * g.Model.Value(key)) / 168, Is.EqualTo(model.Value(key)).Within(1e-9), key);
            }
            Assert.That(groups.Sum(g => g.Model.Samples * g.Mean.Value("error")) / 168, Is.EqualTo(mean.Value("error")).Within(1e-9));
        }
        Assert.That(subset.Breakdowns.Select(breakdown => breakdown.Kind), Is.EqualTo(new[] { "subject", "camera", "source" }));
        Assert.That(subset.Breakdowns[0].Groups.Select(g => g.Name), Is.EqualTo(pack.Subjects));
        Assert.That(subset.Breakdowns[1].Groups.Select(g => g.Name), Is.EqualTo(new[] { "1", "2", "3", "4" }));
        Assert.That(subset.Breakdowns[2].Groups.Select(g => g.Name), Is.EqualTo(new[] { "walker" }));
        Assert.That(model.Value("error"), Is.EqualTo(40 * Math.Sqrt(8 / Math.PI)).Within(1.5), "the mean length of three normal numbers");
    }

    [Test]
    public void SomeSamplesAreEvenlySpaced()
    {
        using var pack = Pack.Open(SmallPack());
        var source = new PackSource(pack, [.. Enumerable.Range(8, 100)]);
        var some = source.Some(10);
        Assert.That(Enumerable.Range(0, some.Count).Select(some.Entry), Is.EqualTo(Enumerable.Range(0, 10).Select(i => pack.Entry(8 + (10 * i)))));
        Assert.That(source.Some(100), Is.SameAs(source));
    }

    [Test]
    public void TheMirrorExchangesImageColumnsAndSides()
    {
        using var pack = Pack.Open(SmallPack());
        var source = new PackSource(pack, [0, 5]);
        var mirrored = new MirroredSamples(source);
        var (image, target) = (new byte[128 * 128 * 3], new double[51]);
        mirrored.CopyImage(1, image);
        mirrored.CopyTarget(1, target);
        foreach (var (x, y) in ((int, int)[])[(0, 0), (17, 90), (64, 64), (127, 127)])
        {
            var from = pack.Image(5).Slice(3 * ((128 * y) + 127 - x), 3).ToArray();
            Assert.That(image.AsSpan(3 * ((128 * y) + x), 3).ToArray(), Is.EqualTo(from));
        }
        var pose = pack.Pose(5);
        Assert.That(target[3 * (int)Joint.LeftWrist], Is.EqualTo(-pose[3 * (int)Joint.RightWrist]));
        Assert.That(target[(3 * (int)Joint.LeftWrist) + 2], Is.EqualTo(pose[(3 * (int)Joint.RightWrist) + 2]));
        new MirroredSamples(mirrored).CopyTarget(0, target);
        Assert.That(target, Is.EqualTo(source.Target(0).ToArray()));
    }

    [Test]
    public void TheMirroredSkeletonFitsTheMirroredImage()
    {
        // Left and right in the image and in the pose have to change together: the crop's own projection tells.
        using var pack = Pack.Open(SmallPack());
        var crop = pack.Crop(5);
        var mirrorCrop = new CropGeometry(crop.Root with { X = -crop.Root.X }, -crop.Left - crop.Size, crop.Top, crop.Size);
        var target = new double[51];
        new MirroredSamples(new PackSource(pack, [5])).CopyTarget(0, target);
        for (var j = 0; j < 17; j++)
        {
            var o = 3 * Skeleton.Mirror[j];
            var original = crop.Project(new Vec3(pack.Pose(5)[o], pack.Pose(5)[o + 1], pack.Pose(5)[o + 2]));
            var mirrored = mirrorCrop.Project(new Vec3(target[3 * j], target[(3 * j) + 1], target[(3 * j) + 2]));
            Assert.That(mirrored.X, Is.EqualTo(128 - original.X).Within(1e-3));
            Assert.That(mirrored.Y, Is.EqualTo(original.Y).Within(1e-3));
        }
    }

    [Test]
    public void GatesTellGoodFromBad()
    {
        Assert.That(SanityGate.AgainstMean(79, 160, isPose: true).Passed);
        Assert.That(SanityGate.AgainstMean(81, 160, isPose: true).Passed, Is.False);
        Assert.That(SanityGate.Mirror(50, 54.9, 10).Passed);
        Assert.That(SanityGate.Mirror(50, 55.1, 10).Passed, Is.False);
        Assert.That(SanityGate.Exchange(50, 49).Passed, Is.False);
        Assert.That(SanityGate.AgainstMean(double.NaN, 160, isPose: true).Passed, Is.False, "a broken model passes nothing");
        using var pack = Pack.Open(SmallPack());
        var truth = ToDouble(pack.Pose(3).ToArray());
        Assert.That(SanityGate.Truth(PoseProblem.Measure(truth, truth)).Passed);
        truth[3 * (int)Joint.LeftWrist] += 40;
        Assert.That(SanityGate.Truth(PoseProblem.Measure(truth, truth)).Passed, Is.False);
        var exchanged = SanityGate.Exchanged(ToDouble(pack.Pose(3).ToArray()));
        Assert.That(exchanged[3 * (int)Joint.LeftKnee], Is.EqualTo(pack.Pose(3)[3 * (int)Joint.RightKnee]));
        Assert.That(PoseProblem.Measure(exchanged, ToDouble(pack.Pose(3).ToArray())).SampleErrors[0], Is.GreaterThan(50));
    }

    private static double[] ToDouble(float[] poses) => [.. poses.Select(x => (double)x)];
}
