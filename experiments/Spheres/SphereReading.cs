namespace PoseEngine.Experiments.Spheres;

/// <summary>How "a variance of 0.01 that is two order of magnitude smaller than the hypersphere radius" is read. Centres are standard
/// normal vectors times a scale.</summary>
internal sealed record SphereReading(string Name, string Meaning)
{
    /// <summary>Each coordinate of a centre has variance 0.01. In many dimensions the centres are then far apart.</summary>
    public static readonly SphereReading Literal = new("literal", "variance 0.01 for each coordinate");

    /// <summary>A centre is at a distance of about 0.1 from the origin, two orders of magnitude below the radius.</summary>
    public static readonly SphereReading Similar = new("similar", "||c|| about 0.1, two orders below the radius");

    public static IReadOnlyList<SphereReading> All { get; } = [Literal, Similar];

    public static IReadOnlyList<SphereReading> Parse(string name) => name switch
    {
        "both" => All,
        "literal" => [Literal],
        "similar" => [Similar],
        _ => throw new UserErrorException($"--reading {name}: choose literal, similar or both"),
    };

    /// <summary>The factor s of the centres c = s z for standard normal z in so many dimensions.</summary>
    public double Scale(int dimension) => this == Literal ? 0.1 : SpheresSettings.Radius / 100 / Math.Sqrt(dimension);
}
