namespace PoseEngine.Experiments.Methods;

/// <summary>delta, the relative damping of a KKT system: a number, or "auto".</summary>
internal sealed class DeltaSetting() : Setting<DeltaSetting.Damping>(
    "delta", "delta",
    "Damping of the KKT system, [H A^T; A -d I] with d = delta times the mean diagonal of A H^-1 A^T: 0 is hard as printed, 0.3 to 1 keeps a step near, the larger the softer; auto begins at 1 and follows what the constraints do",
    "a number of 0 or more, or auto", default)
{
    private const string Auto = "auto";

    /// <summary>What it may be at the most: more is no constraint at all.</summary>
    internal const double Largest = 1e8;

    public override object Parse(string text, ValueSource source)
        => text == Auto ? Read(text, source)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? Checked(number, source)
            : throw source.NotAllowed(Allowed);

    public override object Read(object scalar, ValueSource source) => scalar switch
    {
        Auto => new Damping(1, true),
        double number => Checked(number, source),
        long number => Checked(number, source),
        _ => throw source.NotAllowed(Allowed),
    };

    public override string Text(object value, int digits = 0)
        => value is Damping { Adapts: true } ? Auto : base.Text(((Damping)value).Delta, digits);

    public override object Stored(object value) => value is Damping { Adapts: true } ? Auto : ((Damping)value).Delta;

    private object Checked(double number, ValueSource source)
        => number is >= 0 and <= Largest ? new Damping(number, false)
            : throw source.NotAllowed(number > Largest ? string.Create(CultureInfo.InvariantCulture, $"at most {Largest:G3}, which is no constraint at all; or auto") : Allowed);

    /// <summary>The delta of the first step, and whether it changes from there.</summary>
    internal readonly record struct Damping(double Delta, bool Adapts);
}
