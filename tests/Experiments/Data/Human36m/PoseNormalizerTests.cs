using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Poses of any unit, space and number of joints become the same ones; poses that are not what they claim are refused.</summary>
public class PoseNormalizerTests
{
    private static readonly RecordingKey Key = new(9, HumanAction.Walking, 2, 3);

    private static readonly Vec3[][] World = SomePoses.World(6);

    private static readonly Vec3[][] Seen = SomePoses.Seen(World, Key.Subject, Key.Camera);

    [Test]
    public void CameraMillimetresLoseTheirPelvisOnly()
    {
        var poses = Normalize(Raw(Seen));
        var camera = CameraTable.For(9, 3);
        Assert.That(poses.Count, Is.EqualTo(6));
        for (var i = 0; i < 6; i++)
        {
            var root = camera.ToCamera(World[i][0]);
            Assert.That((poses.Roots[i] - root).Length, Is.Zero.Within(1e-9));
            for (var j = 0; j < 17; j++)
            {
                var expected = camera.ToCamera(World[i][SomePoses.Places[j]]) - root;
                var actual = new Vec3(poses.Pose(i)[3 * j], poses.Pose(i)[(3 * j) + 1], poses.Pose(i)[(3 * j) + 2]);
                Assert.That((actual - expected).Length, Is.Zero.Within(1e-3));
            }
        }
    }

    [Test]
    public void Trap7MetresOfTheWorldAndMillimetresOfACameraAreTheSame()
    {
        var expected = Normalize(Raw(Seen));
        Same(Normalize(Raw(Seen, factor: 1e-3)), expected);
        Same(Normalize(Raw(World, PoseSpace.World)), expected);
        Same(Normalize(Raw(World, PoseSpace.World, 1e-3)), expected);
        Same(Normalize(Raw(SomePoses.Seventeen(Seen), joints: 17)), expected);
        Same(Normalize(Raw(SomePoses.Seventeen(Seen).Select(p => p.Append(Vec3.Zero).ToArray()), joints: 18)), expected);
    }

    [Test]
    public void Trap8WorldCoordinatesAreTurnedIntoEachCameras()
    {
        var poses = Normalize(Raw(World, PoseSpace.World));
        for (var i = 0; i < 6; i++)
        {
            Assert.That(poses.Pose(i)[(3 * (int)Joint.Head) + 1], Is.LessThan(poses.Pose(i)[(3 * (int)Joint.LeftAnkle) + 1]), "y points down");
            Assert.That(poses.Roots[i].Z, Is.InRange(2000, 8000));
            var (u, v) = CameraTable.For(9, 3).Project(poses.Roots[i]);
            Assert.That(u, Is.InRange(0, 1000));
            Assert.That(v, Is.InRange(0, 1000));
        }
    }

    [TestCase(PoseSpace.Camera, "world coordinates (z up) where camera ones")]
    [TestCase(PoseSpace.World, "camera coordinates (y down) where world ones")]
    public void Trap8TheOtherSpaceIsNoticed(PoseSpace claimed, string message)
        => Refused(Raw(claimed == PoseSpace.Camera ? World : Seen, claimed), message);

    [Test]
    public void Trap9MonoAndUniversalAreNeverMixed()
    {
        var raw = Raw(Seen) with { Variant = PoseVariant.Universal };
        Refused(raw, "never mixed");
        Same(PoseNormalizer.Normalize(Of(raw), Request with { Variant = PoseVariant.Universal }, new ImportLog()), Normalize(Raw(Seen)));
    }

    [Test]
    public void Trap10LeftAndRightExchangedIsNoticed()
    {
        var seventeen = SomePoses.Seventeen(Seen);
        var exchanged = seventeen.Select(pose => Skeleton.Mirror.ToArray().Select(j => pose[j]).ToArray());
        Refused(Raw(exchanged, joints: 17), "left and right are exchanged");
        Refused(Raw(seventeen.Select(pose => pose.Select(p => p with { X = -p.X }).ToArray()), joints: 17), "left and right are exchanged");
    }

    [Test]
    public void Trap11JointsOfAnotherOrderAreNoticed()
    {
        // The order of MPII: ankle, knee, hip, hip, knee, ankle first.
        int[] order = [3, 2, 1, 4, 5, 6, 0, 7, 8, 10, 16, 15, 14, 11, 12, 13, 9];
        Refused(Raw(SomePoses.Seventeen(Seen).Select(pose => order.Select(j => pose[j]).ToArray()), joints: 17), "");
    }

    [Test]
    public void Trap13PeopleOnTheirHeadsAreNoticed()
        => Refused(Raw(Seen.Select(pose => pose.Select(p => new Vec3(-p.X, -p.Y, p.Z)).ToArray())), "stand on their heads");

    [Test]
    public void Trap16ATransposedTableIsNoticed()
    {
        var values = SomePoses.Flat(Seen);
        var turned = new double[values.Length];
        for (var i = 0; i < values.Length; i++) turned[(i % 6 * 96) + (i / 6)] = values[i];
        Refused(new RawPoses(turned, 32, PoseSpace.Camera, PoseVariant.Mono, "x.cdf"), "");
    }

    [Test]
    public void PosesWithoutTheirPlaceAreRefused()
        => Refused(Raw(Seen.Select(pose => pose.Select(p => p - pose[0]).ToArray())), "in front of the camera");

    [Test]
    public void UnitsOfNobodyAreRefused() => Refused(Raw(Seen, factor: 0.1), "the median thigh is 44.");

    [TestCase(double.NaN)]
    [TestCase(double.NegativeInfinity)]
    public void APoseThatIsNotFiniteIsNamedOrLeftOut(double value)
    {
        var raw = Raw(Seen);
        raw.Values[(4 * 96) + 7] = value;
        Refused(raw, "frame 4");
        var log = new ImportLog();
        var poses = PoseNormalizer.Normalize(Of(raw), Request with { SkipBroken = true }, log);
        Assert.That(poses.Frames, Is.EqualTo(new[] { 0, 1, 2, 3, 5 }));
        Assert.That(log.Lines, Has.Some.Contains("1 of 6 poses are not finite"));
    }

    [Test]
    public void NoPosesAtAll() => Refused(new RawPoses([], 32, PoseSpace.Camera, PoseVariant.Mono, "x.cdf"), "no poses");

    private static ImportRequest Request => new() { Root = "." };

    private static RawPoses Raw(IEnumerable<Vec3[]> poses, PoseSpace space = PoseSpace.Camera, double factor = 1, int joints = 32)
        => new(SomePoses.Flat(poses, factor), joints, space, PoseVariant.Mono, "x.cdf");

    private static Recording Of(RawPoses raw) => new(Key, raw, new NoFrames("none"));

    private static ImportedPoses Normalize(RawPoses raw) => PoseNormalizer.Normalize(Of(raw), Request, new ImportLog());

    private static void Refused(RawPoses raw, string message)
    {
        var error = Assert.Throws<UserErrorException>(() => Normalize(raw))!;
        Assert.That(error.Message, Does.Contain("x.cdf").And.Contain(message).And.Not.Contains('\n'));
    }

    private static void Same(ImportedPoses actual, ImportedPoses expected)
    {
        for (var i = 0; i < expected.Relative.Length; i++) Assert.That(actual.Relative[i], Is.EqualTo(expected.Relative[i]).Within(1e-3));
        for (var i = 0; i < expected.Count; i++) Assert.That((actual.Roots[i] - expected.Roots[i]).Length, Is.Zero.Within(1e-6));
        Assert.That(actual.Frames, Is.EqualTo(expected.Frames));
    }
}
