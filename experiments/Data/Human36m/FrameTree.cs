namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>Finds the frames of recordings in a folder, however they are kept: frames beside the processed annotations of h36m-fetch, the
/// official videos, folders of frames named as the videos or as mmpose or the JSON layout names them.</summary>
/// <param name="root">The folder, or one above or below by "images", "processed" or "extracted".</param>
/// <param name="log">Hears what was found out.</param>
public sealed class FrameTree(string root, ImportLog log)
{
    private readonly string[] _roots = [root, Path.Combine(root, "images"), Path.Combine(root, "processed"), Path.Combine(root, "extracted")];

    private readonly Dictionary<(string, int), IReadOnlyList<RecordingFile>> _listed = [];

    /// <summary>The frames of a recording; images where there are both images and a video.</summary>
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
            foreach (var parent in new[] { subject, Path.Combine(subject, "Videos"), place })
            {
                foreach (var file in Listed(parent, key.Subject, null))
                    if (Fits(file, key)) yield return file.Path;
            }

            yield return Path.Combine(place, JsonLayout.FolderName(key));
        }
    }

    private IEnumerable<string> Videos(RecordingKey key) => _roots
        .SelectMany(place => Listed(Path.Combine(place, $"S{key.Subject}", "Videos"), key.Subject, ".mp4"))
        .Where(file => Fits(file, key)).Select(file => file.Path);

    private static bool Fits(RecordingFile file, RecordingKey key)
        => file.Action == key.Action && file.Trial == key.Trial && file.Camera == key.Camera;

    private IReadOnlyList<RecordingFile> Listed(string folder, int subject, string? extension)
    {
        // One listing a folder: a tree has hundreds of recordings.
        var at = (folder + extension, subject);
        if (!_listed.TryGetValue(at, out var files))
            _listed[at] = files = extension is null ? RecordingFiles.FoldersIn(folder, subject, !_roots.Contains(folder)) : RecordingFiles.In(folder, extension, subject);
        return files;
    }
}
