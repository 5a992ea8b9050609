namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The seven people whose poses are public: S1, S5, S6, S7, S8, S9, S11.</summary>
public static class SubjectName
{
    /// <summary>Their numbers in order.</summary>
    public static IReadOnlyList<int> Numbers { get; } = [1, 5, 6, 7, 8, 9, 11];

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
            .Select(folder => (Subject: Parse(Path.GetFileName(folder)), Folder: folder))
            .Where(pair => pair.Subject is not null && Path.GetFileName(pair.Folder)[0] is 's' or 'S')
            .Select(pair => (pair.Subject!.Value, pair.Folder))
            .OrderBy(pair => pair.Value).ThenBy(pair => pair.Folder, StringComparer.Ordinal)];
}
