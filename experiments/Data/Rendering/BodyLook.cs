namespace PoseEngine.Experiments.Data;

/// <summary>A colour in linear light, each channel in [0, 1].</summary>
public readonly record struct Rgb(float R, float G, float B)
{
    /// <summary>From display values 0-255; squaring stands in for the display curve, as the renderer's root does.</summary>
    public static Rgb FromDisplay(double r, double g, double b) => new((float)(r * r / 65025), (float)(g * g / 65025), (float)(b * b / 65025));

    /// <summary>From hue in turns, saturation and value in [0, 1], as display values.</summary>
    public static Rgb FromHue(double hue, double saturation, double value)
    {
        double Channel(double offset)
        {
            var ramp = Math.Abs((((hue + offset) % 1) * 6) - 3) - 1;
            return 255 * value * (1 - saturation + (saturation * Math.Clamp(ramp, 0, 1)));
        }
        return FromDisplay(Channel(1), Channel(2.0 / 3), Channel(1.0 / 3));
    }

    public static Rgb operator *(Rgb c, float s) => new(c.R * s, c.G * s, c.B * s);

    public static Rgb Blend(Rgb a, Rgb b, float share) => new(a.R + (share * (b.R - a.R)), a.G + (share * (b.G - a.G)), a.B + (share * (b.B - a.B)));
}

public enum ClothPattern
{
    Plain, Stripes, Checks,
}

/// <param name="SleeveLength">The covered share of upper arm (0-1) and forearm (1-2).</param>
/// <param name="TrouserLength">The covered share of thigh (0-1) and shank (1-2).</param>
public sealed record Outfit(
    Rgb Shirt, Rgb ShirtSecond, ClothPattern ShirtPattern, double StripeWidth, double SleeveLength,
    Rgb Trousers, double TrouserLength, Rgb Shoes, Rgb ShoeTips, Rgb Skin, Rgb Hair);

public sealed record BodyLook(double Girth, Outfit Outfit)
{
    public static BodyLook Draw(RandomGenerator random)
    {
        var girth = Math.Clamp(1 + (.12 * random.NextNormal()), .82, 1.25);
        var hue = random.NextDouble();
        var shirt = Rgb.FromHue(hue, random.NextUniform(.15, .85), random.NextUniform(.35, .95));
        var second = random.NextInt(2) == 0 ? shirt * .4f : Rgb.FromHue(hue + random.NextUniform(.2, .8), random.NextUniform(.1, .6), random.NextUniform(.5, .95));
        var pattern = (ClothPattern)random.NextInt(3);
        var stripe = random.NextUniform(45, 90);
        // Half of the people wear short sleeves, a quarter shorts.
        var sleeves = random.NextInt(2) == 0 ? random.NextUniform(.45, .75) : random.NextUniform(1.7, 1.95);
        var trousers = Rgb.FromHue(random.NextUniform(.5, 1.15), random.NextUniform(.1, .6), random.NextUniform(.15, .6));
        var length = random.NextInt(4) == 0 ? random.NextUniform(.75, .95) : random.NextUniform(1.75, 1.95);
        var shoe = random.NextUniform(30, 130);
        var tan = random.NextDouble();
        var skin = Rgb.FromDisplay(230 - (120 * tan), 185 - (105 * tan), 160 - (100 * tan));
        Rgb[] hairs = [Rgb.FromDisplay(32, 26, 24), Rgb.FromDisplay(70, 46, 30), Rgb.FromDisplay(120, 84, 46), Rgb.FromDisplay(60, 58, 58)];
        return new BodyLook(girth, new Outfit(
            shirt, second, pattern, stripe, sleeves, trousers, length, Rgb.FromDisplay(shoe, shoe, shoe * 1.05),
            Rgb.FromDisplay(235, 232, 225), skin, hairs[random.NextInt(hairs.Length)]));
    }
}
