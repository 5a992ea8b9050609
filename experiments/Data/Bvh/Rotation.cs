namespace PoseEngine.Experiments.Data.Bvh;

/// <summary>A rotation of space as its three rows, in float64: <c>Apply(v)</c> is the matrix times the column v.</summary>
public readonly record struct Rotation(Vec3 Row0, Vec3 Row1, Vec3 Row2)
{
    public static Rotation Identity => new(new(1, 0, 0), new(0, 1, 0), new(0, 0, 1));

    /// <summary>A turn by <paramref name="degrees"/> about axis 0 (x), 1 (y) or 2 (z), by the right-hand rule.</summary>
    public static Rotation About(int axis, double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * (Math.PI / 180));
        return axis switch
        {
            0 => new(new(1, 0, 0), new(0, cos, -sin), new(0, sin, cos)),
            1 => new(new(cos, 0, sin), new(0, 1, 0), new(-sin, 0, cos)),
            2 => new(new(cos, -sin, 0), new(sin, cos, 0), new(0, 0, 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "an axis is 0, 1 or 2"),
        };
    }

    public Vec3 Apply(Vec3 v) => new(Vec3.Dot(Row0, v), Vec3.Dot(Row1, v), Vec3.Dot(Row2, v));

    /// <summary>The turn back: the transpose.</summary>
    public Rotation Inverse() => new(new(Row0.X, Row1.X, Row2.X), new(Row0.Y, Row1.Y, Row2.Y), new(Row0.Z, Row1.Z, Row2.Z));

    /// <summary>The product a b: first b turns, then a.</summary>
    public static Rotation operator *(Rotation a, Rotation b) => new(Combine(a.Row0, b), Combine(a.Row1, b), Combine(a.Row2, b));

    /// <summary>The angle in degrees, 0 to 180, of the one turn that leads from this rotation to the other.</summary>
    public double DegreesTo(Rotation other)
    {
        var trace = Vec3.Dot(Row0, other.Row0) + Vec3.Dot(Row1, other.Row1) + Vec3.Dot(Row2, other.Row2);
        return Math.Acos(Math.Clamp((trace - 1) / 2, -1, 1)) * (180 / Math.PI);
    }

    private static Vec3 Combine(Vec3 row, Rotation b) => (row.X * b.Row0) + (row.Y * b.Row1) + (row.Z * b.Row2);
}
