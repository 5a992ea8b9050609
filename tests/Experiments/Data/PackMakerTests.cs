using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

public class PackMakerTests : PackFixture
{
    [Test]
    public void TheFullPackHasTheImagesOfThePaper()
        => Assert.That(FrameSchedule.For(new WalkerSettings()).ImageCount, Is.EqualTo(162_008));

    [TestCase(10_000, 10_000)]
    [TestCase(10_003, 10_000)]
    [TestCase(4, 4)]
    [TestCase(1_000_000, 162_008)]
    public void AMaximumIsSharedOutExactly(int maximum, int expected)
        => Assert.That(FrameSchedule.For(new WalkerSettings { MaximumImages = maximum }).ImageCount, Is.EqualTo(expected));

    [Test]
    public void ScaleThinsSequencesOut()
    {
        var schedule = FrameSchedule.For(new WalkerSettings { Scale = 10, Subjects = ["S11"] });
        Assert.That(schedule.Sequences.Select(s => s.Count), Is.EqualTo(new[] { 163, 162 }));
        Assert.That(schedule.Sequences[0].Frame(162), Is.GreaterThan(1600), "the frames reach to the end of the sequence");
    }

    [Test]
    public void ValuesOutOfRangeAreNamed()
    {
        void Refused(WalkerSettings settings, string text)
            => Assert.That(settings.Validate, Throws.TypeOf<UserErrorException>().With.Message.Contains(text));
        Refused(new WalkerSettings { Scale = .5 }, "scale 0.5");
        Refused(new WalkerSettings { Scale = double.NaN }, "scale NaN");
        Refused(new WalkerSettings { Difficulty = 1.5 }, "difficulty 1.5");
        Refused(new WalkerSettings { Subjects = ["S2"] }, "'S2'");
        Refused(new WalkerSettings { Subjects = ["S1", "s1"] }, "twice");
        Refused(new WalkerSettings { Subjects = [] }, "no subject");
        Refused(new WalkerSettings { MaximumImages = 3 }, "at most 3");
    }

    [Test]
    public void EveryPoseSatisfiesTheSixConstraints()
    {
        using var pack = Pack.Open(SmallPack());
        for (var i = 0; i < pack.Count; i++) Assert.That(LimbResiduals.Of(pack.Pose(i)), Is.All.EqualTo(0).Within(1e-3));
    }

    [Test]
    public void TheInspectorMeasuresAPack()
    {
        using var pack = Pack.Open(SmallPack());
        var report = PackInspector.Inspect(pack);
        Assert.That(report.Counts["camera"], Is.EquivalentTo(new Dictionary<string, int> { ["1"] = 42, ["2"] = 42, ["3"] = 42, ["4"] = 42 }));
        Assert.That(report.Counts["subject"].Values.Sum(), Is.EqualTo(168));
        Assert.That(report.Counts["source"], Is.EquivalentTo(new Dictionary<string, int> { ["walker"] = 168 }));
        Assert.That(report.Residuals.Max(r => r.Maximum), Is.LessThan(1e-3));
        Assert.That(report.MeanPoseError, Is.InRange(130, 200));
        var pelvis = report.Joints[0];
        Assert.That((pelvis.Mean, pelvis.PopulationStandardDeviation, pelvis.Minimum, pelvis.Maximum), Is.EqualTo((0.0, 0.0, 0.0, 0.0)));
        Assert.That(report.Joints[(3 * 3) + 1].Mean, Is.InRange(600, 900), "ankles are below the pelvis");
    }

    [Test]
    public void TheCacheMakesAPackOnce()
    {
        var cache = new PackCache(Root);
        var settings = new WalkerSettings { MaximumImages = 8 };
        var left = Directory.CreateDirectory(Path.Combine(Root, PackWriter.TemporaryPrefix(cache.PathOf(settings)) + "dead"));
        // Both ask at once; one makes the pack, the other waits for it.
        var paths = new string[2];
        Parallel.For(0, 2, i => paths[i] = cache.GetOrMake(settings));
        Assert.That(paths[0], Is.EqualTo(paths[1]));
        Assert.That(Directory.Exists(left.FullName), Is.False, "what a killed program left is cleared away");
        var written = File.GetLastWriteTimeUtc(Path.Combine(paths[0], "images.npy"));
        Assert.That(cache.GetOrMake(settings with { Threads = 1 }), Is.EqualTo(paths[0]), "threads do not change a pack");
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(paths[0], "images.npy")), Is.EqualTo(written));
        Assert.That(cache.PathOf(settings with { Seed = 2 }), Is.Not.EqualTo(paths[0]));
        using var pack = Pack.Open(paths[0]);
        Assert.That(pack.Count, Is.EqualTo(8));
    }

    [Test]
    public void ClipsAreFilmedByFourCameras()
    {
        var walk = Walker.Walk(WalkerSubject.Named("S6"), 1, 10, 1);
        var clips = new[] { walk with { Name = "a,b" }, walk with { Name = "far", Frames = [.. walk.Frames.Select(Shifted)] } };
        var folder = Path.Combine(Root, "clips");
        MotionMaker.Make(clips, new MotionSettings { Step = 3 }, folder);
        using var pack = Pack.Open(folder);
        Assert.That(pack.Count, Is.EqualTo(2 * 4 * 4));
        Assert.That(pack.Source(0), Is.EqualTo("bvh:a_b"));
        Assert.That(pack.Source(31), Is.EqualTo("bvh:far"));
        Assert.That(pack.Frame(5), Is.EqualTo(3));
        Assert.That(pack.Crop(31).Root.Z, Is.InRange(1999, 8000), "a clip is brought into the studio");
        Assert.That(() => MotionMaker.Make([], new MotionSettings(), Path.Combine(Root, "none")), Throws.TypeOf<UserErrorException>());

        static BodyFrame Shifted(BodyFrame frame)
        {
            var shift = new Vec3(90_000, -20_000, 0);
            return new BodyFrame([.. frame.Joints.Select(j => j + shift)], frame.RightToe + shift, frame.LeftToe + shift, frame.Facing);
        }
    }
}
