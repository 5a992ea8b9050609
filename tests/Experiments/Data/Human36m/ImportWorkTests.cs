using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;

namespace PoseEngine.Tests.Experiments.Data.Human36m;

/// <summary>Unfinished imports: what they leave behind is enough to go on, and no more is believed than was written.</summary>
public class ImportWorkTests
{
    private static readonly Func<ImportRequest, ImportRequest> Few = r => r with { Subjects = [9], Cameras = [1, 2], Threads = 1 };
    private string _folder = "";
    private string _tree = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;
        _tree = HumanTree.Fetch(Path.Combine(_folder, "tree"));
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void AKilledImportGoesOnFromWhatItHadOnTheDisk()
    {
        var (whole, work, saved) = (At("whole"), ImportWork.FolderOf(At("pack")), At("saved"));
        Write(whole);
        // What lies there in the middle of an import is what a kill leaves.
        Write(At("pack"), progress: new Watcher(done =>
        {
            if (done == 6) CopyFolder(work, saved);
        }));
        Directory.Delete(At("pack"), recursive: true);
        Directory.Move(saved, work);
        var log = new ImportLog();
        Write(At("pack"), log: log);
        Assert.That(log.Lines, Has.Some.EqualTo("going on with 6 of 12 images done"));
        Same(At("pack"), whole);
        Assert.That(Directory.Exists(work), Is.False);
    }

    [Test]
    public void StatesThatNobodyWroteAreMadeAnew()
    {
        Write(At("whole"));
        Stop(after: 6);
        var states = Path.Combine(ImportWork.FolderOf(At("pack")), "state.bin");
        var bytes = File.ReadAllBytes(states);
        Assert.That(bytes.Count(b => b == (byte)ImageState.Made), Is.EqualTo(6));
        (bytes[0], bytes[11]) = (200, (byte)ImageState.Broken);
        File.WriteAllBytes(states, bytes);
        Write(At("pack"));
        Same(At("pack"), At("whole"));
    }

    [Test]
    public void AStoppedImportGoesOnWithoutTheImageThatStoppedIt()
    {
        var image = Directory.GetFiles(Path.Combine(_tree, "processed", "S9", "Walking-2", "imageSequence", "55011271")).Order(StringComparer.Ordinal).Last();
        var sound = File.ReadAllBytes(image);
        File.WriteAllBytes(image, sound[..300]);
        Assert.That(() => Write(At("pack")), Throws.TypeOf<UserErrorException>().With.Message.Contains(image));
        var log = new ImportLog();
        var made = Write(At("pack"), r => r with { SkipBroken = true }, log);
        Assert.That(log.Lines, Has.Some.StartsWith("going on with 9 of 12"));
        Assert.That(made.Values, Is.EqualTo(new[] { 3, 3, 3, 2 }));
        using var pack = Pack.Open(At("pack"));
        Assert.That(pack.Count, Is.EqualTo(11));
    }

    [Test]
    public void WhatWasAskedForIsNamedBeforeWhatFollowsFromIt()
    {
        Stop(after: 6);
        Assert.That(() => Write(At("pack"), r => r with { Step = 2 }), Throws.TypeOf<UserErrorException>().With.Message.Contains("step 1, this one has 2").And.Message.Contains("--restart"));
        File.WriteAllText(Path.Combine(ImportWork.FolderOf(At("pack")), "plan.json"), "{ damaged");
        Assert.That(() => Write(At("pack")), Throws.TypeOf<UserErrorException>().With.Message.Contains("--restart"));
        Assert.That(Write(At("pack"), r => r with { Restart = true }).Values.Sum(), Is.EqualTo(12));
    }

    [Test]
    public void TwoImportsOfOnePackDoNotMix()
    {
        Stop(after: 3);
        using (ImportWork.Open(At("pack"), Plan()))
        {
            Assert.That(() => Write(At("pack")), Throws.TypeOf<UserErrorException>().With.Message.Contains("is in use"));
            Assert.That(() => Write(At("pack"), r => r with { Restart = true }), Throws.TypeOf<UserErrorException>().With.Message.Contains("is in use"));
        }

        Assert.That(Write(At("pack")).Values.Sum(), Is.EqualTo(12));
    }

    private void Stop(int after)
    {
        using var stop = new CancellationTokenSource();
        var watcher = new Watcher(done =>
        {
            if (done == after) stop.Cancel();
        });
        Assert.That(() => Write(At("pack"), progress: watcher, token: stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.Exists(At("pack")), Is.False);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private ImportPlan Plan(Func<ImportRequest, ImportRequest>? change = null, ImportLog? log = null)
    {
        var request = Few(new ImportRequest { Root = _tree });
        return ImportPlan.Make(change?.Invoke(request) ?? request, log ?? new ImportLog());
    }

    private IReadOnlyDictionary<RecordingKey, int> Write(
        string pack, Func<ImportRequest, ImportRequest>? change = null, ImportLog? log = null, Watcher? progress = null, CancellationToken token = default)
    {
        log ??= new ImportLog();
        return ImportWriter.Write(Plan(change, log), pack, log, progress, token);
    }

    private static void Same(string actual, string expected)
    {
        foreach (var file in Directory.GetFiles(expected))
            Assert.That(File.ReadAllBytes(Path.Combine(actual, Path.GetFileName(file))), Is.EqualTo(File.ReadAllBytes(file)), Path.GetFileName(file));
        Assert.That(Directory.GetFiles(actual), Has.Length.EqualTo(Directory.GetFiles(expected).Length));
    }

    /// <summary>A copy by another program, as .NET keeps itself from reading files that it has locked.</summary>
    private static void CopyFolder(string from, string to)
    {
        using var copy = System.Diagnostics.Process.Start("cp", ["-r", from, to]);
        copy.WaitForExit();
        Assert.That(copy.ExitCode, Is.Zero);
    }

    private sealed class Watcher(Action<long> seen) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => seen(value.Done);
    }
}
