namespace PoseEngine.Experiments.Problems;

/// <summary>The problems that come with the program, as files in it.</summary>
internal static class BuiltInProblems
{
    /// <summary>Section 5 of the paper.</summary>
    public const string Pose = "pose";

    private const string Prefix = "problem.", Suffix = ".toml";

    /// <summary>The names that --problem takes.</summary>
    public static IReadOnlyList<string> Names { get; } = EmbeddedText.Names(Prefix, Suffix);

    /// <summary>The text of a problem, or null where there is none of that name.</summary>
    public static string? Find(string name) => EmbeddedText.Find(Prefix + name + Suffix);
}
