using System.Reflection;

namespace PoseEngine.Experiments.Problems;

/// <summary>The problems that come with the program, as files in it.</summary>
internal static class BuiltInProblems
{
    /// <summary>Section 5 of the paper.</summary>
    public const string Pose = "pose";

    private const string Prefix = "problem.", Suffix = ".toml";

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    public static string? Find(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + Suffix);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
