namespace PoseEngine.Experiments.Data;

public enum SurfacePattern
{
    Plain, Tiles, Planks, Panels, Bands,
}

/// <summary>A box standing on the floor (mm, world axes).</summary>
public readonly record struct RoomBox(Vec3 Low, Vec3 High, Rgb Colour);

/// <summary>The studio around a walker: four walls, a floor, a few boxes along the walls. World axes, mm.</summary>
public sealed record Room(
    double HalfLengthX, double HalfLengthY, Rgb Floor, Rgb FloorSecond, SurfacePattern FloorPattern, double FloorPeriod,
    Rgb Wall, Rgb WallSecond, SurfacePattern WallPattern, double WallPeriod, IReadOnlyList<RoomBox> Boxes)
{
    /// <summary>Draws a room; one per subject and trial, so that all four cameras look into the same one.</summary>
    public static Room Draw(RandomGenerator random)
    {
        var halfX = random.NextUniform(3600, 4800);
        var halfY = random.NextUniform(5600, 6800);
        var floor = Rgb.FromHue(random.NextUniform(0, .2), random.NextUniform(.05, .45), random.NextUniform(.35, .75));
        var wall = Rgb.FromHue(random.NextDouble(), random.NextUniform(.02, .3), random.NextUniform(.45, .9));
        var floorPattern = (SurfacePattern)random.NextInt(3);
        SurfacePattern[] wallPatterns = [SurfacePattern.Plain, SurfacePattern.Panels, SurfacePattern.Bands];
        var boxes = new RoomBox[2 + random.NextInt(3)];
        for (var i = 0; i < boxes.Length; i++) boxes[i] = DrawBox(random, halfX, halfY);
        return new Room(
            halfX, halfY, floor, floor * (float)random.NextUniform(.55, .85), floorPattern, random.NextUniform(400, 900),
            wall, wall * (float)random.NextUniform(.5, .85), wallPatterns[random.NextInt(3)], random.NextUniform(600, 1500), boxes);
    }

    private static RoomBox DrawBox(RandomGenerator random, double halfX, double halfY)
    {
        var size = new Vec3(random.NextUniform(300, 900), random.NextUniform(300, 900), random.NextUniform(400, 1700));
        var alongX = random.NextInt(2) == 0;
        var sign = random.NextInt(2) == 0 ? -1 : 1;
        // Against a wall, outside the walking area.
        var x = alongX ? random.NextUniform(-halfX + 500, halfX - 500) : sign * (halfX - (size.X / 2));
        var y = alongX ? sign * (halfY - (size.Y / 2)) : random.NextUniform(-halfY + 500, halfY - 500);
        var middle = new Vec3(x, y, size.Z / 2);
        var colour = Rgb.FromHue(random.NextDouble(), random.NextUniform(.05, .6), random.NextUniform(.25, .85));
        return new RoomBox(middle - (.5 * size), middle + (.5 * size), colour);
    }
}

/// <summary>A square of smooth random values that tiles: the stains and cloudiness of floors and walls.</summary>
internal static class SurfaceNoise
{
    public const int Side = 256;

    /// <summary>The size of a value on a surface, mm.</summary>
    public const float Texel = 18;

    /// <summary>Values of about unit deviation, row after row.</summary>
    public static readonly float[] Values = Make();

    private static float[] Make()
    {
        var values = new float[Side * Side];
        var random = new RandomGenerator(5);
        foreach (var (cells, weight) in ((int, float)[])[(8, 1f), (32, .8f), (128, .7f)]) AddOctave(values, random, cells, weight);
        return values;
    }

    private static void AddOctave(float[] values, RandomGenerator random, int cells, float weight)
    {
        var knots = new float[cells * cells];
        for (var i = 0; i < knots.Length; i++) knots[i] = (float)random.NextUniform(-1.4, 1.4) * weight;
        var size = Side / cells;
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var (i, j) = (x / size, y / size);
                var (fx, fy) = ((float)(x % size) / size, (float)(y % size) / size);
                var (right, below) = ((i + 1) % cells, (j + 1) % cells);
                var upper = knots[(j * cells) + i] + (fx * (knots[(j * cells) + right] - knots[(j * cells) + i]));
                var lower = knots[(below * cells) + i] + (fx * (knots[(below * cells) + right] - knots[(below * cells) + i]));
                values[(y * Side) + x] += upper + (fy * (lower - upper));
            }
        }
    }
}
