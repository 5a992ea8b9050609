namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The name of a sequence as files have it: "Walking 1", "Walking", "Walking_1". The number is not the trial: usually the name
/// with a 1 is trial 1 and the one without a number trial 2, but people and cameras failed now and then, and which recordings count is a
/// matter of record.</summary>
/// <param name="Number">The number behind the name; null where there is none.</param>
public readonly record struct SequenceName(HumanAction Action, int? Number)
{
    private const int None = -1;

    /// <summary>The trials of names that are not as usual; all subjects' other names are.</summary>
    private static readonly Dictionary<(int Subject, string Action, int Number), int> Unusual = new()
    {
        [(1, "Eating", 2)] = 1,
        [(1, "SittingDown", 2)] = 1,
        [(5, "Discussion", 2)] = 1,
        [(5, "Discussion", 3)] = 2,
        [(5, "Photo", None)] = 1,
        [(5, "SittingDown", None)] = 1,
        [(5, "SittingDown", 1)] = 2,
        [(6, "Photo", None)] = 1,
        [(6, "Photo", 1)] = 2,
        [(6, "Posing", 2)] = 1,
        [(6, "Waiting", 3)] = 1,
        [(7, "Phoning", 2)] = 1,
        [(7, "Photo", None)] = 1,
        [(7, "Photo", 1)] = 2,
        [(7, "SittingDown", None)] = 1,
        [(7, "SittingDown", 1)] = 2,
        [(8, "SittingDown", None)] = 1,
        [(8, "SittingDown", 1)] = 2,
        [(9, "SittingDown", None)] = 1,
        [(9, "SittingDown", 1)] = 2,
        [(11, "Greeting", 2)] = 1,
        [(11, "Phoning", 3)] = 1,
        [(11, "SittingDown", None)] = 1,
        [(11, "SittingDown", 1)] = 2,
        [(11, "Smoking", 2)] = 1,
    };

    /// <summary>Reads a name; null where it is none, such as "_ALL 1" or "WalkingX".</summary>
    public static SequenceName? Parse(string text)
    {
        var name = text.AsSpan().TrimEnd("0123456789");
        var digits = text.AsSpan(name.Length);
        if (digits.Length > 0 && (name.Length == 0 || name[^1] is not (' ' or '_'))) return null;
        int? number = null;
        if (digits.Length > 0)
        {
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) return null;
            number = value;
            name = name[..^1];
        }

        return HumanAction.Find(name.ToString()) is { } action ? new SequenceName(action, number) : null;
    }

    /// <summary>The trial (1 or 2) that a subject's sequence of this name is; null where the data set has none such.</summary>
    public int? Trial(int subject)
    {
        if (Unusual.TryGetValue((subject, Action.Name, Number ?? None), out var trial)) return trial;
        return Number switch { 1 => 1, 2 or null => 2, _ => null };
    }

    /// <summary>The action and the trial of each name among those that a subject has. Names that are none are left out.</summary>
    public static IReadOnlyDictionary<string, (HumanAction Action, int Trial)> Trials(int subject, IEnumerable<string> names)
    {
        var trials = new Dictionary<string, (HumanAction, int)>();
        foreach (var text in names)
            if (Parse(text) is { } name && name.Trial(subject) is { } trial) trials[text] = (name.Action, trial);

        return trials;
    }
}
