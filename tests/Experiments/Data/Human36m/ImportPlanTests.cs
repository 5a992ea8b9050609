using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Which frames an import takes, and what it says of the others. No image is read for it.</summary>
public class ImportPlanTests
{
    private static readonly HumanAction Greeting = HumanAction.Find("Greeting")!;
    private string _root = "";

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void RecordingsAreInTheOrderOfThePack()
    {
        Write(9, HumanAction.Walking, 2, 4);
        Write(5, HumanAction.Walking, 1, 3);
        var (plan, log) = Make(r => r with { Subjects = [9, 5], Cameras = [3, 1] });
        Assert.That(plan.Recordings.Select(r => (r.Key.Subject, r.Key.Camera, r.First, r.Picks.Length)), Is.EqualTo(new[] { (5, 1, 0, 3), (5, 3, 3, 3), (9, 1, 6, 4), (9, 3, 10, 4) }));
        Assert.That(plan.Count, Is.EqualTo(14));
        Assert.That(log.Lines, Has.None.StartsWith("warning"));
    }

    [Test]
    public void DecimatedTreesGiveTheFramesThatTheyHave()
    {
        Write(5, HumanAction.Walking, 1, 7, frames: [0, 2, 3, 6, 9]);
        var (plan, log) = Make(r => r with { Cameras = [2] });
        Assert.That(Frames(plan), Is.EqualTo(new[] { 0, 2, 3, 6 }));
        Assert.That(log.Lines, Has.Exactly(1).EqualTo("warning: S5 Walking trial 1 camera 55011271: 5 frames and 7 poses; the 4 that have both are taken"));
        (plan, _) = Make(r => r with { Cameras = [2], Step = 3 });
        Assert.That(Frames(plan), Is.EqualTo(new[] { 0, 6 }), "every third of those that are there");
        Assert.That(plan.Counts.Single().Value, Is.EqualTo((2, "one of 3 frames is taken, 3 poses without a frame")));
    }

    [Test]
    public void Trap3EachRecordingIsTruncatedToTheShorter()
    {
        Write(9, HumanAction.Walking, 2, 3, frames: [.. Enumerable.Range(0, 6)]);
        var (plan, log) = Make(r => r);
        Assert.That(plan.Recordings.Select(r => r.Picks), Has.All.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(log.Lines.Count(line => line.StartsWith("warning: S9 Walking trial 2 camera ", StringComparison.Ordinal)), Is.EqualTo(4), "one for each recording");
    }

    [Test]
    public void Trap1RecordingsWithoutFramesAreLeftOutWithALine()
    {
        Write(11, HumanAction.Find("Directions")!, 2, 3);
        Directory.Delete(Path.GetDirectoryName(JsonTree.Image(_root, new RecordingKey(11, HumanAction.Find("Directions")!, 2, 1), 0))!, recursive: true);
        var (plan, log) = Make(r => r with { Actions = [HumanAction.Find("Directions")!] });
        Assert.That(plan.Recordings.Select(r => r.Key.Camera), Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That(log.Lines, Has.Exactly(1).StartsWith("warning: S11 Directions trial 2 camera 54138969 is left out: "));
    }

    [Test]
    public void Trap2PosesKnownToBeShiftedAreLeftOutUnlessWanted()
    {
        Write(9, Greeting, 2, 3);
        Write(5, Greeting, 2, 3);
        var (plan, log) = Make(r => r with { Actions = [Greeting] });
        Assert.That(plan.Recordings.Select(r => r.Key.Subject), Is.All.EqualTo(5));
        Assert.That(log.Lines.Count(line => line.Contains("--keep-shifted", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(Make(r => r with { Actions = [Greeting], KeepShifted = true }).Plan.Recordings, Has.Count.EqualTo(8));
    }

    [Test]
    public void NothingToImportSaysWhatWasLookedFor()
    {
        Write(5, Greeting, 1, 3);
        Assert.That(() => Make(r => r), Throws.TypeOf<UserErrorException>().With.Message.Contains("nothing of Walking for S1, S5"));
    }

    [Test]
    public void TheDescriptionTellsPlansApart()
    {
        Write(5, HumanAction.Walking, 1, 4);
        var plain = Description(r => r);
        Assert.That(Description(r => r with { Threads = 3, SkipBroken = true, Restart = true, Ffmpeg = "x" }), Is.EqualTo(plain), "these do not change the pack");
        Assert.That(Description(r => r with { Box = CropKind.Joints }), Is.Not.EqualTo(plain));
        Assert.That(Description(r => r with { VirtualCamera = true }), Is.Not.EqualTo(plain));
        Assert.That(Description(r => r with { Cameras = [1] }), Is.Not.EqualTo(plain));
        // The same options on other data.
        JsonTree.WritePoses(_root, 5, (14, 1, [.. SomePoses.Seventeen(SomePoses.World(4, 77)).Select((pose, frame) => (frame, pose))]));
        var other = Description(r => r);
        Assert.That(other[..^1], Is.EqualTo(plain[..^1]));
        Assert.That(other[^1], Is.Not.EqualTo(plain[^1]));
    }

    private (string, string)[] Description(Func<ImportRequest, ImportRequest> change) => [.. Make(change).Plan.Describe()];

    private static IEnumerable<int> Frames(ImportPlan plan)
        => plan.Recordings.SelectMany(recording => recording.Picks.Select(pick => recording.Poses.Frames[pick]));

    private (ImportPlan Plan, ImportLog Log) Make(Func<ImportRequest, ImportRequest> change)
    {
        var log = new ImportLog();
        return (ImportPlan.Make(change(new ImportRequest { Root = _root }), log), log);
    }

    /// <summary>Poses and, for all cameras, files with the names of images.</summary>
    private void Write(int subject, HumanAction action, int trial, int poses, int[]? frames = null)
    {
        var world = SomePoses.Seventeen(SomePoses.World(poses, (ulong)(subject + trial)));
        JsonTree.WritePoses(_root, subject, (action.Number, trial, [.. world.Select((pose, frame) => (frame, pose))]));
        for (var camera = 1; camera <= 4; camera++)
        {
            foreach (var frame in frames ?? [.. Enumerable.Range(0, poses)])
            {
                var path = JsonTree.Image(_root, new RecordingKey(subject, action, trial, camera), frame);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.WriteAllBytes(path, []);
            }
        }
    }
}
