namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>One of the fifteen things that people do in Human3.6M. Files of different origin call some of them by different names, and
/// lists of names come in different orders: the numbers here are those of the data set's own metadata, and names decide wherever a file has
/// names.</summary>
/// <param name="Number">The data set's number, 2 to 16 (1 is the whole session).</param>
public sealed record HumanAction(int Number, string Name)
{
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TakingPhoto"] = "Photo",
        ["WalkingDog"] = "WalkDog",
        ["WalkingTogether"] = "WalkTogether",
        ["Purchasing"] = "Purchases",
    };

    public static IReadOnlyList<HumanAction> All { get; } =
    [
        new(2, "Directions"), new(3, "Discussion"), new(4, "Eating"), new(5, "Greeting"), new(6, "Phoning"),
        new(7, "Posing"), new(8, "Purchases"), new(9, "Sitting"), new(10, "SittingDown"), new(11, "Smoking"),
        new(12, "Photo"), new(13, "Waiting"), new(14, "Walking"), new(15, "WalkDog"), new(16, "WalkTogether"),
    ];

    public static HumanAction Walking => All[12];

    /// <summary>The action of a name or of another name for it, whatever its case; null for other texts.</summary>
    public static HumanAction? Find(string name)
    {
        var plain = Aliases.GetValueOrDefault(name, name);
        return All.FirstOrDefault(action => action.Name.Equals(plain, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>All names of an action, ours first.</summary>
    public static IEnumerable<string> NamesOf(HumanAction action) => Aliases.Where(alias => alias.Value == action.Name).Select(alias => alias.Key).Prepend(action.Name);

    public static HumanAction? Numbered(int number) => All.FirstOrDefault(action => action.Number == number);
    public override string ToString() => Name;
}

/// <summary>The seven people whose poses are public: S1, S5, S6, S7, S8, S9, S11.</summary>
public static class SubjectName
{
    public static IReadOnlyList<int> Numbers { get; } = [1, 5, 6, 7, 8, 9, 11];
    public static int IndexOf(int number) => Numbers.ToList().IndexOf(number);

    /// <summary>The number of a name such as "S11", "s11" or "11"; null for anything but the seven.</summary>
    public static int? Parse(string text)
    {
        var digits = text.AsSpan().TrimStart("sS");
        return digits.Length >= text.Length - 1 && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Numbers.Contains(number) ? number : null;
    }

    /// <summary>The folders of subjects in a folder, in the order of their numbers.</summary>
    public static IReadOnlyList<(int Subject, string Folder)> Folders(string root)
        => !Directory.Exists(root) ? [] : [.. Directory.EnumerateDirectories(root)
            .Where(folder => Path.GetFileName(folder) is ['s' or 'S', ..] name && Parse(name) is not null)
            .Select(folder => (Subject: Parse(Path.GetFileName(folder))!.Value, folder))
            .OrderBy(pair => pair.Subject).ThenBy(pair => pair.folder, StringComparer.Ordinal)];
}
