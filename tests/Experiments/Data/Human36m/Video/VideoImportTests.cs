using System.Text;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Data.Human36m;
using PoseEngine.Experiments.Data.Images;

namespace PoseEngine.Tests.Experiments.Data.Human36m.Video;

/// <summary>
/// Whole imports from videos. What stands in for a video holds its frames as they come out of ffmpeg, and what stands in for
/// ffmpeg hands them on.
/// </summary>
[Platform(Exclude = "Win", Reason = "what stands in for ffmpeg is a shell script")]
public class VideoImportTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-test-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void VideosGiveTheSameBytesAsTheirFrames()
    {
        var tree = HumanTree.Cdf(At("tree"));
        var frames = Import(tree, "frames", ffmpeg: null);
        FilmAll(tree, HumanTree.Frames);
        var log = new ImportLog();
        var videos = Import(tree, "videos", Ffmpeg("cat \"$5\""), log);
        foreach (var name in new[] { "images.npy", "poses.npy", "meta.csv" })
            Assert.That(File.ReadAllBytes(Path.Combine(videos, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(frames, name))), name);
        Assert.That(log.Lines, Has.None.StartsWith("warning"));
    }

    [Test]
    public void Trap3AVideoThatEndsEarlyIsTruncatedWithOneWarning()
    {
        var tree = HumanTree.Cdf(At("tree"));
        FilmAll(tree, HumanTree.Frames - 1);
        var log = new ImportLog();
        using var pack = Pack.Open(Import(tree, "videos", Ffmpeg("cat \"$5\""), log));
        Assert.That(Enumerable.Range(0, pack.Count).Select(i => (pack.Trial(i), pack.Frame(i))), Is.EqualTo(new[] { (1, 0), (1, 1), (2, 0), (2, 1) }));
        Assert.That(log.Lines.Count(line => line.StartsWith("warning: S9 Walking trial 2 camera 55011271", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public void WithoutFfmpegTheCommandIsPrintedAndItsFramesAreFound()
    {
        var tree = HumanTree.Cdf(At("tree"));
        var video = FilmAll(tree, HumanTree.Frames)[0];
        var error = Assert.Throws<UserErrorException>(() => Import(tree, "pack", At("no-ffmpeg")));
        Assert.That(error!.Message, Does.Contain($"ffmpeg -i \"{video}\" -qscale:v 3 \"{video[..^4]}{Path.DirectorySeparatorChar}img_%06d.jpg\""));
        Assert.That(Directory.Exists(At("pack")), Is.False);
    }

    [Test]
    public void AVideoThatCannotBeDecodedNamesIt()
    {
        var tree = HumanTree.Cdf(At("tree"));
        var videos = FilmAll(tree, HumanTree.Frames);
        Assert.That(
            () => Import(tree, "pack", Ffmpeg("echo 'moov atom not found' >&2; exit 1")),
            Throws.TypeOf<UserErrorException>().With.Message.StartsWith(videos[0]).And.Message.Contains("moov atom not found"));
    }

    /// <summary>Both trials of one camera are made videos, and their folders of frames go.</summary>
    private static List<string> FilmAll(string tree, int frames)
    {
        var videos = new List<string>();
        for (var trial = 1; trial <= 2; trial++)
        {
            var folder = Path.Combine(tree, "S9", "Videos", $"{HumanTree.Stem(9, trial)}.{CameraTable.Id(2)}");
            using var video = File.Create(folder + ".mp4");
            videos.Add(folder + ".mp4");
            foreach (var path in Directory.GetFiles(folder).Order(StringComparer.Ordinal).Take(frames))
            {
                var image = ImageFile.Load(path);
                video.Write(Encoding.ASCII.GetBytes($"P6\n{image.Width} {image.Height}\n255\n"));
                video.Write(image.Pixels);
            }

            Directory.Delete(folder, recursive: true);
        }

        return videos;
    }

    private string Ffmpeg(string body)
    {
        var path = At("ffmpeg");
        File.WriteAllText(path, $"#!/bin/bash\n{body}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private string Import(string tree, string name, string? ffmpeg, ImportLog? log = null)
    {
        log ??= new ImportLog();
        var request = new ImportRequest { Root = tree, Subjects = [9], Cameras = [2], Ffmpeg = ffmpeg, Threads = 1 };
        ImportWriter.Write(ImportPlan.Make(request, log), At(name), log, null, CancellationToken.None);
        return At(name);
    }

    private string At(string name) => Path.Combine(_folder, name);
}
