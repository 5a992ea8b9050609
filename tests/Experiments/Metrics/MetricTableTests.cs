using PoseEngine.Experiments.Data;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Metrics;

/// <summary>Metrics of poses against numbers that can be computed by hand, and of any problem against slow ones.</summary>
public class MetricTableTests
{
    [Test]
    public void PerfectPredictionOfASymmetricPoseHasNoErrorAndNoViolation()
    {
        var pose = SymmetricPose();
        var evaluation = PoseProblem.Measure(pose, pose);
        Assert.That(evaluation.Value("error"), Is.Zero);
        Assert.That(evaluation.Value("medianViolation"), Is.Zero);
        Assert.That(evaluation.Samples, Is.EqualTo(1));
    }

    [Test]
    public void ErrorIsTheMeanDistanceOverAllJoints()
    {
        var target = SymmetricPose();
        var prediction = target.ToArray();
        prediction[3 * 13] += 3; // left wrist, by (3, 4, 0): 5 mm
        prediction[(3 * 13) + 1] += 4;
        var evaluation = PoseProblem.Measure(prediction, target);
        Assert.That(evaluation.Value("error"), Is.EqualTo(5.0 / 17).Within(1e-12));
        Assert.That(evaluation.Value("errorWithoutPelvis"), Is.EqualTo(5.0 / 16).Within(1e-12));
        Assert.That(evaluation.Values("perJointError")[13], Is.EqualTo(5).Within(1e-12));
    }

    [Test]
    public void ViolationsAreThoseOfTable2()
    {
        // Every constraint by its own amount: move the left end of each limb outwards along the limb.
        var target = SymmetricPose();
        var prediction = target.ToArray();
        prediction[3 * 13] += 7; // left wrist along the forearm: C2 = 7, no other constraint has the wrist
        prediction[3 * 6] += 2; // left ankle along the shank: C4 = 2
        var evaluation = PoseProblem.Measure(prediction, target);
        Assert.That(evaluation.Values("perConstraintMedian"), Is.EqualTo(new double[] { 0, 7, 0, 2, 0, 0 }).Within(1e-9));
        Assert.That(evaluation.Value("medianViolation"), Is.Zero.Within(1e-9));
        var curve = evaluation.ShareCurve();
        Assert.That(curve.Single(p => p.Threshold == 3).Share, Is.EqualTo(5.0 / 6).Within(1e-12));
        Assert.That(curve.Single(p => p.Threshold == 8).Share, Is.EqualTo(1));
    }

    [Test]
    public void ErrorsOfAHandMadePrediction()
    {
        // Everything right but the pelvis, which is 17 mm off: aligned to it, all others are.
        var truth = RandomPoses(1, 1);
        var prediction = truth.ToArray();
        prediction[0] += 17;
        var errors = PoseProblem.Measure(prediction, truth);
        Assert.That(errors.SampleErrors[0], Is.EqualTo(1).Within(1e-12));
        Assert.That(errors.Value("errorWithoutPelvis"), Is.Zero.Within(1e-12));
        Assert.That(errors.Value("rootAligned"), Is.EqualTo(16).Within(1e-9));
        Assert.That(errors.Values("perJointError")[0], Is.EqualTo(17).Within(1e-12));
        // The sum of squares can only fall, from 17 mm on one joint to at most sqrt(17) mm on each of 17.
        Assert.That(errors.Value("paMpjpe"), Is.GreaterThan(0).And.LessThanOrEqualTo(Math.Sqrt(17)));
    }

    [Test]
    public void MetricsAgreeWithThoseByHand()
    {
        var (truth, predictions) = (RandomPoses(7, 2), RandomPoses(7, 3));
        var metrics = PoseProblem.Measure(predictions, truth);
        double Distance(int k, int joint) => Math.Sqrt(Enumerable.Range((51 * k) + (3 * joint), 3).Sum(i => (predictions[i] - truth[i]) * (predictions[i] - truth[i])));
        double[] joints = [.. Enumerable.Range(0, 17).Select(joint => Enumerable.Range(0, 7).Average(k => Distance(k, joint)))];
        double[] violations = [.. LimbResiduals.Of<double>(predictions).Select(Math.Abs).Order()];
        Assert.That(metrics.Value("error"), Is.EqualTo(joints.Average()).Within(1e-9));
        Assert.That(metrics.Value("errorWithoutPelvis"), Is.EqualTo(joints.Skip(1).Average()).Within(1e-9));
        Assert.That(metrics.Value("medianViolation"), Is.EqualTo((violations[20] + violations[21]) / 2).Within(1e-9));
        Assert.That(metrics.Value("p95Violation"), Is.EqualTo(violations[38] + (0.95 * (violations[39] - violations[38]))).Within(1e-9), "0.95 * 41 = 38.95");
        Assert.That(metrics.Value("maxViolation"), Is.EqualTo(violations[^1]).Within(1e-9));
        Assert.That(metrics.Values("perConstraintMax").Max(), Is.EqualTo(violations[^1]).Within(1e-9));
        Assert.That(metrics.Values("perJointError"), Is.EqualTo(joints).Within(1e-9));
        Assert.That(metrics.Value("paMpjpe"), Is.LessThan(metrics.Value("nMpjpe")), "random poses have much to gain");
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
        Assert.That(PoseProblem.Measure(poses, poses).Value("mpsse"), Is.EqualTo(sum / pairs).Within(1e-9));

        double Segment(int sample, int joint)
        {
            var (a, b) = (51 * sample + (3 * joint), (51 * sample) + (3 * Skeleton.Parents[joint]));
            return new Vec3(poses[a] - (double)poses[b], poses[a + 1] - (double)poses[b + 1], poses[a + 2] - (double)poses[b + 2]).Length;
        }
    }

    private static double[] RandomPoses(int count, ulong seed)
    {
        var random = new RandomGenerator(seed);
        return [.. Enumerable.Range(0, 51 * count).Select(_ => 300 * random.NextNormal())];
    }

    /// <summary>Every limb lies along x with one length for left and right, so lengths change by what is added to x.</summary>
    private static double[] SymmetricPose()
    {
        var pose = new double[51];
        int[] chain = [0, 100, 200, 300, 100, 200, 300, 50, 90, 120, 150, 190, 290, 390, 190, 290, 390];
        for (var joint = 0; joint < 17; joint++) pose[3 * joint] = chain[joint];
        return pose;
    }
}
