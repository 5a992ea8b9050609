namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>A file (or folder) of a sequence, such as "Walking 1.54138969.mp4" or "Walking 1.cdf".</summary>
/// <param name="Camera">1 to 4; null where the name has no camera.</param>
public readonly record struct RecordingFile(string Path, HumanAction Action, int Trial, int? Camera);

/// <summary>Reads the names of the files that belong to one subject.</summary>
public static class RecordingFiles
{
    /// <summary>
    /// The files of a folder that have an extension (such as ".cdf") and the name of a sequence, ordered by action,
    /// trial and camera. Trials come from all names together, see <see cref="SequenceName"/>.
    /// </summary>
    public static IReadOnlyList<RecordingFile> In(string folder, string extension)
        => !Directory.Exists(folder) ? [] : Named(Directory.EnumerateFiles(folder)
            .Where(path => Path.GetExtension(path).Equals(extension, StringComparison.OrdinalIgnoreCase))
            .Select(path => (path, Path.GetFileNameWithoutExtension(path))));

    /// <summary>The folders of a folder that are named as "Walking 1.54138969" or "S1_Walking_1.54138969".</summary>
    public static IReadOnlyList<RecordingFile> FoldersIn(string folder, int subject)
        => !Directory.Exists(folder) ? [] : Named(Directory.EnumerateDirectories(folder)
            .Select(path => (path, WithoutSubject(Path.GetFileName(path), subject))));

    private static string WithoutSubject(string name, int subject)
    {
        var prefix = $"S{subject}_";
        return name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? name[prefix.Length..] : name;
    }

    private static List<RecordingFile> Named(IEnumerable<(string Path, string Name)> files)
    {
        var split = files.Select(file => (file.Path, Parts: Split(file.Name))).Where(file => file.Parts is not null).ToList();
        var trials = SequenceName.Trials(split.Select(file => file.Parts!.Value.Stem));
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
