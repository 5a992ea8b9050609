using System.Text.RegularExpressions;

namespace PoseEngine.Experiments.Reports;

/// <summary>The three classes of Fig. 2: they decide line style and grouping.</summary>
public enum MethodClass
{
    /// <summary>The model trained without constraints, from which the others start.</summary>
    Unconstrained,

    /// <summary>Constraints as a penalty: dashed lines.</summary>
    Soft,

    /// <summary>Constraints on the linearized surface: solid lines.</summary>
    Hard,
}

/// <summary>Names of methods and models, told apart and written for people.</summary>
public static partial class MethodClasses
{
    /// <summary>"hard-..." is hard, "unconstrained..." is unconstrained, all else is soft.</summary>
    public static MethodClass Of(string method) =>
        method.StartsWith("hard", StringComparison.OrdinalIgnoreCase) ? MethodClass.Hard
        : method.StartsWith("unconstrained", StringComparison.OrdinalIgnoreCase) ? MethodClass.Unconstrained
        : MethodClass.Soft;

    /// <summary>"soft-adam lambda=0.001" becomes "Soft-Adam λ=0.001".</summary>
    public static string Pretty(string name)
    {
        var space = name.IndexOf(' ');
        var method = space < 0 ? name : name[..space];
        var settings = space < 0 ? "" : name[space..];
        return string.Join('-', method.Split('-').Select(Capital)) + Symbols(settings);
    }

    /// <summary>The paper's Greek letters for the settings that have one, as whole words: "beta" keeps its "eta".</summary>
    public static string Symbols(string text) => Greek().Replace(text, m => m.Value switch
    {
        "lambda" => "λ",
        "eta" => "η",
        "epsilon" => "ε",
        _ => "δ",
    });

    [GeneratedRegex(@"\b(lambda|eta|epsilon|delta)\b")]
    private static partial Regex Greek();

    private static string Capital(string word) =>
        word is "sgd" or "gn" or "lm" ? word.ToUpperInvariant() : word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];
}
