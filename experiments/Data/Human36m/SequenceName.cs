namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The name of a sequence as files have it: "Walking 1", "Walking", "Walking_1". The number is not the trial: usually the name
/// with a 1 is trial 1 and the one without a number trial 2, but people and cameras failed now and then, and which recordings count is a
/// matter of record.</summary>
public readonly record struct SequenceName(HumanAction Action, int? Number)
{
    private const int None = -1;

    /// <summary>The trials of names that are not as usual; all subjects' other names are.</summary>
    private static readonly (int Subject, string Action, int Number, int Trial)[] Unusual =
    [
        (1, "Eating", 2, 1), (1, "SittingDown", 2, 1),
        (5, "Discussion", 2, 1), (5, "Discussion", 3, 2), (5, "Photo", None, 1), (5, "SittingDown", None, 1), (5, "SittingDown", 1, 2),
        (6, "Photo", None, 1), (6, "Photo", 1, 2), (6, "Posing", 2, 1), (6, "Waiting", 3, 1),
        (7, "Phoning", 2, 1), (7, "Photo", None, 1), (7, "Photo", 1, 2), (7, "SittingDown", None, 1), (7, "SittingDown", 1, 2),
        (8, "SittingDown", None, 1), (8, "SittingDown", 1, 2),
        (9, "SittingDown", None, 1), (9, "SittingDown", 1, 2),
        (11, "Greeting", 2, 1), (11, "Phoning", 3, 1), (11, "SittingDown", None, 1), (11, "SittingDown", 1, 2), (11, "Smoking", 2, 1),
    ];

    /// <summary>Reads a name; null where it is none, such as "_ALL 1" or "WalkingX".</summary>
    public static SequenceName? Parse(string text)
    {
        var name = text.AsSpan().TrimEnd("0123456789");
        var digits = text.AsSpan(name.Length);
        if (digits.Length > 0 && (name.Length == 0 || name[^1] is not (' ' or '_'))) return null;
        int? number = digits.Length > 0 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
        if (digits.Length > 0 && number is null) return null;
        return HumanAction.Find(name[..^(digits.Length > 0 ? 1 : 0)].ToString()) is { } action ? new SequenceName(action, number) : null;
    }

    /// <summary>The trial (1 or 2) that a subject's sequence of this name is; null where the data set has none such.</summary>
    public int? Trial(int subject)
    {
        var key = (subject, Action.Name, Number ?? None);
        var trial = Array.Find(Unusual, row => (row.Subject, row.Action, row.Number) == key).Trial;
        return trial != 0 ? trial : Number switch { 1 => 1, 2 or null => 2, _ => null };
    }

    /// <summary>The action and the trial of a subject's sequence of this name; null where the data set has none such.</summary>
    public static (HumanAction Action, int Trial)? Find(int subject, string text)
        => Parse(text) is { } name && name.Trial(subject) is { } trial ? (name.Action, trial) : null;

    /// <summary>The action and the trial of each name among those that a subject has. Names that are none are left out.</summary>
    public static IReadOnlyDictionary<string, (HumanAction Action, int Trial)> Trials(int subject, IEnumerable<string> names)
        => names.Distinct().Where(name => Find(subject, name) is not null).ToDictionary(name => name, name => Find(subject, name)!.Value);
}

/// <summary>A file (or folder) of a sequence, such as "Walking 1.54138969.mp4" or "Walking 1.cdf".</summary>
public readonly record struct RecordingFile(string Path, HumanAction Action, int Trial, int? Camera);

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

    private static List<RecordingFile> Named(int subject, IEnumerable<(string Path, string Name)> files) =>
    [
        .. from file in files.OrderBy(file => file.Path, StringComparer.Ordinal)
           let parts = Split(file.Name)
           let sequence = parts is null ? null : SequenceName.Find(subject, parts.Value.Stem)
           where sequence is not null
           orderby sequence.Value.Action.Number, sequence.Value.Trial, parts.Value.Camera
           select new RecordingFile(file.Path, sequence.Value.Action, sequence.Value.Trial, parts.Value.Camera)
    ];

    /// <summary>"Walking 1.54138969" into its two parts; null where what follows the dot is no camera.</summary>
    private static (string Stem, int? Camera)? Split(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0) return (name, null);
        return CameraTable.Number(name[(dot + 1)..]) is { } camera ? (name[..dot], camera) : null;
    }
}
