namespace PoseEngine.Experiments.Data.Formats;

/// <summary>The one way in which the readers of foreign files refuse: the file, what is wrong with it, what to do.</summary>
internal static class Unreadable
{
    public static UserErrorException File(string name, string what, Exception? inner = null)
        => new($"{name} cannot be read: {what}; make or copy the file again", inner);

    /// <summary>Text from inside a file for a message: short, on one line, without control characters, in quotes.</summary>
    public static string Quote(string text) => $"'{Shown(text)}'";

    /// <summary>As <see cref="Quote"/>, without the quotes.</summary>
    public static string Shown(string text)
    {
        var shown = text.Length > 80 ? text[..80] + "..." : text;
        return string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
