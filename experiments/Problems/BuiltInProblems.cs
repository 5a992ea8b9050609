namespace PoseEngine.Experiments.Problems;

/// <summary>The problems that come with the program, as files in it.</summary>
internal static class BuiltInProblems
{
    /// <summary>Section 5 of the paper.</summary>
    public const string Pose = "pose";

    /// <summary>The same people under constraints across samples.</summary>
    public const string Subjects = "subjects";

    private const string Prefix = "problem.", Suffix = ".toml";

    public static IReadOnlyList<string> Names { get; } = EmbeddedText.Names(Prefix, Suffix);

    public static string? Find(string name) => EmbeddedText.Find(Prefix + name + Suffix);
}
