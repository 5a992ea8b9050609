namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>A file (or folder) of a sequence, such as "Walking 1.54138969.mp4" or "Walking 1.cdf".</summary>
/// <param name="Camera">1 to 4; null where the name has no camera.</param>
public readonly record struct RecordingFile(string Path, HumanAction Action, int Trial, int? Camera);

/// <summary>Reads the names of the files that belong to one subject.</summary>
public static class RecordingFiles
{
    /// <summary>The files of a folder that have an extension (such as ".cdf") and the name of a sequence, ordered by action, trial and camera.</summary>
    public static IReadOnlyList<RecordingFile> In(string folder, string extension, int subject)
        => !Directory.Exists(folder) ? [] : Named(subject, Directory.EnumerateFiles(folder)
            .Where(path => Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase))
            .Select(path => (path, Path.GetFileNameWithoutExtension(path))));

    /// <summary>The folders of a folder that are named as "S1_Walking_1.54138969", or in the folder of a subject as "Walking 1.54138969"
    /// too: elsewhere such a one may be anybody's.</summary>
    public static IReadOnlyList<RecordingFile> FoldersIn(string folder, int subject, bool ofSubject)
        => !Directory.Exists(folder) ? [] : Named(subject, Directory.EnumerateDirectories(folder)
            .Select(path => (Path: path, Name: WithoutSubject(Path.GetFileName(path), subject, ofSubject)))
            .Where(file => file.Name is not null).Select(file => (file.Path, file.Name!)));

    private static string? WithoutSubject(string name, int subject, bool ofSubject)
    {
        var prefix = $"S{subject}_";
        return name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? name[prefix.Length..] : ofSubject ? name : null;
    }

    private static List<RecordingFile> Named(int subject, IEnumerable<(string Path, string Name)> files)
    {
        var split = files.Select(file => (file.Path, Parts: Split(file.Name))).Where(file => file.Parts is not null).ToList();
        var trials = SequenceName.Trials(subject, split.Select(file => file.Parts!.Value.Stem));
        return [.. split
            .Where(file => trials.ContainsKey(file.Parts!.Value.Stem))
            .Select(file => new RecordingFile(
                file.Path, trials[file.Parts!.Value.Stem].Action, trials[file.Parts!.Value.Stem].Trial, file.Parts!.Value.Camera))
            .OrderBy(f => f.Action.Number).ThenBy(f => f.Trial).ThenBy(f => f.Camera).ThenBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>"Walking 1.54138969" into its two parts; null where what follows the dot is no camera.</summary>
    private static (string Stem, int? Camera)? Split(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0) return (name, null);
        return CameraTable.Number(name[(dot + 1)..]) is { } camera ? (name[..dot], camera) : null;
    }
}
