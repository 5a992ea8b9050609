using System.Collections.ObjectModel;

namespace PoseEngine.Experiments.Methods;

/// <summary>One number for all constraints, or one for each with commas between.</summary>
internal sealed class PerConstraintSetting(string name, string key, string help, string allowed, string allowedInShort, double usual, Func<double, bool> isAllowed)
    : Setting<PerConstraintSetting.Weights>(name, key, help, allowed, new Weights([usual]))
{
    public override object Parse(string text, ValueSource source) => new Weights([.. text.Split(',').Select(word =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? Checked(number, source with { Shown = word.Trim() })
            : throw new UserErrorException($"{source.Place.TrimEnd(':')}: \"{word}\" is not a number; give one, or one for each constraint with commas between"))]);

    public override object Read(object scalar, ValueSource source) => scalar switch
    {
        double number => new Weights([Checked(number, source)]),
        long number => new Weights([Checked(number, source)]),
        string text when text.Contains(',') => Parse(text, source),
        _ => throw source.NotAllowed(Allowed),
    };

    public override string Text(object value, int digits = 0) => string.Join(',', ((Weights)value).Select(number => base.Text(number, digits)));

    public override object Stored(object value)
        => value is Weights { Count: 1 } one ? one[0] : string.Join(',', ((Weights)value).Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    private double Checked(double number, ValueSource source)
        => isAllowed(number) && double.IsFinite(number) ? number : throw source.NotAllowed(source.Verb[0] == ':' ? allowedInShort : Allowed);

    /// <summary>Numbers that are equal where all of them are, so that settings are.</summary>
    internal sealed class Weights(double[] numbers) : ReadOnlyCollection<double>(numbers)
    {
        public override bool Equals(object? other) => other is Weights weights && weights.SequenceEqual(this);

        public override int GetHashCode() => HashCode.Combine(Count, this[0]);
    }
}
