using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Tests.Experiments.Reports;
using PoseEngine.Tests.Formats;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Whole imports of tiny trees.</summary>
public class ImportTests
{
    private static readonly Lazy<string> Shared = new(MakeShared);
    private string _folder = "";

    /// <summary>The data set in each of its layouts.</summary>
    public static IEnumerable<TestCaseData> Trees()
    {
        TestCaseData Tree(string name, Func<string, string> write) => new TestCaseData(write).SetArgDisplayNames(name);
        yield return Tree("cdf", root => HumanTree.Cdf(root));
        yield return Tree("cdf of columns, packed", root => HumanTree.Cdf(root, options: new CdfOptions { RowMajor = false, PackValues = true, Version3 = false }));
        yield return Tree("cdf of the world", root => HumanTree.Cdf(root, world: true));
        yield return Tree("videopose3d", HumanTree.VideoPose);
        yield return Tree("json", HumanTree.Json);
        yield return Tree("mmpose", HumanTree.Mmpose);
    }

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [TestCaseSource(nameof(Trees))]
    public void EveryLayoutGivesTheSameBytes(Func<string, string> write)
    {
        var pack = Import(write(At("tree")));
        foreach (var name in new[] { "images.npy", "poses.npy", "meta.csv" })
            Assert.That(File.ReadAllBytes(Path.Combine(pack, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(Shared.Value, name))), name);
    }

    [Test]
    public void ThePackHoldsWhatTheDataSays()
    {
        using var pack = Pack.Open(Shared.Value);
        Assert.That(pack.Count, Is.EqualTo(HumanTree.Subjects.Length * 2 * 4 * HumanTree.Frames));
        var index = 0;
        foreach (var key in HumanTree.Keys)
        {
            var seen = HumanTree.Seen(key);
            for (var frame = 0; frame < HumanTree.Frames; frame++, index++)
            {
                Assert.That((pack.Subject(index), pack.Trial(index), pack.Camera(index), pack.Frame(index), pack.Source(index)), Is.EqualTo(($"S{key.Subject}", key.Trial, key.Camera, frame, "human36m")));
                for (var j = 0; j < 17; j++)
                {
                    var expected = seen[frame][SomePoses.Places[j]] - seen[frame][0];
                    Assert.That(pack.Pose(index)[3 * j], Is.EqualTo(expected.X).Within(1e-3));
                    Assert.That(pack.Pose(index)[(3 * j) + 2], Is.EqualTo(expected.Z).Within(1e-3));
                }

                CheckColours(pack, index, key, seen[frame]);
            }
        }

        Assert.That(pack.Description!.Origin, Does.ContainKey("layout").WithValue("h36m-fetch").And.ContainKey("box").WithValue("metric"));
    }

    [Test]
    public void TheBytesDoNotDependOnThreads()
    {
        var tree = HumanTree.Fetch(At("tree"));
        var (one, three) = (Import(tree, r => r with { Threads = 1 }, "one"), Import(tree, r => r with { Threads = 3 }, "three"));
        foreach (var name in new[] { "images.npy", "poses.npy", "meta.csv", "pack.json" })
            Assert.That(File.ReadAllBytes(Path.Combine(one, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(three, name))), name);
    }

    [Test]
    public void AnImportThatStoppedGoesOnWhereItWas()
    {
        var tree = HumanTree.Fetch(At("tree"));
        var image = Directory.GetFiles(tree, "img_000002.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var sound = File.ReadAllBytes(image);
        File.WriteAllBytes(image, sound[..200]);
        Assert.That(() => Import(tree, r => r with { Threads = 1 }), Throws.TypeOf<UserErrorException>().With.Message.Contains(image));
        Assert.That(Directory.Exists(At("pack")), Is.False);

        // What is done is not read again.
        File.WriteAllBytes(image, sound);
        foreach (var other in Directory.GetFiles(Path.Combine(tree, "processed", "S7"), "*.jpg", SearchOption.AllDirectories)) File.WriteAllBytes(other, []);
        var log = new ImportLog();
        var pack = Import(tree, log: log);
        Assert.That(log.Lines, Has.Some.StartsWith("going on with"));
        Assert.That(File.ReadAllBytes(Path.Combine(pack, "images.npy")), Is.EqualTo(File.ReadAllBytes(Path.Combine(Shared.Value, "images.npy"))));
        Assert.That(Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "tree", "pack" }), "nothing is left behind");
    }

    [Test]
    public void AnotherPlanIsRefusedOrBegunAnew()
    {
        var tree = HumanTree.Fetch(At("tree"));
        using var stopped = new CancellationTokenSource();
        var plan = ImportPlan.Make(new ImportRequest { Root = tree }, new ImportLog());
        stopped.Cancel();
        Assert.That(() => ImportWriter.Write(plan, At("pack"), new ImportLog(), null, stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => Import(tree, r => r with { Box = CropKind.Joints }), Throws.TypeOf<UserErrorException>().With.Message.Contains("box Metric, this one has Joints"));
        var pack = Import(tree, r => r with { Box = CropKind.Joints, Restart = true });
        Assert.That(File.ReadAllBytes(Path.Combine(pack, "images.npy")), Is.Not.EqualTo(File.ReadAllBytes(Path.Combine(Shared.Value, "images.npy"))));
    }

    [Test]
    public void BrokenImagesAreLeftOutWhereAsked()
    {
        var tree = HumanTree.Fetch(At("tree"));
        File.WriteAllBytes(Directory.GetFiles(tree, "img_000002.jpg", SearchOption.AllDirectories)[0], [1, 2, 3]);
        var log = new ImportLog();
        using var pack = Pack.Open(Import(tree, r => r with { SkipBroken = true }, log: log));
        using var whole = Pack.Open(Shared.Value);
        Assert.That(pack.Count, Is.EqualTo(whole.Count - 1));
        Assert.That(log.Lines, Has.Exactly(1).Contains("left out"));
        // The others are those of the whole pack, in its order.
        var at = 0;
        for (var i = 0; i < pack.Count; i++, at++)
        {
            while (pack.Entry(i) != whole.Entry(at)) at++;
            Assert.That(pack.Image(i).SequenceEqual(whole.Image(at)) && pack.Pose(i).SequenceEqual(whole.Pose(at)));
        }
    }

    [Test]
    public void Trap1AMissingVideoCostsItsCameraAndALine()
    {
        var tree = HumanTree.Fetch(At("tree"));
        Directory.Delete(Path.Combine(tree, "processed", "S9", "Walking-1", "imageSequence", "54138969"), recursive: true);
        var log = new ImportLog();
        using var pack = Pack.Open(Import(tree, log: log));
        Assert.That(log.Lines.Where(line => line.StartsWith("warning", StringComparison.Ordinal)), Has.One.Contains("S9 Walking trial 1 camera 54138969 is left out"));
        Assert.That(pack.Count, Is.EqualTo((HumanTree.Subjects.Length * 8 * HumanTree.Frames) - HumanTree.Frames));
    }

    [Test]
    public void Trap3FramesAndPosesAreTruncatedToTheShorterWithOneWarning()
    {
        var tree = HumanTree.Cdf(At("tree"));
        var folder = Path.Combine(tree, "S9", "Videos", "Walking.55011271");
        File.Copy(Path.Combine(folder, "img_000001.jpg"), Path.Combine(folder, "img_000004.jpg"));
        File.Delete(Path.Combine(tree, "S7", "Videos", "Walking 2.60457274", "img_000003.jpg"));
        var log = new ImportLog();
        using var pack = Pack.Open(Import(tree, log: log));
        Assert.That(pack.Count, Is.EqualTo((HumanTree.Subjects.Length * 8 * HumanTree.Frames) - 1));
        Assert.That(log.Lines.Where(line => line.StartsWith("warning", StringComparison.Ordinal)), Is.EquivalentTo(new[]
        {
            "warning: S7 Walking trial 2 camera 60457274: 2 frames and 3 poses; the 2 that have both are taken",
            "warning: S9 Walking trial 2 camera 55011271: 4 frames and 3 poses; the 3 that have both are taken",
        }));
    }

    [Test]
    public void Trap6WalkingIsBothTrialsAndNotWalkingDog()
    {
        var tree = HumanTree.Cdf(At("tree"));
        foreach (var other in new[] { "WalkDog", "WalkingDog 1", "WalkTogether" })
        {
            File.WriteAllBytes(Path.Combine(tree, "S9", "MyPoseFeatures", "D3_Positions_mono", $"{other}.54138969.cdf"), [1, 2, 3]);
            Directory.CreateDirectory(Path.Combine(tree, "S9", "Videos", $"{other}.54138969"));
        }

        var pack = Import(tree);
        Assert.That(File.ReadAllBytes(Path.Combine(pack, "meta.csv")), Is.EqualTo(File.ReadAllBytes(Path.Combine(Shared.Value, "meta.csv"))));
    }

    [Test]
    public void Trap9UniversalPosesAreTakenOnlyWhenAskedFor()
    {
        var tree = HumanTree.Fetch(At("tree"), "pose/3d-univ");
        Assert.That(() => Import(tree), Throws.TypeOf<UserErrorException>().With.Message.Contains("--space universal"));
        using var pack = Pack.Open(Import(tree, r => r with { Variant = PoseVariant.Universal }));
        Assert.That(pack.Description!.Origin, Does.ContainKey("skeleton").WithValue("universal"));
        var official = HumanTree.Cdf(At("official"), product: "D3_Positions_mono_universal");
        Assert.That(() => Import(official, out_: "other"), Throws.TypeOf<UserErrorException>());
    }

    [Test]
    public void EveryNthFrame()
    {
        using var pack = Pack.Open(Import(HumanTree.Fetch(At("tree")), r => r with { Step = 2, Cameras = [3], Subjects = [9] }));
        Assert.That(Enumerable.Range(0, pack.Count).Select(i => (pack.Trial(i), pack.Camera(i), pack.Frame(i))), Is.EqualTo(new[] { (1, 3, 0), (1, 3, 2), (2, 3, 0), (2, 3, 2) }));
    }

    [Test]
    public void CountsAreSetBesideThoseOfThePaper()
    {
        var request = new ImportRequest { Root = "." };
        Dictionary<RecordingKey, (int, string?)> all = [];
        foreach (var subject in SubjectName.Numbers)
        {
            for (var trial = 1; trial <= 2; trial++)
            {
                for (var camera = 1; camera <= 4; camera++) all[new(subject, HumanAction.Walking, trial, camera)] = (ExpectedCounts.Of(subject, trial), null);
            }
        }

        Assert.That(ExpectedCounts.Compare(all, request), Is.EqualTo(new[] { "Walking: 162,008 of 162,008 images" }));
        all[new(9, HumanAction.Walking, 2, 1)] = (0, "no frames");
        all.Remove(new(9, HumanAction.Walking, 2, 2));
        Assert.That(ExpectedCounts.Compare(all, request), Is.EqualTo(new[]
        {
            "S9 trial 2: 3,224 of 6,448 images: no frames; not in the data",
            "Walking: 158,784 of 162,008 images",
        }));
    }

    [TestCase("no-such-folder", "there is no folder")]
    [TestCase(".", "has no layout that is known")]
    public void WhatIsNotThereIsNamed(string root, string message)
        => Assert.That(() => Import(Path.Combine(_folder, root)), Throws.TypeOf<UserErrorException>().With.Message.Contains(message));

    [Test]
    public void FramesOfAnotherSizeAreRefused()
    {
        var tree = HumanTree.Fetch(At("tree"));
        var path = Directory.GetFiles(tree, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        using (var small = new SixLabors.ImageSharp.Image<SixLabors.ImageSharp.PixelFormats.Rgb24>(500, 501))
        using (var stream = File.Create(path)) SixLabors.ImageSharp.ImageExtensions.SaveAsJpeg(small, stream);
        Assert.That(() => Import(tree), Throws.TypeOf<UserErrorException>().With.Message.Contains("500 x 501 pixels"));
    }

    private static void CheckColours(Pack pack, int index, RecordingKey key, Vec3[] seen)
    {
        // The picture's red is a quarter of the column, its green a quarter of the row; under the pelvis lies pixel (64, 57.6).
        var (u, v) = CameraTable.For(key.Subject, key.Camera).Project(seen[0]);
        var at = 3 * ((128 * 57) + 64);
        Assert.That((double)pack.Image(index)[at], Is.EqualTo(u / 4).Within(3));
        Assert.That((double)pack.Image(index)[at + 1], Is.EqualTo(v / 4).Within(3));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Import(string tree, Func<ImportRequest, ImportRequest>? change = null, string out_ = "pack", ImportLog? log = null)
    {
        log ??= new ImportLog();
        var request = new ImportRequest { Root = tree };
        ImportWriter.Write(ImportPlan.Make(change?.Invoke(request) ?? request, log), At(out_), log, null, CancellationToken.None);
        return At(out_);
    }

    private static string MakeShared()
    {
        var root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(root, recursive: true);
        var plan = ImportPlan.Make(new ImportRequest { Root = HumanTree.Fetch(Path.Combine(root, "tree")) }, new ImportLog());
        ImportWriter.Write(plan, Path.Combine(root, "pack"), new ImportLog(), null, CancellationToken.None);
        return Path.Combine(root, "pack");
    }
}
