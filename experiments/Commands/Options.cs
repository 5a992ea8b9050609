using System.CommandLine.Parsing;

namespace PoseEngine.Experiments.Commands;

/// <summary>Options with the checks that commands share: what is not allowed ends with the option, the value and what is.</summary>
internal static class Options
{
    /// <summary>One of some words.</summary>
    public static Option<string> Word(string name, string description, string usual, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.CompletionSources.Add(words);
        Check(option, word => words.Contains(word), $"choose {(words.Length == 2 ? string.Join(" or ", words) : $"one of {string.Join(", ", words)}")}");
        return option;
    }

    /// <summary>A whole number in a range.</summary>
    public static Option<int> Count(string name, string description, int usual, int least, int most = int.MaxValue)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        Check(option, number => number >= least && number <= most, most == int.MaxValue ? $"must be at least {least}" : $"must be {least} to {most}");
        return option;
    }

    /// <summary>A whole number in a range, or none.</summary>
    public static Option<int?> CountOrNone(string name, string description, int least, int most = int.MaxValue)
    {
        var option = new Option<int?>(name) { Description = description };
        Check(option, number => number is null || (number >= least && number <= most), most == int.MaxValue ? $"must be at least {least}" : $"must be {least} to {most}");
        return option;
    }

    /// <summary>A number in a range, or none.</summary>
    public static Option<double?> NumberOrNone(string name, string description, Func<double, bool> isAllowed, string allowed)
    {
        var option = new Option<double?>(name) { Description = description };
        Check(option, number => number is not { } given || isAllowed(given), $"must be {allowed}");
        return option;
    }

    /// <summary>What everything random derives from.</summary>
    public static Option<long> Seed(string description = "Seed of everything random: same seed and device, same bits")
    {
        var option = new Option<long>("--seed") { Description = description, DefaultValueFactory = _ => 1 };
        Check(option, seed => seed >= 0, "must be 0 or more");
        return option;
    }

    /// <summary>Refuses values; the error is "NAME VALUE: text".</summary>
    public static void Check<TValue>(Option<TValue> option, Func<TValue, bool> isAllowed, string text) => option.Validators.Add(result =>
    {
        if (result.Implicit) return;
        var value = result.GetValueOrDefault<TValue>();
        if (!isAllowed(value!)) result.AddError($"{option.Name} {Shown(result)}: {text}");
    });

    /// <summary>Whether an option was typed.</summary>
    public static bool Has(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private static string Shown(OptionResult result) => string.Join(' ', result.Tokens.Select(token => token.Value));
}
