using System.Text.RegularExpressions;
using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>The colours of lines in a page: variables, of which the page's style defines those that it uses, for light paper as files have
/// them and for dark paper light enough to be seen.</summary>
internal static partial class PageColours
{
    // The luminance that stands out from the dark paper as 4.5 to 1.
    private const double Seen = 0.24;
    private const double Step = 0.05;

    public static string Css(Color color) => $"var(--s-{color.R:X2}{color.G:X2}{color.B:X2})";

    /// <summary>The definitions of all colours that some HTML uses.</summary>
    public static string Definitions(string html)
    {
        var used = Variable().Matches(html).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        if (used.Count == 0) return "";
        string All(Func<string, string> value) => string.Join(' ', used.Select(hex => $"--s-{hex}: #{value(hex)};"));
        return $":root {{ {All(hex => hex)} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {All(OnDark)} }} }}\n";
    }

    /// <summary>The colour mixed with white until it can be seen on dark paper.</summary>
    internal static string OnDark(string hex)
    {
        var color = Color.FromHex("#" + hex);
        for (var share = Step; Luminance(color) < Seen && share < 1; share += Step) color = Color.FromHex("#" + hex).MixedWith(Colors.White, share);
        return $"{color.R:X2}{color.G:X2}{color.B:X2}";
    }

    /// <summary>The relative luminance of WCAG 2.</summary>
    private static double Luminance(Color color)
    {
        static double Linear(byte value) => value / 255.0 is var v && v <= .04045 ? v / 12.92 : Math.Pow((v + .055) / 1.055, 2.4);
        return (.2126 * Linear(color.R)) + (.7152 * Linear(color.G)) + (.0722 * Linear(color.B));
    }

    [GeneratedRegex(@"var\(--s-([0-9A-F]{6})\)")]
    private static partial Regex Variable();
}
