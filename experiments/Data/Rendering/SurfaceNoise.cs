namespace PoseEngine.Experiments.Data;

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
        foreach (var (cells, weight) in ((int, float)[])[(8, 1f), (32, .8f), (128, .7f)])
            AddOctave(values, random, cells, weight);
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
