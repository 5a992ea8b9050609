namespace PoseEngine.Experiments.Methods;

/// <summary>One setting of training methods, declared once: command line, sweep files, config.json, checkpoints, labels, help and reports
/// are all made from it.</summary>
internal abstract partial class Setting(string name, string key, string help, string allowed)
{
    /// <summary>The option without its dashes, and the key in files.</summary>
    public string Name => name;

    /// <summary>The name in config.json, summary.json and checkpoints.</summary>
    public string Key => key;

    public string Help => help;
    public string Allowed => allowed;

    /// <summary>Another name of the option, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The paper's letter, or null.</summary>
    public string? Symbol { get; init; }

    /// <summary>The words allowed, or null where values are no words.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>What stands before the value in the name of a model; its own name unless said, "" for the bare value.</summary>
    public Func<MethodSettings, string>? LabelName { get; init; }

    /// <summary>Whether the other settings leave this one anything to say.</summary>
    public Func<MethodSettings, bool> Applies { get; init; } = _ => true;

    /// <summary>Whether files name it only where it is not the default: those of before it came lack it.</summary>
    public bool IsToldWhereChanged { get; init; }

    /// <summary>The value where a method has no default of its own.</summary>
    internal abstract object UsualValue { get; }

    /// <summary>The value of a text of the command line.</summary>
    /// <exception cref="UserErrorException">It is none; the message names the source.</exception>
    public abstract object Parse(string text, ValueSource source);

    /// <summary>The value of a scalar of a file (double, long, string or bool).</summary>
    /// <exception cref="UserErrorException">It is none; the message names the source.</exception>
    public abstract object Read(object scalar, ValueSource source);

    /// <summary>The value as names of models and of cells write it, with at most so many digits.</summary>
    public virtual string Text(object value, int digits = 0) => value switch
    {
        double number => digits > 0 ? number.ToString($"G{digits}", CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>The value as config.json and checkpoints have it: a number or a text.</summary>
    public virtual object Stored(object value) => value;
}

/// <typeparam name="TValue">The type of its values, which compare by value.</typeparam>
internal abstract class Setting<TValue>(string name, string key, string help, string allowed, TValue usual) : Setting(name, key, help, allowed)
    where TValue : notnull
{
    public TValue Usual => usual;

    internal sealed override object UsualValue => usual;
}

/// <summary>A real number.</summary>
internal sealed class NumberSetting(string name, string key, string help, string allowed, double usual, Func<double, bool> isAllowed)
    : Setting<double>(name, key, help, allowed, usual)
{
    // Beyond these a number has no sense, and its inverse is none in float32.
    private const double Smallest = 1e-30, Largest = 1e30;

    public static NumberSetting Positive(string name, string key, string help, double usual) => new(name, key, help, "a number above 0", usual, x => x > 0);

    public override object Parse(string text, ValueSource source)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Checked(number, source) : throw source.NotAllowed(Allowed);

    public override object Read(object scalar, ValueSource source) => scalar switch
    {
        double number => Checked(number, source),
        long number => Checked(number, source),
        _ => throw source.NotAllowed(Allowed),
    };

    private object Checked(double number, ValueSource source)
        => !isAllowed(number) ? throw source.NotAllowed(Allowed)
            : number is 0 or >= Smallest and <= Largest ? number
            : throw source.NotAllowed(string.Create(CultureInfo.InvariantCulture, $"between {Smallest:G3} and {Largest:G3}"));
}

/// <summary>A whole number; where <paramref name="all"/> is given, that word stands for as many as there are.</summary>
internal sealed class CountSetting(string name, string key, string help, int usual, int least, int most = int.MaxValue, string? all = null)
    : Setting<int>(name, key, help, $"a whole number {(most == int.MaxValue ? $"of {least} or more" : $"from {least} to {most}")}{(all is null ? "" : $", or {all}")}", usual)
{
    public override object Parse(string text, ValueSource source)
        => text == all ? int.MaxValue
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? Read(count, source)
            : throw source.NotAllowed(Allowed);

    public override object Read(object scalar, ValueSource source) => scalar switch
    {
        long count when count >= least && count <= most => (int)count,
        string word when word == all => int.MaxValue,
        _ => throw source.NotAllowed(Allowed),
    };

    public override string Text(object value, int digits = 0) => $"{Stored(value)}";

    public override object Stored(object value) => all is not null && value is int.MaxValue ? all : value;
}

/// <summary>One of some words, which stand for the values of an enumeration.</summary>
internal sealed class ChoiceSetting<TValue>(string name, string key, string help, TValue usual, params (string Word, TValue Value)[] choices)
    : Setting<TValue>(name, key, help, $"one of {string.Join(", ", choices.Select(choice => choice.Word))}", usual)
    where TValue : struct, Enum
{
    public override object Parse(string text, ValueSource source)
        => choices.Any(choice => choice.Word == text)
            ? choices.First(choice => choice.Word == text).Value
            : throw source.NotAllowed(choices.Length == 2 && source.Verb[0] == ':' ? string.Join(" or ", choices.Select(choice => choice.Word)) : Allowed, isChoice: true);

    public override object Read(object scalar, ValueSource source) => scalar is string word ? Parse(word, source) : throw source.NotAllowed(Allowed);

    public override string Text(object value, int digits = 0) => choices.First(choice => choice.Value.Equals(value)).Word;

    public override object Stored(object value) => Text(value);
}

/// <summary>A text of some form, such as a schedule.</summary>
/// <param name="parse">Its value; null, or a <see cref="FormatException"/> that says why, where it is none.</param>
internal sealed class TextSetting<TValue>(string name, string key, string help, string allowed, TValue usual, Func<string, TValue?> parse)
    : Setting<TValue>(name, key, help, allowed, usual)
    where TValue : class
{
    public override object Parse(string text, ValueSource source)
        => Attempt.Of(() => parse(text), (FormatException e) => source.Wrong(e.Message)) ?? throw source.NotAllowed(Allowed, isChoice: true);

    public override object Read(object scalar, ValueSource source) => scalar is string text ? Parse(text, source) : throw source.NotAllowed(Allowed);

    public override object Stored(object value) => Text(value);
}
