using System.Collections.ObjectModel;

namespace PoseEngine.Experiments.Methods;

/// <summary>lambda of Eq. 3: one number, or one for each constraint with commas between.</summary>
internal sealed class LambdaSetting() : Setting<LambdaSetting.Weights>(
    "lambda", "lambda", "lambda of Eq. 3: one number, or one for each constraint with commas between; in units of the network's outputs",
    "a number of 0 or more", new Weights([1e-3]))
{
    public override object Parse(string text, ValueSource source) => new Weights([.. text.Split(',').Select(word =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var lambda)
            ? Checked(lambda, source with { Shown = word.Trim() })
            : throw new UserErrorException($"{source.Place.TrimEnd(':')}: \"{word}\" is not a number; give one, or one for each constraint with commas between"))]);

    public override object Read(object scalar, ValueSource source) => scalar switch
    {
        double number => new Weights([Checked(number, source)]),
        long number => new Weights([Checked(number, source)]),
        string text when text.Contains(',') => Parse(text, source),
        _ => throw source.NotAllowed(Allowed),
    };

    public override string Text(object value, int digits = 0) => string.Join(',', ((Weights)value).Select(lambda => base.Text(lambda, digits)));

    public override object Stored(object value)
        => value is Weights { Count: 1 } one ? one[0] : string.Join(',', ((Weights)value).Select(lambda => lambda.ToString("R", CultureInfo.InvariantCulture)));

    private double Checked(double lambda, ValueSource source)
        => lambda >= 0 && double.IsFinite(lambda) ? lambda : throw source.NotAllowed(source.Verb[0] == ':' ? "0 or more" : Allowed);

    /// <summary>Numbers that are equal where all of them are, so that settings are.</summary>
    internal sealed class Weights(double[] numbers) : ReadOnlyCollection<double>(numbers)
    {
        public override bool Equals(object? other) => other is Weights weights && weights.SequenceEqual(this);

        public override int GetHashCode() => HashCode.Combine(Count, this[0]);
    }
}
