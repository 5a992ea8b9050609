using System.Diagnostics;
using System.Globalization;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Experiments.Data.Human36m.Video;
using PoseEngine.Experiments.Data.Images;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Data.Human36m.Video;

/// <summary>Frames of a video by way of a program that stands in for ffmpeg.</summary>
[Platform(Exclude = "Win", Reason = "what stands in for ffmpeg is a shell script")]
public class FfmpegVideoTests
{
    // Two pictures of 2 x 1 pixels with all kinds of bytes, the second with a remark in its header.
    private const string TwoFrames = @"printf 'P6\n2 1\n255\n\001\002\003\004\005\006'; printf 'P6 # made by hand\n2\t1 255\n\000\012\040\377\200#'";

    private string _root = "";

    private string Video => Path.Combine(_root, "S1", "Videos", "Walking 1.54138969.mp4");

    [SetUp]
    public void MakeFolder()
    {
        _root = Directory.CreateTempSubdirectory("poseengine-test-").FullName;
        Directory.CreateDirectory(Path.GetDirectoryName(Video)!);
        File.WriteAllText(Video, "a film");
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_root, recursive: true);

    [Test]
    public void FramesComeInTheirOrder()
    {
        var frames = Frames(TwoFrames);
        Assert.That(frames.Select(frame => (frame.Width, frame.Height)), Is.EqualTo(new[] { (2, 1), (2, 1) }));
        Assert.That(frames[0].Pixels, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(frames[1].Pixels, Is.EqualTo(new byte[] { 0, 10, 32, 255, 128, (byte)'#' }));
    }

    [Test]
    public void TheProgramIsAskedForTheVideo()
    {
        Frames($"{TwoFrames}; printf '%s\\n' \"$@\" > '{_root}/asked'");
        var asked = File.ReadAllLines(Path.Combine(_root, "asked"));
        Assert.That(asked[Array.IndexOf(asked, "-i") + 1], Is.EqualTo(Video));
        Assert.That(asked, Does.Contain("ppm").And.Contain("image2pipe").And.Contain("-nostdin"));
        Assert.That(asked[^1], Is.EqualTo("-"));
    }

    [Test]
    public void LargeFramesArriveWhole()
    {
        var frames = Frames(@"for i in 1 2 3; do printf 'P6\n500 400\n255\n'; head -c 600000 /dev/zero | tr '\000' ""\\00$i""; done");
        Assert.That(frames, Has.Count.EqualTo(3));
        for (var i = 0; i < 3; i++) Assert.That(frames[i].Pixels.All(value => value == i + 1));
    }

    [Test]
    public void ManyMessagesDoNotStopIt()
        => Assert.That(Frames($"head -c 3000000 /dev/zero | tr '\\000' x >&2; {TwoFrames}; head -c 3000000 /dev/zero >&2"), Has.Count.EqualTo(2));

    [TestCase("echo starts >&2; echo 'moov atom not found' >&2; echo >&2; exit 1", "code 1", "'moov atom not found'", TestName = "FailureAtOnce")]
    [TestCase(TwoFrames + "; echo 'disk on fire' >&2; exit 3", "code 3", "'disk on fire'", TestName = "FailureAfterFrames")]
    [TestCase(@"printf 'P6\n2 1\n255\n\001'; echo broken >&2; exit 1", "code 1", "'broken'", TestName = "FailureInsideAFrame")]
    [TestCase(TwoFrames + @"; printf 'P6\n2 1\n255\n\001\002'", "frame 2", "before its 6 bytes", TestName = "TooFewBytes")]
    [TestCase(@"printf 'P6\n2'", "frame 0", "ends in its header", TestName = "TooShortAHeader")]
    [TestCase("head -c 100000 /dev/zero", "frame 0", "begin with P6", TestName = "Garbage")]
    [TestCase(TwoFrames + "; echo garbage", "frame 2", "begin with P6", TestName = "GarbageAfterFrames")]
    [TestCase("printf 'P6\n-2 1\n255\n'", "frame 0", "something else than numbers", TestName = "NegativeSize")]
    [TestCase("printf 'P6\n0 1\n255\n'", "frame 0", "0 x 1", TestName = "NoSize")]
    [TestCase("printf 'P6\n50000 50000\n255\n'", "50000 x 50000", "limits are", TestName = "TooLarge")]
    [TestCase("printf 'P6\n20000 3000\n255\nabc'", "frame 0", "before its 180000000 bytes", TestName = "SizeThatNeverComes")]
    [TestCase("printf 'P6\n99999999999999999999 1\n255\n'", "frame 0", "above 1000000", TestName = "SizeBeyondAnyInteger")]
    [TestCase("printf 'P6\n2 1\n65535\n'", "65535", "expected 255", TestName = "SixteenBits")]
    [TestCase("printf 'P6\n'; head -c 1000000 /dev/zero | tr '\\000' ' '", "frame 0", "longer than 256", TestName = "EndlessHeader")]
    [TestCase("exit 0", "no frames", "unpack the video again", TestName = "NoFrames")]
    public void FailuresAreOneLine(string script, string first, string second)
    {
        var error = Assert.Throws<UserErrorException>(() => Frames(script));
        Assert.That(error!.Message, Does.Contain(Video).And.Contain(first).And.Contain(second));
        Assert.That(error.Message, Does.Not.Contain("\n"));
    }

    [Test]
    public void AHangingProgramIsEndedByCancellation()
    {
        using var cancellation = new CancellationTokenSource();
        var seen = 0;
        var clock = Stopwatch.StartNew();
        Assert.That(() =>
        {
            foreach (var _ in FfmpegVideo.Frames(Video, Script($"echo $$ > '{_root}/process'; {TwoFrames}; sleep 600"), cancellation.Token))
            {
                if (++seen == 2) cancellation.CancelAfter(50);
            }
        }, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(seen, Is.EqualTo(2));
        Assert.That(clock.Elapsed.TotalSeconds, Is.LessThan(30));
        AssertEnded();
    }

    [Test]
    public void ACancelledTokenStartsNothing()
        => Assert.That(() => FfmpegVideo.Frames(Video, Script($"touch '{_root}/ran'"), new CancellationToken(true)).Count(), Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void TheProgramEndsWithTheEnumeration()
    {
        var endless = Script($"echo $$ > '{_root}/process'; while true; do {TwoFrames}; done");
        Assert.That(FfmpegVideo.Frames(Video, endless, default).Take(5).Count(), Is.EqualTo(5));
        AssertEnded();
    }

    [Test]
    public void WithoutTheProgramTheCommandIsPrinted()
    {
        var error = Assert.Throws<UserErrorException>(() => FfmpegVideo.Frames(Video, Path.Combine(_root, "ffmpeg"), default));
        var images = Path.Combine(_root, "S1", "Videos", "Walking 1.54138969", "img_%06d.jpg");
        Assert.That(error!.Message, Does.Contain($"ffmpeg -i \"{Video}\" -qscale:v 3 \"{images}\"").And.Contain("--ffmpeg").And.Contain("there is no program"));
        Assert.That(FfmpegProgram.Missing(Video, null).Message, Does.Contain("not on PATH"));
    }

    [Test]
    public void AProgramThatCannotRunIsRefused()
    {
        var file = Path.Combine(_root, "ffmpeg");
        File.WriteAllText(file, "no program");
        Assert.That(() => FfmpegVideo.Frames(Video, file, default).Count(), Throws.TypeOf<UserErrorException>().With.Message.Contains("cannot be started"));
    }

    // Folders with whatever a shell, or ffmpeg, takes for more than a letter.
    [TestCase("plain", TestName = "CommandForAPlainFolder")]
    [TestCase("my data", TestName = "CommandForAFolderWithASpace")]
    [TestCase("it's $HOME \"100%d\" `a` !b", TestName = "CommandForAFolderOfSigns")]
    public void ThePrintedCommandPutsFramesWhereTheyAreFound(string name)
    {
        var videos = Path.Combine(_root, name, "S7", "Videos");
        Directory.CreateDirectory(videos);
        var film = Path.Combine(videos, "Walking 2.60457274.mp4");
        File.WriteAllText(film, "a film");
        var key = new RecordingKey(7, HumanAction.Walking, 2, 4);
        Assert.That(new FrameTree(Path.Combine(_root, name), new ImportLog()).Find(key), Is.EqualTo(new VideoFile(film)));

        // Stands in for the images that ffmpeg writes: the last argument is their pattern, the second one the video.
        Script("test -f \"$2\" || exit 1; for i in 1 2 3; do printf \"${@: -1}\" $i | xargs -0 touch; done");
        var command = Path.Combine(_root, "command");
        File.WriteAllText(command, FfmpegProgram.Command(film));
        var (code, output) = Shell.Run(command, [], ("PATH", $"{_root}/bin:{Environment.GetEnvironmentVariable("PATH")}"));
        Assert.That(code, Is.Zero, output);

        var found = new FrameTree(Path.Combine(_root, name), new ImportLog()).Find(key) as FrameImages;
        Assert.That(found, Is.Not.Null);
        Assert.That(found!.Paths.Keys, Is.EquivalentTo(new[] { 0, 1, 2 }));
        Assert.That(found.Paths[0], Is.EqualTo(Path.Combine(FfmpegProgram.FolderOf(film), "img_000001.jpg")));
    }

    [Test]
    public void OnlyThePathIsSearched()
    {
        var program = Script("exit 0");
        var folder = Path.GetDirectoryName(program)!;
        Assert.That(FfmpegProgram.Find(null, $"/nowhere::.:{folder}"), Is.EqualTo(program));
        Assert.That(FfmpegProgram.Find("ffmpeg", folder), Is.EqualTo(program));
        Assert.That(FfmpegProgram.Find(program, null), Is.EqualTo(program));
        Assert.That(FfmpegProgram.Find(null, null), Is.Null);
        Assert.That(FfmpegProgram.Find(null, Path.GetRelativePath(Environment.CurrentDirectory, folder)), Is.Null);
    }

    /// <summary>An executable file named ffmpeg.</summary>
    private string Script(string body)
    {
        var path = Path.Combine(_root, "bin", "ffmpeg");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private List<RgbImage> Frames(string script) => [.. FfmpegVideo.Frames(Video, Script(script), default)];

    private void AssertEnded()
    {
        var id = int.Parse(File.ReadAllText(Path.Combine(_root, "process")), CultureInfo.InvariantCulture);
        Assert.That(HasEnded(id));
    }

    private static bool HasEnded(int process)
    {
        try
        {
            return Process.GetProcessById(process).HasExited;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
