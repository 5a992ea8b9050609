using System.Reflection;

namespace PoseEngine.Experiments;

/// <summary>Text files that the program was built with.</summary>
internal static class EmbeddedText
{
    /// <summary>The names of all that start with <paramref name="prefix"/> and end with <paramref name="suffix"/>, without both.</summary>
    public static IReadOnlyList<string> Names(string prefix, string suffix) =>
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..^suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>A text, or null where there is none of that name.</summary>
    public static string? Find(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        if (stream is null) return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>A text that is always there.</summary>
    public static string Get(string name) => Find(name) ?? throw new InvalidOperationException($"the program was built without {name}");
}
