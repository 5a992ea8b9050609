namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>The length of a BVH file's unit, which the format does not state. <see cref="Auto"/> takes the known unit under which the legs
/// come nearest to a grown person's; the CMU clips then come out as <see cref="Cmu"/>.</summary>
/// <param name="Name">As on the command line: auto, cmu, m, cm, mm, inch, or a number of millimetres.</param>
/// <param name="Millimetres">Millimetres per unit; null for a guess.</param>
public sealed record BvhUnit(string Name, double? Millimetres)
{
    /// <summary>Thigh and shank of a person 1720 mm tall, which is the middle of the synthetic subjects.</summary>
    private const double TypicalLeg = (.245 + .2515) * 1720;

    private const double ShortestLeg = 350, LongestLeg = 1400;

    public static BvhUnit Auto { get; } = new("auto", null);

    /// <summary>The unit of the CMU conversion: 1/0.45 inch.</summary>
    public static BvhUnit Cmu { get; } = new("cmu", 25.4 / .45);

    private static readonly BvhUnit[] Known = [Cmu, new("m", 1000), new("cm", 10), new("mm", 1), new("inch", 25.4)];

    /// <summary>Reads a unit as the command line gives it.</summary>
    public static BvhUnit Parse(string text)
    {
        if (text.Equals(Auto.Name, StringComparison.OrdinalIgnoreCase)) return Auto;
        var known = Known.FirstOrDefault(unit => unit.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (known is not null) return known;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var millimetres)
            && millimetres is > 0 and <= 1e6)
        {
            return new BvhUnit(text, millimetres);
        }
        throw new UserErrorException($"BVH unit '{text}' is unknown; use auto, cmu, m, cm, mm, inch or a number of millimetres up to 1e6");
    }

    /// <summary>This unit, or the guess that <see cref="Auto"/> stands for.</summary>
    /// <param name="legLength">Mean length of thigh plus shank, in file units.</param>
    /// <param name="file">The name for an error message.</param>
    public BvhUnit Resolve(double legLength, string file)
    {
        if (legLength <= 0)
            throw new UserErrorException($"{file}: the legs have no length; name other bones in a joint map, a JSON file such as {{\"LeftKnee\": \"MyBone\"}}");
        var unit = Millimetres is null ? Known.MinBy(known => Mismatch(known, legLength))! : this;
        var leg = unit.Millimetres!.Value * legLength;
        if (leg is >= ShortestLeg and <= LongestLeg) return unit;
        throw new UserErrorException(string.Create(CultureInfo.InvariantCulture,
            $"{file}: legs of {legLength:g4} units are {leg:0} mm long with unit {unit.Name}, outside {ShortestLeg:0} to {LongestLeg:0} mm; give the unit in millimetres, about {TypicalLeg / legLength:g3}"));
    }

    private static double Mismatch(BvhUnit unit, double legLength) => Math.Abs(Math.Log(unit.Millimetres!.Value * legLength / TypicalLeg));
}
