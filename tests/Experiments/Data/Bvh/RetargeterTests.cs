using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;

namespace PoseEngine.Tests.Experiments.Bvh;

/// <summary>Real walks, before and after their left and right are made equal.</summary>
[TestFixtureSource(typeof(BvhSamples), nameof(BvhSamples.Excerpts))]
public class RetargeterTests(string clip)
{
    private static readonly Dictionary<string, (double Speed, double[] Lengths)> Published = new()
    {
        // Speed in m/s; thigh, shank, upper arm and forearm in mm, each left and right, from another implementation.
        ["02_01"] = (1.18, [429, 428, 411, 407, 275, 284, 189, 190]),
        ["07_01"] = (1.36, [391, 404, 418, 402, 280, 295, 190, 190]),
    };

    private static readonly Joint[] Measured =
    [
        Joint.LeftKnee, Joint.RightKnee, Joint.LeftAnkle, Joint.RightAnkle,
        Joint.LeftElbow, Joint.RightElbow, Joint.LeftWrist, Joint.RightWrist,
    ];

    private readonly LandmarkTrack _track = BvhSamples.Track(BvhSamples.Read(clip));

    [Test]
    public void CapturedLengthsAgreeWithThePublishedOnes()
    {
        var lengths = Measured.Select(joint => BodyMeasure.LengthTo(_track, joint)).ToArray();
        Assert.That(lengths, Is.EqualTo(Published[clip].Lengths).Within(1.5));
    }

    [Test]
    public void SpeedAgreesWithThePublishedOne()
        => Assert.That(BodyMeasure.Speed(_track), Is.EqualTo(Published[clip].Speed).Within(5).Percent);

    [Test]
    public void CapturedLimbsDifferButRetargetedOnesDoNot([Values(null, 1650.0, 1806.0)] double? stature)
    {
        Assert.That(BvhSamples.Constraints(_track.Frames[0]).Max(Math.Abs), Is.GreaterThan(5));
        foreach (var frame in Retarget(stature, out _))
            Assert.That(BvhSamples.Constraints(frame).Max(Math.Abs), Is.LessThan(1e-9));
    }

    [Test]
    public void DirectionsAreKept([Values(null, 1650.0)] double? stature)
    {
        var frames = Retarget(stature, out _);
        for (var i = 0; i < frames.Count; i++)
        {
            for (var joint = 1; joint < Skeleton.JointCount; joint++)
                Assert.That(Sine(Bone(frames[i], joint), Bone(_track.Frames[i], joint)), Is.LessThan(1e-9), $"{(Joint)joint}");
        }
    }

    [Test]
    public void EverySegmentHasTheLengthOfTheBody([Values(null, 1720.0)] double? stature)
    {
        var frames = Retarget(stature, out var body);
        for (var joint = Joint.RightHip; joint <= Joint.RightWrist; joint++)
        {
            foreach (var frame in frames)
                Assert.That(Bone(frame, (int)joint).Length, Is.EqualTo(body.LengthTo(joint)).Within(1e-9), $"{joint}");
        }
        if (stature is { } mm) Assert.That(body, Is.EqualTo(BodyProportions.FromStature(mm)));
        else Assert.That(body.Thigh, Is.EqualTo(Published[clip].Lengths[..2].Average()).Within(1.5));
    }

    [Test]
    public void ThePelvisIsTheMiddleOfTheHips()
    {
        foreach (var frame in Retarget(null, out _))
            Assert.That((((frame[Joint.RightHip] + frame[Joint.LeftHip]) * .5) - frame[Joint.Pelvis]).Length, Is.LessThan(1e-9));
    }

    [Test]
    public void ThoraxFaceAndCrownLieWhereTheyShould()
    {
        var file = BvhSamples.Read(clip);
        var p = new ForwardKinematics(file).Positions(1);
        Vec3 World(string name)
        {
            var q = p[file.Joints.ToList().FindIndex(joint => joint.Name == name)] * (25.4 / .45);
            return new Vec3(q.X, -q.Z, q.Y);
        }
        var frame = _track.Frames[0];
        var thorax = World("Neck1") + (.35 * (World("Head") - World("Neck1")));
        Assert.That((frame[Joint.Thorax] - thorax).Length, Is.LessThan(1e-9));
        Assert.That((frame[Joint.Neck] - World("Head") - (60 * frame.Facing)).Length, Is.LessThan(1e-9));
        Assert.That((frame[Joint.Head] - World("Head_End")).Length, Is.EqualTo(60).Within(1e-9));
        Assert.That((frame.RightToe - World("RightToeBase_End")).Length, Is.LessThan(1e-9));
    }

    [Test]
    public void TheWalkerStandsUprightOnTheFloor()
    {
        var frames = Retarget(1720, out _);
        Assert.That(frames.Min(BvhSamples.LowestFoot), Is.EqualTo(0).Within(1e-9));
        // The lowest point of the feet never hangs high: someone who walks always has a foot on the floor.
        Assert.That(frames.Max(BvhSamples.LowestFoot), Is.LessThan(70));
        foreach (var frame in frames)
        {
            var ankles = Math.Max(frame[Joint.RightAnkle].Z, frame[Joint.LeftAnkle].Z);
            Assert.That(frame[Joint.Head].Z, Is.GreaterThan(frame[Joint.Pelvis].Z + 500));
            Assert.That(frame[Joint.Pelvis].Z, Is.GreaterThan(ankles + 300).And.GreaterThan(700));
        }
    }

    [Test]
    public void LeftAndRightAreNotExchanged()
    {
        var frames = Retarget(null, out _);
        var travel = frames[^1][Joint.Pelvis] - frames[0][Joint.Pelvis];
        foreach (var frame in frames)
        {
            // Whoever faces forward with the head up has the left side at up x forward.
            var left = Vec3.Cross(new Vec3(0, 0, 1), frame.Facing);
            Assert.That(frame.Facing.Length, Is.EqualTo(1).Within(1e-9));
            Assert.That(Vec3.Dot(frame.Facing, travel.Normalized()), Is.GreaterThan(.8), "the walker looks where he goes");
            Assert.That(Vec3.Dot(frame[Joint.LeftHip] - frame[Joint.RightHip], left), Is.GreaterThan(100));
            Assert.That(Vec3.Dot(frame[Joint.LeftShoulder] - frame[Joint.RightShoulder], left), Is.GreaterThan(200));
        }
        // Toes point forward on average, over both feet.
        var toes = frames.Average(f => Vec3.Dot(f.RightToe - f[Joint.RightAnkle] + f.LeftToe - f[Joint.LeftAnkle], f.Facing));
        Assert.That(toes, Is.GreaterThan(100));
    }

    private IReadOnlyList<BodyFrame> Retarget(double? stature, out BodyProportions body)
    {
        var retargeter = new Retargeter(_track, stature is { } mm ? BodyProportions.FromStature(mm) : null);
        body = retargeter.Body;
        return retargeter.Retarget(_track.Frames, cyclic: false);
    }

    private static Vec3 Bone(BodyFrame frame, int joint) => frame.Joints[joint] - frame.Joints[Skeleton.Parents[joint]];

    private static double Sine(Vec3 a, Vec3 b)
        => Vec3.Dot(a, b) > 0 ? Vec3.Cross(a.Normalized(), b.Normalized()).Length : double.PositiveInfinity;
}
