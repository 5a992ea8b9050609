using System.CommandLine.Parsing;

namespace PoseEngine.Experiments.Commands;

/// <summary>Options with the checks that commands share: what is not allowed ends with the option, the value and what is.</summary>
internal static class Options
{
    public static Option<TValue> Of<TValue>(string name, string description, TValue usual) => new(name) { Description = description, DefaultValueFactory = _ => usual };

    public static Option<string> Word(string name, string description, string usual, params string[] words)
    {
        var option = Of(name, description, usual);
        option.CompletionSources.Add(words);
        return Check(option, word => words.Contains(word), $"choose {(words.Length == 2 ? string.Join(" or ", words) : $"one of {string.Join(", ", words)}")}");
    }

    /// <summary>"on", "off" or "auto", which it is where it is not given; the bare option stands for on.</summary>
    public static Option<string?> Switch(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, Arity = ArgumentArity.ZeroOrOne };
        option.CompletionSources.Add("auto", "on", "off");
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not ("auto" or "on" or "off") and var word }]) result.AddError($"{name} {word}: choose auto, on or off");
        });
        return option;
    }

    /// <summary>What a <see cref="Switch"/> was set to.</summary>
    public static string Of(ParseResult parsed, Option<string?> option)
        => parsed.GetResult(option) is OptionResult { Implicit: false } given ? given.Tokens is [var word] ? word.Value : "on" : "auto";

    /// <summary>A whole number in a range.</summary>
    public static Option<int> Count(string name, string description, int usual, int least, int most = int.MaxValue, string? allowed = null)
        => Check(Of(name, description, usual), number => number >= least && number <= most, allowed ?? Range(least, most));

    public static Option<int?> CountOrNone(string name, string description, int least, int most = int.MaxValue)
        => Check(new Option<int?>(name) { Description = description }, number => number is null || (number >= least && number <= most), Range(least, most));

    public static Option<double> Number(string name, string description, double usual, Func<double, bool> isAllowed, string allowed)
        => Check(Of(name, description, usual), isAllowed, $"must be {allowed}");

    public static Option<double?> NumberOrNone(string name, string description, Func<double, bool> isAllowed, string allowed)
        => Check(new Option<double?>(name) { Description = description }, number => number is not { } given || isAllowed(given), $"must be {allowed}");

    public static Option<long> Seed(string description = "Seed of everything random: same seed and device, same bits")
        => Check(Of("--seed", description, 1L), seed => seed >= 0, "must be 0 or more");

    /// <summary>Words behind each other or with commas between: both are natural to type.</summary>
    public static Option<string[]> Words(string name, string description) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
    };

    public static Option<string?> Cache() => new("--cache") { Description = "Folder that keeps generated walkers [default: the user's cache folder]" };

    public static Option<string?> Out() => new("--out") { Description = "Folder for results [default: a new folder under runs/]" };

    /// <summary>Refuses values; the error is "NAME VALUE: text".</summary>
    public static Option<TValue> Check<TValue>(Option<TValue> option, Func<TValue, bool> isAllowed, string text)
    {
        option.Validators.Add(result =>
        {
            if (!result.Implicit && !IsAllowed(result, isAllowed)) result.AddError($"{option.Name} {string.Join(' ', result.Tokens.Select(token => token.Value))}: {text}");
        });
        return option;
    }

    /// <summary>Whether an option's text is a value, and one that is allowed.</summary>
    private static bool IsAllowed<TValue>(OptionResult result, Func<TValue, bool> isAllowed)
    {
        try
        {
            return isAllowed(result.GetValueOrDefault<TValue>()!);
        }
        catch (InvalidOperationException)
        {
            // The parser throws where the text is of another type, and has an error of its own for that. of which it has an error of its own.
            return false;
        }
    }

    /// <summary>Refuses options beside one that leaves them nothing to say.</summary>
    public static void Exclude(Command command, Option mode, params Option[] idle) => command.Validators.Add(result =>
    {
        foreach (var option in idle.Where(option => result.Has(mode) && result.Has(option))) result.AddError($"{option.Name} has no effect with {mode.Name}; leave one of them out");
    });

    /// <summary>Refuses options without the one that they belong to.</summary>
    public static void Require(Command command, Option mode, params Option[] parts) => command.Validators.Add(result =>
    {
        foreach (var option in parts.Where(option => !result.Has(mode) && result.Has(option))) result.AddError($"{option.Name} goes with {mode.Name} only");
    });

    /// <summary>Whether an option was typed.</summary>
    public static bool Has(this ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    public static bool Has(this CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    public static Command Build(string name, string help, Func<ParseResult, int> run, params IEnumerable<Symbol> symbols)
    {
        var command = new Command(name, help);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }
        command.SetAction(run);
        return command;
    }

    private static string Range(int least, int most) => most == int.MaxValue ? $"must be at least {least}" : $"must be {least} to {most}";
}
