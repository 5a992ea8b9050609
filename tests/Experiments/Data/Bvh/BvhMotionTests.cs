using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Bvh;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Experiments.Bvh;

public class BvhMotionTests
{
    [Test]
    public void AFolderGivesItsClipsInOrderAtFiftyHertz()
    {
        var clips = BvhMotion.Load(BvhSamples.Folder, new BvhOptions());
        Assert.That(clips.Select(clip => clip.Name), Is.EqualTo(BvhSamples.Excerpts));
        // 160 and 156 frames at 120 Hz after the T-pose span 1.325 and 1.292 s.
        Assert.That(clips.Select(clip => clip.Frames.Count), Is.EqualTo(new[] { 67, 65 }));
    }

    [TestCaseSource(typeof(BvhSamples), nameof(BvhSamples.Excerpts))]
    public void TheSummaryTellsWhatWasFound(string name)
    {
        var summary = BvhMotion.Import(BvhSamples.Read(name), new BvhOptions { Frames = 10 }).Summary;
        Assert.That(summary.Unit, Is.EqualTo(BvhUnit.Cmu));
        Assert.That(summary.UnitGuessed);
        Assert.That(summary.DroppedFrames, Is.EqualTo(1));
        Assert.That(summary.SourceFramesPerSecond, Is.EqualTo(120).Within(.01));
        Assert.That(summary.Playback, Is.EqualTo(ClipPlayback.StrideLoop));
        Assert.That(summary.Stride!.Right);
        Assert.That(summary.Stride.Seconds, Is.InRange(1.0, 1.2));
    }

    [Test]
    public void ResamplingKeepsTimesAndStraightLines()
    {
        var joints = new Vec3[Skeleton.JointCount];
        BodyFrame At(int i) => new([.. joints.Select((_, j) => new Vec3(6 * i, j, 0))], default, default, new Vec3(1, 0, 0));
        var track = new LandmarkTrack("line", [.. Enumerable.Range(0, 121).Select(At)], 120);
        var resampled = track.Resample();
        Assert.That(resampled, Has.Count.EqualTo(51));
        for (var i = 0; i < resampled.Count; i++)
            Assert.That(resampled[i].Joints[5], Is.EqualTo(new Vec3(14.4 * i, 5, 0)).Using<Vec3>((a, b) => (a - b).Length < 1e-9));
    }

    [Test]
    public void TheStrideLoopIsContinuousAndStaysInTheArea(
        [ValueSource(typeof(BvhSamples), nameof(BvhSamples.Excerpts))] string name, [Values(1UL, 2UL, 77UL)] ulong seed)
    {
        var once = BvhMotion.Import(BvhSamples.Read(name), new BvhOptions()).Clip;
        var loop = BvhMotion.Import(BvhSamples.Read(name), new BvhOptions { Frames = 3000, Seed = seed }).Clip;
        Assert.That(loop.Frames, Has.Count.EqualTo(3000));
        // A swinging foot covers up to 90 mm in a fiftieth of a second, in the capture too. The body must not jump, and
        // the seams must not be faster than the walk itself.
        Assert.That(loop.Frames.Zip(loop.Frames.Skip(1), (a, b) => (b.Joints[0] - a.Joints[0]).Length).Max(), Is.LessThan(45));
        Assert.That(BvhSamples.LargestStep(loop.Frames), Is.LessThan(1.05 * BvhSamples.LargestStep(once.Frames)));
        Assert.That(BvhSamples.LargestStep(loop.Frames, fromPelvis: true), Is.LessThan(70));
        Assert.That(loop.Frames.Max(f => Math.Abs(f.Joints[0].X)), Is.LessThan(2000));
        Assert.That(loop.Frames.Max(f => Math.Abs(f.Joints[0].Y)), Is.LessThan(1500));
        Assert.That(loop.Frames.Min(BvhSamples.LowestFoot), Is.EqualTo(0).Within(1e-9));
        Assert.That(loop.Frames.Max(f => BvhSamples.Constraints(f).Max(Math.Abs)), Is.LessThan(1e-9));
    }

    [TestCaseSource(typeof(BvhSamples), nameof(BvhSamples.Excerpts))]
    public void TheLoopWalksForwardAtTheSpeedOfTheClipInEveryDirection(string name)
    {
        var (clip, summary) = BvhMotion.Import(BvhSamples.Read(name), new BvhOptions { Frames = 3000 });
        double path = 0;
        var quadrants = new HashSet<int>();
        for (var i = 5; i < clip.Frames.Count; i += 5)
        {
            var step = clip.Frames[i].Joints[0] - clip.Frames[i - 5].Joints[0];
            path += (step with { Z = 0 }).Length / 1000;
            Assert.That(Vec3.Dot(step.Normalized(), clip.Frames[i].Facing), Is.GreaterThan(.7));
            quadrants.Add((Math.Sign(clip.Frames[i].Facing.X) * 2) + Math.Sign(clip.Frames[i].Facing.Y));
        }
        Assert.That(path / (2995 / 50.0), Is.EqualTo(summary.Speed).Within(5).Percent);
        Assert.That(quadrants, Has.Count.GreaterThanOrEqualTo(4));
    }

    [Test]
    public void TheSeedDecidesThePath()
    {
        IReadOnlyList<BodyFrame> Load(ulong seed) => BvhMotion.Import(BvhSamples.Read("02_01"), new BvhOptions { Frames = 50, Seed = seed }).Clip.Frames;
        var first = Load(4);
        Assert.That(Load(4)[49].Joints, Is.EqualTo(first[49].Joints));
        Assert.That(Load(5)[0].Joints[0], Is.Not.EqualTo(first[0].Joints[0]));
    }

    [Test]
    public void TheClipOnceIsCentredAlongX()
    {
        var frames = BvhMotion.Import(BvhSamples.Read("02_01"), new BvhOptions { Stature = 1720 }).Clip.Frames;
        var x = frames.Select(f => f.Joints[0].X).ToArray();
        Assert.That(x.Min() + x.Max(), Is.EqualTo(0).Within(1e-6));
        Assert.That(frames.Max(f => Math.Abs(f.Joints[0].Y)), Is.LessThan(100));
        Assert.That(BvhSamples.LargestStep(frames), Is.LessThan(100));
    }

    [Test]
    public void WithoutAStrideTheClipIsPlayedForthAndBack()
    {
        var lines = File.ReadAllLines(BvhSamples.PathOf("02_01"));
        var start = Array.FindIndex(lines, line => line.StartsWith("Frame Time", StringComparison.Ordinal)) + 1;
        var text = string.Join('\n', lines[..(start + 61)]).Replace("Frames: 161", "Frames: 61", StringComparison.Ordinal);
        var (clip, summary) = BvhMotion.Import(BvhSamples.Parse(text), new BvhOptions { Frames = 200 });
        Assert.That(summary.Playback, Is.EqualTo(ClipPlayback.ForthAndBack));
        Assert.That(clip.Frames, Has.Count.EqualTo(200));
        Assert.That(BvhSamples.LargestStep(clip.Frames), Is.LessThan(90));
        // 60 frames at 120 Hz are 25 at 50 Hz: 24 steps forth and 24 back.
        Assert.That(clip.Frames[48].Joints, Is.EqualTo(clip.Frames[0].Joints));
        Assert.That(clip.Frames[30].Joints, Is.EqualTo(clip.Frames[18].Joints));
    }

    [Test]
    public void FramesOfZerosAfterTheTPoseAreDropped()
    {
        var lines = File.ReadAllLines(BvhSamples.PathOf("02_01"));
        var start = Array.FindIndex(lines, line => line.StartsWith("Frame Time", StringComparison.Ordinal)) + 1;
        lines[start + 1] = lines[start + 2] = string.Join(' ', Enumerable.Repeat("0", 96));
        var motion = BvhMotion.Import(BvhSamples.Parse(string.Join('\n', lines)), new BvhOptions());
        Assert.That(motion.Summary.DroppedFrames, Is.EqualTo(3));
        Assert.That(BvhSamples.LargestStep(motion.Clip.Frames), Is.LessThan(100));
    }

    [Test]
    public void OtherUnitsAndAxesGiveTheSameMotion()
    {
        var file = BvhSamples.Read("02_01");
        var expected = BvhMotion.Import(file, new BvhOptions()).Clip.Frames[20];
        var actual = BvhMotion.Import(ZUpInMetres(file), new BvhOptions());
        Assert.That(actual.Summary.Unit.Name, Is.EqualTo("m"));
        var gap = expected.Joints.Zip(actual.Clip.Frames[20].Joints, (a, b) => (a - b).Length).Max();
        Assert.That(gap, Is.LessThan(1e-3));
    }

    [TestCase("nowhere/at-all", "no such motion folder: nowhere/at-all; ")]
    [TestCase("", "no such motion folder")]
    public void AMissingFolderIsAUserError(string folder, string says)
        => Assert.That(() => BvhMotion.Load(folder, new BvhOptions()), Throws.TypeOf<UserErrorException>().With.Message.StartWith(says));

    [Test]
    public void AnEmptyFolderIsAUserError()
    {
        var folder = Directory.CreateTempSubdirectory("poseengine-bvh-");
        try
        {
            Assert.That(() => BvhMotion.Load(folder.FullName, new BvhOptions()),
                Throws.TypeOf<UserErrorException>().With.Message.StartWith($"no motion in folder: {folder.FullName}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [TestCase(-1, null)]
    [TestCase(1_000_001, null)]
    [TestCase(0, 17.0)]
    [TestCase(0, double.NaN)]
    public void OptionsOutOfRangeAreUserErrors(int frames, double? stature)
        => Assert.That(() => BvhMotion.Load(BvhSamples.Folder, new BvhOptions { Frames = frames, Stature = stature }),
            Throws.TypeOf<UserErrorException>().With.Message.Contain("outside"));

    [Test]
    public void TheWalkingPathIsSmoothAndItsStepsAreTrue()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var path = new WalkingPath(new RandomGenerator(seed));
            for (var i = 0; i < 2000; i++)
            {
                var (position, heading) = (path.Position, path.Heading);
                path.Advance(30);
                Assert.That((path.Position - position).Length, Is.EqualTo(30).Within(.01));
                // No bend is tighter than 900 mm.
                Assert.That(Math.Abs(Math.IEEERemainder(path.Heading - heading, 2 * Math.PI)), Is.LessThan(30 / 900.0));
                Assert.That(Math.Abs(path.Position.X) <= WalkingPath.HalfLengthX && Math.Abs(path.Position.Y) <= WalkingPath.HalfLengthY);
            }
        }
    }

    /// <summary>The same motion as an exporter with z up and metres might write it: a joint above the hips holds the quarter turn.</summary>
    private static BvhFile ZUpInMetres(BvhFile file)
    {
        const double metres = 25.4 / .45 / 1000;
        var stand = new BvhJoint("Stand", -1, default, [BvhChannel.XRotation], file.ChannelCount, false);
        BvhJoint[] tree = [stand, .. file.Joints.Select(joint => joint with { Parent = joint.Parent + 1, Offset = joint.Offset * metres })];
        var values = new List<double>();
        for (var frame = 0; frame < file.FrameCount; frame++)
        {
            values.AddRange(file.Frame(frame).ToArray().Select((value, c) => c < 3 ? value * metres : value));
            values.Add(90);
        }
        return new BvhFile(file.Name, tree, file.FrameTime, file.ChannelCount + 1, [.. values]);
    }
}
