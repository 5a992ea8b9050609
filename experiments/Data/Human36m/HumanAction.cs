namespace PoseEngine.Experiments.Data.Human36m;

/// <summary>One of the fifteen things that people do in Human3.6M. Files of different origin call some of them by different names, and
/// lists of names come in different orders: the numbers here are those of the data set's own metadata, and names decide wherever a file has
/// names.</summary>
/// <param name="Number">The data set's number, 2 to 16 (1 is the whole session).</param>
/// <param name="Name">The name used in this program.</param>
public sealed record HumanAction(int Number, string Name)
{
    private static readonly HumanAction[] Actions =
    [
        new(2, "Directions"), new(3, "Discussion"), new(4, "Eating"), new(5, "Greeting"), new(6, "Phoning"),
        new(7, "Posing"), new(8, "Purchases"), new(9, "Sitting"), new(10, "SittingDown"), new(11, "Smoking"),
        new(12, "Photo"), new(13, "Waiting"), new(14, "Walking"), new(15, "WalkDog"), new(16, "WalkTogether"),
    ];

    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TakingPhoto"] = "Photo",
        ["WalkingDog"] = "WalkDog",
        ["WalkingTogether"] = "WalkTogether",
        ["Purchasing"] = "Purchases",
    };

    /// <summary>All of them, in the order of their numbers.</summary>
    public static IReadOnlyList<HumanAction> All => Actions;

    /// <summary>The action of the paper's experiment.</summary>
    public static HumanAction Walking => Actions[12];

    /// <summary>The action of a name or of another name for it, whatever its case; null for other texts.</summary>
    public static HumanAction? Find(string name)
    {
        var plain = Aliases.GetValueOrDefault(name, name);
        return Array.Find(Actions, action => action.Name.Equals(plain, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>All names of an action, ours first.</summary>
    public static IEnumerable<string> NamesOf(HumanAction action)
        => Aliases.Where(alias => alias.Value == action.Name).Select(alias => alias.Key).Prepend(action.Name);

    /// <summary>The action of the data set's number; null outside 2 to 16.</summary>
    public static HumanAction? Numbered(int number) => Array.Find(Actions, action => action.Number == number);

    public override string ToString() => Name;
}
