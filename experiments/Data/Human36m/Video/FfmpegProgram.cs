namespace PoseEngine.Experiments.Data.Human36m.Video;

/// <summary>Looks for the program ffmpeg, and says what to do without it.</summary>
internal static class FfmpegProgram
{
    /// <summary>The file of the program; null where there is none.</summary>
    /// <param name="given">What the user names: a file, or a name to be looked for; null for "ffmpeg".</param>
    /// <param name="path">The folders to look in, as PATH has them. The folder that one is in does not count.</param>
    public static string? Find(string? given, string? path)
    {
        var name = given ?? "ffmpeg";
        if (Path.GetFileName(name) != name) return File.Exists(name) ? Path.GetFullPath(name) : null;
        string[] names = OperatingSystem.IsWindows() ? [name + ".exe", name] : [name];
        return (path ?? "").Split(Path.PathSeparator)
            .Where(Path.IsPathFullyQualified)
            .SelectMany(folder => names.Select(file => Path.Combine(folder, file)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The error that prints the command by which frames are extracted elsewhere.</summary>
    public static UserErrorException Missing(string video, string? given) => new(
        (given is null ? $"{video} needs the program ffmpeg, which is not on PATH" : $"{video} needs ffmpeg, and there is no program {given}")
        + $": install it, or name it with --ffmpeg, or extract the frames where it is, for each video:{Environment.NewLine}  {Command(video)}");

    /// <summary>The command that extracts the frames of a video to where <see cref="FrameTree"/> finds them.</summary>
    public static string Command(string video)
    {
        var folder = FolderOf(video);
        // A percent sign begins a number in the names that ffmpeg writes.
        var images = Path.Combine(folder.Replace("%", "%%", StringComparison.Ordinal), "img_%06d.jpg");
        return $"mkdir {Quoted(folder)} && ffmpeg -i {Quoted(Path.GetFullPath(video))} -qscale:v 3 {Quoted(images)}";
    }

    /// <summary>The folder for the frames of a video: beside it, with its name.</summary>
    internal static string FolderOf(string video)
    {
        var full = Path.GetFullPath(video);
        return Path.Combine(Path.GetDirectoryName(full)!, Path.GetFileNameWithoutExtension(full));
    }

    private static string Quoted(string text) => text.AsSpan().IndexOfAny("\"$`\\!") < 0 || OperatingSystem.IsWindows()
        ? $"\"{text}\""
        : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
