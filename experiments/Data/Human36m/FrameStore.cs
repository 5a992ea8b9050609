namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Where the frames of a recording are: images, a video, or nowhere.</summary>
public abstract record FrameStore;

/// <summary>No frames: the recording is left out, with a line that says why.</summary>
public sealed record NoFrames(string Reason) : FrameStore;

/// <summary>A video, one frame after the other from frame 0.</summary>
public sealed record VideoFile(string Path) : FrameStore;

/// <summary>Images by frame.</summary>
/// <param name="Place">Where they are, for messages.</param>
/// <param name="Paths">The file of each frame (at 50 Hz, counted from 0) that has one.</param>
public sealed record FrameImages(string Place, IReadOnlyDictionary<int, string> Paths) : FrameStore
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png"];

    /// <summary>The images of a folder whose names end with the number of the frame, such as img_000001.jpg. Numbers begin with 1, as
    /// ffmpeg writes them; where there is a number 0 they begin with that, which is said.</summary>
    public static FrameStore In(string folder, ImportLog log)
    {
        if (!Directory.Exists(folder)) return new NoFrames($"there is no folder {folder}");
        var files = new SortedDictionary<int, string>();
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            if (!Extensions.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)) continue;
            if (NumberOf(System.IO.Path.GetFileNameWithoutExtension(path)) is not { } number) continue;
            if (!files.TryAdd(number, path))
                throw new UserErrorException($"{folder} has two images of number {number}, {System.IO.Path.GetFileName(files[number])} and {System.IO.Path.GetFileName(path)}: keep one");
        }

        if (files.Count == 0) return new NoFrames($"{folder} has no image with a number");
        var first = files.ContainsKey(0) ? 0 : 1;
        if (first == 0) log.Note($"{folder}: images are numbered from 0");
        return new FrameImages(folder, files.ToDictionary(file => file.Key - first, file => file.Value));
    }

    /// <summary>The digits at the end of a name; null where there are none or too many.</summary>
    internal static int? NumberOf(string name)
    {
        var digits = name.AsSpan(name.AsSpan().TrimEnd("0123456789").Length);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
