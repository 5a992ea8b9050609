namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>The known layouts.</summary>
public static class Layouts
{
    /// <summary>What --layout takes to have the layout found out.</summary>
    public const string Auto = "auto";

    /// <summary>All layouts.</summary>
    public static IReadOnlyList<ILayout> All { get; } = [new FetchLayout(), new CdfLayout(), new VideoPoseLayout(), new JsonLayout(), new MmposeLayout()];

    /// <summary>The layout of a name, or with "auto" the one that a folder has.</summary>
    public static ILayout For(string name, string root)
    {
        if (!Directory.Exists(root))
        {
            throw new UserErrorException(File.Exists(root)
                ? $"{root} is a file: name the folder that holds it"
                : $"there is no folder {root}: name the one that holds your copy of Human3.6M ({ImportRequest.Registration} for where it comes from)");
        }

        if (!name.Equals(Auto, StringComparison.OrdinalIgnoreCase))
        {
            return All.FirstOrDefault(layout => layout.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new UserErrorException($"--layout {name} is not known: give {Auto} or one of {string.Join(", ", All.Select(l => l.Name))}");
        }

        var found = All.Where(layout => layout.Matches(root)).ToList();
        if (found.Count == 1) return found[0];
        throw new UserErrorException(found.Count > 1
            ? $"{root} has more than one layout, {string.Join(" and ", found.Select(l => l.Name))}: choose with --layout"
            : $"{root} has no layout that is known; looked for {string.Join(", ", All.Select(l => $"{l.Mark} ({l.Name})"))}: name the folder above these, or choose with --layout to learn what is missing");
    }
}
