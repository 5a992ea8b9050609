using System.Text.RegularExpressions;

namespace PoseEngine.Experiments.Reports;

/// <summary>Names of methods and models, told apart and written for people.</summary>
internal static partial class MethodClasses
{
    /// <summary>The class of a method; soft where no method of that name is known, as in a file of another version.</summary>
    public static MethodClass Of(string method) => MethodRegistry.Find(method)?.Class ?? MethodClass.Soft;

    /// <summary>"soft-adam lambda=0.001" becomes "Soft-Adam λ=0.001".</summary>
    public static string Pretty(string name)
    {
        var space = name.IndexOf(' ');
        var method = space < 0 ? name : name[..space];
        var settings = space < 0 ? "" : name[space..];
        return MethodRegistry.Title(method) + Symbols(settings);
    }

    /// <summary>The letters of the settings that have one, as whole words: "beta" keeps its "eta".</summary>
    public static string Symbols(string text) => Word().Replace(text, word => Letters.GetValueOrDefault(word.Value, word.Value));

    private static Dictionary<string, string> Letters
        => MethodRegistry.AllSettings.Where(setting => setting.Symbol is not null).ToDictionary(setting => setting.Name, setting => setting.Symbol!);

    [GeneratedRegex(@"\b\w+\b")]
    private static partial Regex Word();
}
