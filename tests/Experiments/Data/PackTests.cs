using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;

namespace PoseEngine.Tests.Experiments.Data;

public class PackTests : PackFixture
{
    [Test]
    public void APackReadsBackWhatWasMade()
    {
        var source = WalkerMaker.Source(Small);
        using var pack = Pack.Open(SmallPack());
        Assert.That(pack.Count, Is.EqualTo(source.Count));
        Assert.That(pack.Description, Is.Not.Null);
        Assert.That(pack.Description!.ImageCount, Is.EqualTo(pack.Count));
        var (image, pose) = (new byte[WalkerImage.ByteCount], new float[51]);
        foreach (var index in (int[])[0, 1, 70, 137, pack.Count - 1])
        {
            var entry = source.Make(index, image, pose);
            Assert.That(pack.Image(index).SequenceEqual(image), $"image {index}");
            Assert.That(pack.Pose(index).SequenceEqual(pose), $"pose {index}");
            Assert.That(pack.Entry(index) with { Crop = null }, Is.EqualTo(entry with { Crop = null }));
            Assert.That(pack.Crop(index).Root.Z, Is.EqualTo(entry.Crop!.Value.Root.Z).Within(.01));
        }
    }

    [Test]
    public void TheNumberOfThreadsChangesNoByte()
    {
        var other = Path.Combine(Root, "one-thread");
        WalkerMaker.Make(Small with { Threads = 1 }, other);
        foreach (var name in (string[])["images.npy", "poses.npy", "meta.csv", "pack.json"])
            Assert.That(File.ReadAllBytes(Path.Combine(other, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(SmallPack(), name))), name);
    }

    [Test]
    public void AnImageDependsOnItsKeyAlone()
    {
        using var pack = Pack.Open(SmallPack());
        const int Index = 101;
        var subject = WalkerSubject.Named(pack.Subject(Index));
        var clip = Walker.Walk(subject, pack.Trial(Index), pack.Frame(Index) + 1, Small.Seed);
        var number = (ulong)subject.Number;
        var key = new ImageKey(Small.Seed, number, pack.Trial(Index), pack.Camera(Index), pack.Frame(Index));
        var scene = WalkerScene.Compose(
            key, clip.Frames[^1], subject.Look, StudioCameras.ForSubject(key.Camera, key.Seed, number),
            WalkerScene.RoomOf(key.Seed, number, key.Trial), Small.Difficulty);
        Assert.That(pack.Image(Index).SequenceEqual(Scenes.Render(scene)));
    }

    [Test]
    public void AnotherSeedGivesOtherImages()
    {
        var (image, other, pose) = (new byte[WalkerImage.ByteCount], new byte[WalkerImage.ByteCount], new float[51]);
        var settings = new WalkerSettings { MaximumImages = 4 };
        WalkerMaker.Source(settings).Make(0, image, pose);
        WalkerMaker.Source(settings with { Seed = 2 }).Make(0, other, pose);
        Assert.That(image, Is.Not.EqualTo(other));
    }

    [Test]
    public void NothingIsLeftOfACancelledPack()
    {
        using var cancel = new CancellationTokenSource();
        var folder = Path.Combine(Root, "cancelled");
        var progress = new ImmediateProgress(_ => cancel.Cancel());
        Assert.That(
            () => WalkerMaker.Make(Small with { MaximumImages = 1000 }, folder, progress, cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.EnumerateFileSystemEntries(Root).Where(e => e.Contains("cancelled")), Is.Empty);
    }

    [Test]
    public void NothingIsLeftOfAFailedPack()
    {
        var folder = Path.Combine(Root, "failed");
        var description = new PackDescription("test", 1, 1, 1, 0, [], 0);
        Assert.That(() => PackWriter.Write(folder, new FailingSource(), description), Throws.TypeOf<UserErrorException>().With.Message.EqualTo("image 150 is broken"));
        Assert.That(Directory.EnumerateFileSystemEntries(Root).Where(e => e.Contains("failed")), Is.Empty);
    }

    [Test]
    public void AFolderWithFilesIsNotOverwritten()
    {
        Assert.That(() => WalkerMaker.Make(Small, SmallPack()), Throws.TypeOf<UserErrorException>().With.Message.Contains("exists already"));
    }

    [Test]
    public void AFullDiskIsFoundBeforeTheWork()
    {
        Assert.That(
            () => DiskSpace.Require("somewhere", 8L << 30, _ => 1L << 30),
            Throws.TypeOf<UserErrorException>().With.Message.EqualTo(
                "somewhere needs 8.0 GiB but its disk has 1.0 GiB free: make fewer images or name a folder on another disk"));
        Assert.That(() => DiskSpace.Require("somewhere", 1 << 20, _ => 1L << 30), Throws.Nothing);
        Assert.That(() => DiskSpace.Require("somewhere", 1 << 20, _ => null), Throws.Nothing);
    }

    [Test]
    public void AClosedPackCannotBeRead()
    {
        var pack = Pack.Open(SmallPack());
        pack.Dispose();
        pack.Dispose();
        Assert.That(() => pack.Image(0).Length, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void IndicesOutsideAreRefused()
    {
        using var pack = Pack.Open(SmallPack());
        Assert.That(() => pack.Image(-1).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => pack.Pose(pack.Count).Length, Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private sealed class FailingSource : IPackSource
    {
        public int Count => 500;

        public PackEntry Make(int index, Span<byte> image, Span<float> pose)
            => index == 150 ? throw new UserErrorException("image 150 is broken") : new PackEntry("S1", 1, 1, index, "test", null);
    }

    private sealed class ImmediateProgress(Action<(long Done, long Total)> action) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => action(value);
    }
}
