using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Evaluations;
using PoseEngine.Experiments.Runs;
using PoseEngine.Tensors;
using PoseEngine.Tests.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Evaluations;

public class PoseMetricsTests : PackFixture
{
    [Test]
    public void ErrorsOfAHandMadePrediction()
    {
        // Everything right but the pelvis, which is 17 mm off: aligned to it, all others are.
        var truth = RandomPoses(1, 1);
        var prediction = truth.ToArray();
        prediction[0] += 17;
        var errors = PoseErrors.Of(prediction, truth);
        Assert.That(errors.Plain[0], Is.EqualTo(1).Within(1e-12));
        Assert.That(errors.WithoutPelvis[0], Is.Zero.Within(1e-12));
        Assert.That(errors.RootAligned[0], Is.EqualTo(16).Within(1e-9));
        Assert.That(errors.PerJoint[0], Is.EqualTo(17).Within(1e-12));
        // The sum of squares can only fall, from 17 mm on one joint to at most sqrt(17) mm on each of 17.
        Assert.That(errors.Aligned[0], Is.GreaterThan(0).And.LessThanOrEqualTo(Math.Sqrt(17)));
    }

    [Test]
    public void MetricsAgreeWithThoseOfTraining()
    {
        var truth = RandomPoses(7, 2);
        var predictions = RandomPoses(7, 3);
        var paper = Evaluation.Of(predictions, truth);
        var errors = PoseErrors.Of(predictions, truth);
        var metrics = PoseMetrics.Of(errors);
        Assert.That(metrics.Error, Is.EqualTo(paper.Error).Within(1e-9));
        Assert.That(metrics.ErrorWithoutPelvis, Is.EqualTo(paper.ErrorWithoutPelvis).Within(1e-9));
        Assert.That(metrics.MedianViolation, Is.EqualTo(paper.MedianViolation).Within(1e-9));
        Assert.That(metrics.P95Violation, Is.EqualTo(paper.P95Violation).Within(1e-9));
        Assert.That(metrics.MaxViolation, Is.EqualTo(paper.PerConstraintMax.Max()).Within(1e-9));
        Assert.That(errors.PerJoint, Is.EqualTo(paper.PerJointError).Within(1e-9));
        Assert.That(metrics.Aligned, Is.LessThan(metrics.ScaleAligned), "random poses have much to gain");
    }

    [Test]
    public void MpsseIsOverTheSixPairsOfSegments()
    {
        var poses = RandomPoses(3, 4);
        var sum = 0.0;
        var pairs = 0;
        for (var k = 0; k < 3; k++)
        {
            for (var joint = 0; joint < Skeleton.JointCount; joint++)
            {
                if (!Skeleton.IsLeft(joint)) continue;
                sum += Math.Abs(Segment(k, joint) - Segment(k, Skeleton.Mirror[joint]));
                pairs++;
            }
        }
        Assert.That(pairs, Is.EqualTo(18));
        Assert.That(PoseMetrics.Of(PoseErrors.Of(poses, poses)).Mpsse, Is.EqualTo(sum / pairs).Within(1e-9));

        double Segment(int sample, int joint)
        {
            var (a, b) = (51 * sample + (3 * joint), (51 * sample) + (3 * Skeleton.Parents[joint]));
            return new Vec3(poses[a] - (double)poses[b], poses[a + 1] - (double)poses[b + 1], poses[a + 2] - (double)poses[b + 2]).Length;
        }
    }

    [Test]
    public void PartsOfABreakdownAddUpToTheWhole()
    {
        using var pack = Pack.Open(SmallPack());
        var source = new PackSource(pack, [.. Enumerable.Range(0, pack.Count)]);
        var random = new RandomGenerator(5);
        var predictions = new double[pack.Count * 51];
        for (var i = 0; i < predictions.Length; i++) predictions[i] = source.Target(i / 51)[i % 51] + (40 * random.NextNormal());
        var subset = SubsetEvaluation.Of("all", pack.Count, source, predictions, new double[51]);
        foreach (var groups in (IReadOnlyList<MetricGroup>[])[subset.BySubject, subset.ByCamera, subset.BySource])
        {
            Assert.That(groups.Sum(g => g.Model.Samples), Is.EqualTo(168));
            Assert.That(groups.Sum(g => g.Model.Samples * g.Model.Error) / 168, Is.EqualTo(subset.Metrics.Error).Within(1e-9));
            Assert.That(groups.Sum(g => g.Model.Samples * g.Model.Aligned) / 168, Is.EqualTo(subset.Metrics.Aligned).Within(1e-9));
            Assert.That(groups.Sum(g => g.Model.Samples * g.Model.Mpsse) / 168, Is.EqualTo(subset.Metrics.Mpsse).Within(1e-9));
            Assert.That(groups.Sum(g => g.Model.Samples * g.MeanPoseError) / 168, Is.EqualTo(subset.MeanPose.Error).Within(1e-9));
        }
        Assert.That(subset.BySubject.Select(g => g.Name), Is.EqualTo(pack.Subjects));
        Assert.That(subset.ByCamera.Select(g => g.Name), Is.EqualTo(new[] { "1", "2", "3", "4" }));
        Assert.That(subset.BySource.Select(g => g.Name), Is.EqualTo(new[] { "walker" }));
        Assert.That(subset.Metrics.Error, Is.EqualTo(40 * Math.Sqrt(8 / Math.PI)).Within(1.5), "the mean length of three normal numbers");
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
        Assert.That(SanityGate.AgainstMeanPose(79, 160).Passed);
        Assert.That(SanityGate.AgainstMeanPose(81, 160).Passed, Is.False);
        Assert.That(SanityGate.Mirror(50, 54.9, 10).Passed);
        Assert.That(SanityGate.Mirror(50, 55.1, 10).Passed, Is.False);
        Assert.That(SanityGate.Exchange(50, 49).Passed, Is.False);
        Assert.That(SanityGate.AgainstMeanPose(double.NaN, 160).Passed, Is.False, "a broken model passes nothing");
        using var pack = Pack.Open(SmallPack());
        var truth = ToDouble(pack.Pose(3).ToArray());
        Assert.That(SanityGate.Truth(truth).Passed);
        truth[3 * (int)Joint.LeftWrist] += 40;
        Assert.That(SanityGate.Truth(truth).Passed, Is.False);
        var exchanged = SanityGate.Exchanged(ToDouble(pack.Pose(3).ToArray()));
        Assert.That(exchanged[3 * (int)Joint.LeftKnee], Is.EqualTo(pack.Pose(3)[3 * (int)Joint.RightKnee]));
        Assert.That(PoseErrors.Of(exchanged, ToDouble(pack.Pose(3).ToArray())).Plain[0], Is.GreaterThan(50));
    }

    private static double[] RandomPoses(int count, ulong seed)
    {
        var random = new RandomGenerator(seed);
        return [.. Enumerable.Range(0, 51 * count).Select(_ => 300 * random.NextNormal())];
    }

    private static double[] ToDouble(float[] poses) => [.. poses.Select(x => (double)x)];
}
