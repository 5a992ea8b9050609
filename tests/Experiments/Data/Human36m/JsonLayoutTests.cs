using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Folders of images with JSON annotations.</summary>
public class JsonLayoutTests
{
    private static readonly Vec3[][] Poses = SomePoses.Seventeen(SomePoses.World(4));

    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void PosesComeByTrialAndCamera()
    {
        JsonTree.WritePoses(_root, 5, (14, 2, Numbered(Poses)), (2, 1, Numbered(Poses)), (14, 1, Numbered(Poses[..3])));
        JsonTree.WritePoses(_root, 11, (14, 1, Numbered(Poses)));
        var read = Read(Request);
        Assert.That(read.Select(recording => recording.Key), Is.EqualTo(
            from sequence in new[] { (5, 1), (5, 2), (11, 1) }
            from camera in Enumerable.Range(1, 4)
            select new RecordingKey(sequence.Item1, HumanAction.Walking, sequence.Item2, camera)));
        Assert.That(read[4].Poses.Values, Is.EqualTo(SomePoses.Flat(Poses)), "to the last bit");
        Assert.That(read[4].Poses, Is.SameAs(read[7].Poses), "the room's poses serve all cameras");
        Assert.That((read[0].Poses.Count, read[0].Poses.Joints, read[0].Poses.Space, read[0].Poses.Variant), Is.EqualTo((3, 17, PoseSpace.World, PoseVariant.Mono)));
        Assert.That(read[0].Poses.File, Does.Contain("Human36M_subject5_joint_3d.json").And.Contain("trial 1"));
    }

    [Test]
    public void OnlyWhatIsWantedIsRead()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered(Poses)), (16, 1, Numbered(Poses)));
        JsonTree.Write(_root, 5, "joint_3d", "damaged");
        var request = Request with { Subjects = [1], Cameras = [4, 2], Actions = [HumanAction.Find("WalkTogether")!] };
        Assert.That(Read(request).Select(r => r.Key.ToString()), Is.EqualTo(new[] { "S1 WalkTogether trial 1 camera 55011271", "S1 WalkTogether trial 1 camera 60457274" }));
    }

    [Test]
    public void FramesMayBeMissingAndInAnyOrder()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, [(7, Poses[2]), (0, Poses[0]), (5, Poses[1])]));
        var poses = Read(Request)[0].Poses;
        Assert.That(poses.Frames, Is.EqualTo(new[] { 0, 5, 7 }));
        Assert.That(poses.Values, Is.EqualTo(SomePoses.Flat(Poses[..3])));
    }

    [Test]
    public void AnEighteenthJointIsKeptForTheNormalizerToDrop()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered([.. Poses.Select(pose => pose.Append(0.5 * (pose[11] + pose[14])).ToArray())])));
        JsonTree.WritePoses(_root, 5, (14, 1, Numbered(Poses)));
        var read = Read(Request with { Cameras = [1] });
        Assert.That(read[0].Poses.Joints, Is.EqualTo(18));
        Assert.That(Normalized(read[0] with { Key = read[1].Key }).Relative, Is.EqualTo(Normalized(read[1]).Relative));
    }

    [Test]
    public void FramesAreThoseOfTheImages()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered(Poses)));
        var key = new RecordingKey(1, HumanAction.Walking, 1, 3);
        foreach (var frame in new[] { 0, 1, 3 }) Touch(JsonTree.Image(_root, key, frame));
        var read = Read(Request);
        Assert.That(read[2].Frames, Is.TypeOf<FrameImages>());
        Assert.That(((FrameImages)read[2].Frames).Paths, Is.EquivalentTo(new[] { 0, 1, 3 }.ToDictionary(f => f, f => JsonTree.Image(_root, key, f))));
        Assert.That(read[0].Frames, Is.TypeOf<NoFrames>(), "the other cameras' images are missing");
    }

    [Test]
    public void TheLayoutIsFoundOutByItsFiles()
    {
        JsonTree.WritePoses(_root, 9, (14, 1, Numbered(Poses)));
        Assert.That(Layouts.For("auto", _root), Is.TypeOf<JsonLayout>());
        Assert.That(Layouts.For("JSON", _root), Is.TypeOf<JsonLayout>());
        Assert.That(new JsonLayout().Matches(Path.Combine(_root, "annotations")), Is.True);
        Assert.That(() => new JsonLayout().Read(Request with { Root = Directory.CreateDirectory(Path.Combine(_root, "empty")).FullName }, new ImportLog()).ToList(), Throws.TypeOf<UserErrorException>().With.Message.Contains("annotations"));
        Assert.That(() => new JsonLayout().Read(Request with { Variant = PoseVariant.Universal }, new ImportLog()).ToList(), Throws.TypeOf<UserErrorException>().With.Message.Contains("--space mono"));
    }

    [Test]
    public void AnEmptyTrialIsTold()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, []), (14, 2, Numbered(Poses)));
        var log = new ImportLog();
        Assert.That(Read(Request, log).Select(r => r.Key.Trial), Is.All.EqualTo(2));
        Assert.That(log.Lines, Has.One.Contains("trial 1 has no poses"));
    }

    [Test]
    public void CamerasOfTheSurveyAreNotWorthALine()
    {
        JsonTree.WritePoses(_root, 7, (14, 1, Numbered(Poses)));
        JsonTree.WriteCameras(_root, 7, camera => camera with { Centre = camera.Centre + new Vec3(20, 20, 20) });
        var log = new ImportLog();
        Read(Request, log);
        Assert.That(log.Lines, Is.Empty);
    }

    [TestCase(60, 0, 0, "camera 2 (55011271) stands 60 mm and looks 0.0 degrees")]
    [TestCase(0, 2, 0, "stands 0 mm and looks 2.0 degrees")]
    [TestCase(0, 0, 500, "differs by 500 pixels")]
    public void CamerasOfElsewhereAreTold(double millimetres, double degrees, double pixels, string says)
    {
        JsonTree.WritePoses(_root, 7, (14, 1, Numbered(Poses)));
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        JsonTree.WriteCameras(_root, 7, camera => camera.Number != 2 ? camera : camera with
        {
            Centre = camera.Centre + new Vec3(0, millimetres, 0),
            Right = (cosine * camera.Right) + (sine * camera.Down),
            Down = (cosine * camera.Down) - (sine * camera.Right),
            Focal = camera.Focal + new Vec3(pixels, 0, 0),
        });
        var log = new ImportLog();
        var read = Read(Request, log);
        Assert.That(log.Lines, Has.Count.EqualTo(1));
        Assert.That(log.Lines[0], Does.StartWith("warning: ").And.Contain("Human36M_subject7_camera.json").And.Contain(says));
        Assert.That(read, Has.Count.EqualTo(4), "the survey is used");
    }

    [Test]
    public void Trap4And5ActionsAreTheNumbersOfTheDataSet()
    {
        // In the alphabet's order, in that of other programs' lists, 14 would be something else.
        string[] names = ["Directions", "Discussion", "Eating", "Greeting", "Phoning", "Posing", "Purchases", "Sitting", "SittingDown", "Smoking", "TakingPhoto", "Waiting", "Walking", "WalkingDog", "WalkingTogether"];
        JsonTree.WritePoses(_root, 1, [.. Enumerable.Range(1, 17).Select(number => (number, 1, Numbered(Poses)))]);
        for (var i = 0; i < names.Length; i++)
        {
            var action = HumanAction.Find(names[i])!;
            var read = Read(Request with { Actions = [action], Cameras = [1] });
            Assert.That(read.Select(r => r.Key.Action), Is.EqualTo(new[] { action }));
            Assert.That(read[0].Poses.File, Does.Contain($"action {i + 2},"));
            Assert.That(JsonLayout.FolderName(read[0].Key), Is.EqualTo($"s_01_act_{i + 2:00}_subact_01_ca_01"));
        }
    }

    [Test]
    public void Trap6WalkingIsBothTrialsAndNoDog()
    {
        // Files are numbered by trial, whatever the sequences' names are; S7 is no exception.
        foreach (var subject in new[] { 1, 7 })
            JsonTree.WritePoses(_root, subject, (14, 1, Numbered(Poses[..1])), (14, 2, Numbered(Poses[..2])), (15, 1, Numbered(Poses)), (16, 2, Numbered(Poses)));
        var read = Read(Request with { Cameras = [1] });
        Assert.That(read.Select(r => (r.Key.Subject, r.Key.Trial, r.Poses.Count)), Is.EqualTo(new[] { (1, 1, 1), (1, 2, 2), (7, 1, 1), (7, 2, 2) }));
    }

    [Test]
    public void Trap10LeftAndRightExchangedIsRefused()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered([.. Poses.Select(pose => Skeleton.Mirror.ToArray().Select(j => pose[j]).ToArray())])));
        Assert.That(() => Normalized(Read(Request)[0]), Throws.TypeOf<UserErrorException>()
            .With.Message.Contains("left and right are exchanged").And.Message.Contains("Human36M_subject1_joint_3d.json"));
    }

    [Test]
    public void Trap12PlacesForTranslationsAreNoticed()
    {
        JsonTree.WritePoses(_root, 9, (14, 1, Numbered(Poses)));
        JsonTree.WriteCameras(_root, 9);
        var (plain, exchanged) = (new ImportLog(), new ImportLog());
        var expected = Read(Request, plain);
        JsonTree.WriteCameras(_root, 9, t: camera => camera.Centre);
        var actual = Read(Request, exchanged);
        Assert.That(plain.Lines, Is.Empty);
        Assert.That(exchanged.Lines, Has.Count.EqualTo(1));
        Assert.That(exchanged.Lines[0], Does.Contain("t of camera 1, 2, 3, 4 is where the camera stands"));
        for (var i = 0; i < 4; i++)
        {
            var (one, other) = (Normalized(expected[i]), Normalized(actual[i]));
            Assert.That(other.Relative, Is.EqualTo(one.Relative));
            // People are seen in the image, not far outside of it.
            var (u, v) = CameraTable.For(9, i + 1).Project(other.Roots[0]);
            Assert.That(u, Is.InRange(0, 1000));
            Assert.That(v, Is.InRange(0, 1002));
        }
    }

    [Test]
    public void Trap12HipsExchangedAreRefused()
    {
        int[] order = [0, 4, 2, 3, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered([.. Poses.Select(pose => order.Select(j => pose[j]).ToArray())])));
        Assert.That(() => Normalized(Read(Request)[0]), Throws.TypeOf<UserErrorException>().With.Message.Contains("Human36M_subject1_joint_3d.json"));
    }

    [Test]
    public void Trap13PeopleOnTheirHeadsAreRefused()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered([.. Poses.Select(pose => pose.Select(p => new Vec3(p.X, -p.Y, -p.Z)).ToArray())])));
        Assert.That(() => Normalized(Read(Request)[0]), Throws.TypeOf<UserErrorException>().With.Message.Contains("stand on their heads"));
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered(Poses)));
        var pose = Normalized(Read(Request)[0]).Pose(0);
        Assert.That(pose[(3 * (int)Joint.Head) + 1], Is.LessThan(pose[(3 * (int)Joint.LeftAnkle) + 1]), "y points down");
    }

    [Test]
    public void Trap14CamerasOneToFourAreInTheOrderOfTheirIds()
    {
        JsonTree.WritePoses(_root, 1, (14, 1, Numbered(Poses)));
        Assert.That(Read(Request).Select(r => (JsonLayout.FolderName(r.Key)[^2..], CameraTable.Id(r.Key.Camera))), Is.EqualTo(new[]
        {
            ("01", "54138969"), ("02", "55011271"), ("03", "58860488"), ("04", "60457274"),
        }));
        // A file with cameras in another order is told, for each of them.
        var order = new[] { 3, 1, 4, 2 };
        JsonTree.WriteCameras(_root, 1, camera => CameraTable.For(1, order[camera.Number - 1]) with { Number = camera.Number });
        var log = new ImportLog();
        Read(Request, log);
        Assert.That(log.Lines, Has.Count.EqualTo(4).And.All.StartsWith("warning: "));
    }

    private ImportRequest Request => new() { Root = _root };

    private static List<Recording> Read(ImportRequest request, ImportLog? log = null) => [.. new JsonLayout().Read(request, log ?? new ImportLog())];

    private ImportedPoses Normalized(Recording recording) => PoseNormalizer.Normalize(recording, Request, new ImportLog());

    private static (int, Vec3[])[] Numbered(Vec3[][] poses) => [.. poses.Select((pose, frame) => (frame, pose))];

    private static void Touch(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }
}
