using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

public class WalkerMotionTests
{
    private const int Frames = 1200;

    private static IEnumerable<TestCaseData> Walks()
        => WalkerSubject.All.SelectMany(s => new[] { new TestCaseData(s.Name, 1), new TestCaseData(s.Name, 2) });

    [TestCaseSource(nameof(Walks))]
    public void TheStandingFootStaysPut(string subject, int trial)
    {
        var clip = Walker.Walk(WalkerSubject.Named(subject), trial, Frames, 1);
        var sum = 0.0;
        for (var i = 1; i < Frames; i++)
        {
            var (before, after) = (SolePoints(clip.Frames[i - 1]), SolePoints(clip.Frames[i]));
            Assert.That(after.Min(p => p.Z), Is.EqualTo(0).Within(1e-6), $"frame {i}: the lowest sole point is on the floor");
            var slip = Enumerable.Range(0, 4).Where(k => after[k].Z < 1).Min(k => Horizontal(after[k] - before[k]));
            Assert.That(slip, Is.LessThan(20), $"frame {i}");
            sum += slip;
        }

        Assert.That(sum / Frames, Is.LessThan(6));
    }

    [TestCaseSource(nameof(Walks))]
    public void KneesBendBackwardsOnly(string subject, int trial)
    {
        foreach (var frame in Walker.Walk(WalkerSubject.Named(subject), trial, Frames, 2).Frames)
        {
            var right = frame[Joint.RightHip] - frame[Joint.LeftHip];
            foreach (var hip in (Joint[])[Joint.RightHip, Joint.LeftHip])
            {
                var thigh = frame[hip + 1] - frame[hip];
                var shank = frame[hip + 2] - frame[hip + 1];
                // Seen from the right, a bent knee turns the shank back, from the walking direction towards the rear.
                var turn = Vec3.Dot(Vec3.Cross(thigh, shank), right) / (thigh.Length * shank.Length * right.Length);
                Assert.That(turn, Is.LessThan(-.02));
            }
        }
    }

    [TestCaseSource(nameof(Walks))]
    public void BodiesKeepTheirLengthsAndAreSymmetric(string subject, int trial)
    {
        var clip = Walker.Walk(WalkerSubject.Named(subject), trial, Frames, 3);
        foreach (var frame in clip.Frames)
        {
            for (var j = 1; j < Skeleton.JointCount; j++)
            {
                var length = (frame.Joints[j] - frame.Joints[Skeleton.Parents[j]]).Length;
                Assert.That(length, Is.EqualTo(clip.Body.LengthTo((Joint)j)).Within(1e-6));
            }
        }
    }

    [TestCaseSource(nameof(Walks))]
    public void PeopleWalkUprightAtAWalkersSpeedInsideTheStudio(string subject, int trial)
    {
        var clip = Walker.Walk(WalkerSubject.Named(subject), trial, Frames, 4);
        var distance = 0.0;
        for (var i = 0; i < Frames; i++)
        {
            var frame = clip.Frames[i];
            var root = frame[Joint.Pelvis];
            Assert.That(Math.Abs(root.X), Is.LessThan(2300));
            Assert.That(Math.Abs(root.Y), Is.LessThan(2300));
            Assert.That(frame[Joint.Head].Z, Is.GreaterThan(root.Z + 500));
            Assert.That(frame.Facing.Length, Is.EqualTo(1).Within(1e-9));
            if (i > 0) distance += Horizontal(root - clip.Frames[i - 1][Joint.Pelvis]);
        }

        Assert.That(distance / 1000 / (Frames / MotionClip.FramesPerSecond), Is.InRange(.6, 1.7), "m/s");
    }

    [Test]
    public void PeopleFaceWhereTheyGo()
    {
        var clip = Walker.Walk(WalkerSubject.Named("S5"), 1, Frames, 1);
        for (var i = 10; i < Frames; i += 10)
        {
            var way = clip.Frames[i][Joint.Pelvis] - clip.Frames[i - 10][Joint.Pelvis];
            var right = clip.Frames[i][Joint.RightHip] - clip.Frames[i][Joint.LeftHip];
            Assert.That(Vec3.Dot(clip.Frames[i].Facing, way with { Z = 0 }), Is.GreaterThan(0));
            Assert.That(Vec3.Cross(right, way).Z, Is.GreaterThan(0), "right, forward, up is right-handed");
        }
    }

    [Test]
    public void AShorterWalkIsTheBeginningOfALongerOne()
    {
        var subject = WalkerSubject.Named("S9");
        var (shorter, longer) = (Walker.Walk(subject, 2, 50, 9), Walker.Walk(subject, 2, 80, 9));
        for (var i = 0; i < 50; i++) Assert.That(shorter.Frames[i].Joints, Is.EqualTo(longer.Frames[i].Joints));
    }

    [Test]
    public void ThePathClosesAfterThreeLaps()
    {
        var path = new WalkPath(new PoseEngine.Tensors.RandomGenerator(3), clockwise: true);
        Assert.That((path.Position(0) - path.Position(6 * Math.PI)).Length, Is.LessThan(1e-6));
        const double Step = 1e-5;
        var slope = (path.Position(1 + Step) - path.Position(1 - Step)) * (1 / (2 * Step));
        Assert.That((slope - path.Velocity(1)).Length, Is.LessThan(1e-3));
    }

    [TestCase("thigh", -19.5, 32.0)]
    [TestCase("elbow", 20.7, 42.0)]
    public void CurvesHaveTheirFittedRange(string name, double low, double high)
    {
        var curve = name == "thigh" ? GaitCurves.Thigh : GaitCurves.Elbow;
        var values = Enumerable.Range(0, 100).Select(i => curve.At(i / 100.0)).ToList();
        Assert.That(values.Min(), Is.EqualTo(low).Within(.8));
        Assert.That(values.Max(), Is.EqualTo(high).Within(.8));
    }

    private static double Horizontal(Vec3 v) => Math.Sqrt((v.X * v.X) + (v.Y * v.Y));

    /// <summary>Heels and toe tips on the soles, from the joints alone: the foot's plane is upright.</summary>
    private static Vec3[] SolePoints(BodyFrame frame)
    {
        var points = new List<Vec3>();
        foreach (var (ankle, toe) in ((Vec3, Vec3)[])[(frame[Joint.RightAnkle], frame.RightToe), (frame[Joint.LeftAnkle], frame.LeftToe)])
        {
            var foot = (toe - ankle).Normalized();
            var below = Vec3.Cross(foot, Vec3.Cross(foot, new Vec3(0, 0, 1)).Normalized());
            if (below.Z > 0) below = -below;
            var (sine, cosine) = Math.SinCos(13 * Math.PI / 180);
            var forward = (cosine * foot) - (sine * below);
            var down = (sine * foot) + (cosine * below);
            points.Add(ankle + (80 * down) - (35 * forward));
            points.Add(toe + (36 * down));
        }

        return [.. points];
    }
}
