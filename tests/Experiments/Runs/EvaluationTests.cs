using PoseEngine.Experiments.Runs;

namespace PoseEngine.Tests.Experiments.Runs;

public class EvaluationTests
{
    [Test]
    public void PerfectPredictionOfASymmetricPoseHasNoErrorAndNoViolation()
    {
        var pose = SymmetricPose();
        var evaluation = Evaluation.Of(pose, pose);
        Assert.That(evaluation.Error, Is.Zero);
        Assert.That(evaluation.MedianViolation, Is.Zero);
        Assert.That(evaluation.Samples, Is.EqualTo(1));
    }

    [Test]
    public void ErrorIsTheMeanDistanceOverAllJoints()
    {
        var target = SymmetricPose();
        var prediction = target.ToArray();
        prediction[3 * 13] += 3; // left wrist, by (3, 4, 0): 5 mm
        prediction[(3 * 13) + 1] += 4;
        var evaluation = Evaluation.Of(prediction, target);
        Assert.That(evaluation.Error, Is.EqualTo(5.0 / 17).Within(1e-12));
        Assert.That(evaluation.ErrorWithoutPelvis, Is.EqualTo(5.0 / 16).Within(1e-12));
        Assert.That(evaluation.PerJointError[13], Is.EqualTo(5).Within(1e-12));
    }

    [Test]
    public void ViolationsAreThoseOfTable2()
    {
        // Every constraint by its own amount: move the left end of each limb outwards along the limb.
        var target = SymmetricPose();
        var prediction = target.ToArray();
        prediction[3 * 13] += 7; // left wrist along the forearm: C2 = 7, no other constraint has the wrist
        prediction[3 * 6] += 2; // left ankle along the shank: C4 = 2
        var evaluation = Evaluation.Of(prediction, target);
        Assert.That(evaluation.PerConstraintMedian, Is.EqualTo(new double[] { 0, 7, 0, 2, 0, 0 }).Within(1e-9));
        Assert.That(evaluation.MedianViolation, Is.Zero.Within(1e-9));
        var curve = evaluation.ShareCurve();
        Assert.That(curve.Single(p => p.Threshold == 3).Share, Is.EqualTo(5.0 / 6).Within(1e-12));
        Assert.That(curve.Single(p => p.Threshold == 8).Share, Is.EqualTo(1));
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
