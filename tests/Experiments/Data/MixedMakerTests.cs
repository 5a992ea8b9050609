using PoseEngine.Experiments;
using PoseEngine.Experiments.Commands;
using PoseEngine.Experiments.Data;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Data;

public class MixedMakerTests : PackFixture
{
    private static readonly string Clips = Path.Combine(TestContext.CurrentContext.TestDirectory, "data", "motion");

    [TestCase(.5, 200, 100)]
    [TestCase(.25, 400, 300)]
    [TestCase(.9, 200, 20)]
    public void TheShareIsThatOfAllImages(double share, int images, int walkers)
    {
        var settings = MixedMaker.WalkersOf(new WalkerSettings { MaximumImages = images }, share);
        Assert.That(settings.MaximumImages, Is.EqualTo(walkers));
        Assert.That(4 * MixedMaker.MotionFrames(walkers, share), Is.EqualTo(images - walkers));
    }

    [Test]
    public void AMixedPackHoldsTheWalkersOfAPackOfTheirOwnAndTheClips()
    {
        var walkers = new WalkerSettings { MaximumImages = 56, Seed = 5, Threads = 2 };
        var walk = Walker.Walk(WalkerSubject.Named("S6"), 1, 30, 9);
        MotionClip[] clips = [walk with { Name = "first" }, walk with { Name = "second", Frames = [.. walk.Frames.Take(10)] }];
        string[] folders = [Path.Combine(Root, "a"), Path.Combine(Root, "b"), Path.Combine(Root, "walkers")];
        MixedMaker.Make(walkers, clips, .5, folders[0]);
        MixedMaker.Make(walkers with { Threads = 1 }, clips, .5, folders[1]);
        WalkerMaker.Make(walkers, folders[2]);
        foreach (var file in (string[])["images.npy", "poses.npy", "meta.csv", "pack.json"])
        {
            Assert.That(File.ReadAllBytes(Path.Combine(folders[0], file)), Is.EqualTo(File.ReadAllBytes(Path.Combine(folders[1], file))), "threads do not change " + file);
        }
        using var mixed = Pack.Open(folders[0]);
        using var own = Pack.Open(folders[2]);
        Assert.That(mixed.Count, Is.EqualTo(112));
        Assert.That(mixed.Description?.Generator, Is.EqualTo("mixed"));
        for (var i = 0; i < own.Count; i++)
        {
            Assert.That(mixed.Image(i).SequenceEqual(own.Image(i)), $"image {i}");
            Assert.That(mixed.Entry(i), Is.EqualTo(own.Entry(i)));
        }
        var sources = Enumerable.Range(0, mixed.Count).CountBy(mixed.Source).ToDictionary(p => p.Key, p => p.Value);
        // 14 frames of clips of 30 and 10: shared out by length.
        Assert.That(sources, Is.EquivalentTo(new Dictionary<string, int> { ["walker"] = 56, ["bvh:first"] = 40, ["bvh:second"] = 16 }));
        Assert.That(Enumerable.Range(56, 56).Select(mixed.Frame).Max(), Is.GreaterThan(24), "frames reach to the end of a clip");
        CheckSplit(mixed);
    }

    /// <summary>No image is in the pack twice, and the random split has both sources on both sides.</summary>
    private static void CheckSplit(Pack pack)
    {
        var keys = Enumerable.Range(0, pack.Count).Select(i => (pack.Subject(i), pack.Trial(i), pack.Camera(i), pack.Frame(i)));
        Assert.That(keys, Is.Unique);
        var split = PackSplit.Random(pack.Count, 1);
        foreach (var half in (int[][])[split.Training, split.Validation])
        {
            Assert.That(half.Count(i => pack.Source(i) == "walker") / (double)half.Length, Is.InRange(.25, .75));
        }
        Assert.That(split.Training.Concat(split.Validation).Order(), Is.EqualTo(Enumerable.Range(0, pack.Count)));
    }

    [Test]
    public void WhatCannotBeMixedIsRefused()
    {
        var walk = Walker.Walk(WalkerSubject.Named("S1"), 1, 3, 1);
        void Refused(WalkerSettings settings, MotionClip clip, double share, string text)
        {
            var folder = Path.Combine(Root, "none");
            Assert.That(() => MixedMaker.Make(settings, [clip], share, folder), Throws.TypeOf<UserErrorException>().With.Message.Contains(text));
            Assert.That(Directory.EnumerateFileSystemEntries(Root), Is.Empty);
        }
        var some = new WalkerSettings { MaximumImages = 12 };
        Refused(some, walk with { Name = "S9" }, .5, "name of a walker");
        Refused(some, walk with { Name = "short" }, .9, "hold 3 frames, the share asks for 27");
        foreach (var share in (double[])[0, 1, -1, double.NaN]) Refused(some, walk with { Name = "x" }, share, "between 0 and 1");
        Assert.That(() => MixedMaker.WalkersOf(some, .01), Throws.TypeOf<UserErrorException>().With.Message.Contains("without a frame"));
    }

    [Test]
    public void DataMakeLoopsStridesWhereClipsAreShort()
    {
        // The two clips hold 275 frames at 50 Hz as they are, 285 are asked for.
        var folder = Path.Combine(Root, "mixed");
        var (code, output, error) = Captured.Run(() => CommandLine.Run(
            ["data", "make", "--out", folder, "--motion", Clips, "--mix", "0.95", "--images", "1200", "--subjects", "S1"]));
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("-> 143 frames at 50 Hz").And.Contain("1200 images in"));
        using var pack = Pack.Open(folder);
        Assert.That(Enumerable.Range(0, pack.Count).Count(i => pack.Source(i) == "walker"), Is.EqualTo(60));
        Assert.That(pack.Subjects, Is.EqualTo(new[] { "S1", "02_01", "07_01" }));
    }

    [TestCase("--mix 0.5", "nothing to mix walkers with")]
    [TestCase("--mix 1.5 --motion {0}", "1.5 for motion is not between 0 and 1")]
    [TestCase("--mix 0.5 --step 2 --motion {0}", "--step 2 has no effect with --mix")]
    public void BadMixesAreOneLine(string options, string message)
    {
        var folder = Path.Combine(Root, "none");
        var (code, _, error) = Captured.Run(() => CommandLine.Run(["data", "make", "--out", folder, .. string.Format(options, Clips).Split(' ')]));
        Assert.That((code, error.TrimEnd().Split('\n').Length), Is.EqualTo((2, 1)));
        Assert.That(error, Does.Contain(message));
        Assert.That(Directory.Exists(folder), Is.False);
    }
}
