namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Finds the frames of recordings in a folder, however they are kept: frames beside the processed annotations of h36m-fetch, the
/// official videos, folders of frames named as the videos or as mmpose or the JSON layout names them.</summary>
/// <param name="root">The folder, or one above or below by "images", "processed" or "extracted".</param>
public sealed class FrameTree(string root, ImportLog log)
{
    private readonly string[] _roots = [root, Path.Combine(root, "images"), Path.Combine(root, "processed"), Path.Combine(root, "extracted")];
    private readonly Dictionary<(string, int), IReadOnlyList<RecordingFile>> _listed = [];

    public FrameStore Find(RecordingKey key)
    {
        NoFrames? why = null;
        foreach (var folder in Folders(key))
        {
            switch (FrameImages.In(folder, log))
            {
                case FrameImages images: return images;
                case NoFrames none when Directory.Exists(folder): why = none; break;
            }
        }
        foreach (var video in Videos(key))
        {
            if (new FileInfo(video).Length > 0) return new VideoFile(video);
            why ??= new NoFrames($"the video {video} is empty");
        }
        return why ?? new NoFrames($"{root} has neither images nor a video of it");
    }

    private IEnumerable<string> Folders(RecordingKey key)
    {
        var id = CameraTable.Id(key.Camera);
        foreach (var place in _roots)
        {
            var subject = Path.Combine(place, $"S{key.Subject}");
            foreach (var name in FetchLayout.FolderNames(key)) yield return Path.Combine(subject, name, "imageSequence", id);
            var listed = new[] { subject, Path.Combine(subject, "Videos"), place }.SelectMany(parent => Listed(parent, key.Subject, null));
            foreach (var file in listed.Where(file => Fits(file, key))) yield return file.Path;
            yield return Path.Combine(place, JsonLayout.FolderName(key));
        }
    }

    private IEnumerable<string> Videos(RecordingKey key) => _roots
        .SelectMany(place => Listed(Path.Combine(place, $"S{key.Subject}", "Videos"), key.Subject, ".mp4"))
        .Where(file => Fits(file, key)).Select(file => file.Path);

    private static bool Fits(RecordingFile file, RecordingKey key) => file.Action == key.Action && file.Trial == key.Trial && file.Camera == key.Camera;

    private IReadOnlyList<RecordingFile> Listed(string folder, int subject, string? extension)
    {
        // One listing a folder: a tree has hundreds of recordings.
        var at = (folder + extension, subject);
        if (!_listed.TryGetValue(at, out var files))
            _listed[at] = files = extension is null ? RecordingFiles.FoldersIn(folder, subject, !_roots.Contains(folder)) : RecordingFiles.In(folder, extension, subject);
        return files;
    }
}

/// <summary>Where the frames of a recording are: images, a video, or nowhere.</summary>
public abstract record FrameStore;

/// <summary>No frames: the recording is left out, with a line that says why.</summary>
public sealed record NoFrames(string Reason) : FrameStore;

/// <summary>A video, one frame after the other from frame 0.</summary>
public sealed record VideoFile(string Path) : FrameStore;

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
