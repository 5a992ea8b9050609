namespace PoseEngine.Experiments.Predictions;

/// <summary>Which square of a picture the network is to see.</summary>
/// <param name="wanted">A box that --box names, or null for the whole picture.</param>
internal sealed class CropBox(PixelBox? wanted)
{
    private const double Most = 100_000;

    /// <summary>Reads "x,y,w,h", pixels; null means the whole picture.</summary>
    /// <exception cref="UserErrorException">It is something else, or the box has no area.</exception>
    public static CropBox Parse(string? text)
    {
        if (text is null) return new CropBox(null);
        var words = text.Split(',');
        var values = new double[4];
        if (words.Length != 4) throw Bad(text, $"has {words.Length} numbers");
        for (var i = 0; i < 4; i++)
        {
            if (!double.TryParse(words[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i])) throw Bad(text, $"has \"{words[i]}\", which is no number");
            if (!(Math.Abs(values[i]) <= Most)) throw Bad(text, $"has {words[i]}, beyond {Most} pixels");
        }
        if (!(values[2] >= 1 && values[3] >= 1)) throw Bad(text, "has a side below 1 pixel");
        return new CropBox(new PixelBox(values[0], values[1], values[2], values[3]));
    }

    /// <summary>The square to cut out: around the box, in its middle, so that nobody is squeezed.</summary>
    /// <exception cref="UserErrorException">The box does not meet the picture.</exception>
    public PixelBox SquareOf(RgbImage image, string name)
    {
        if (wanted is not { } box) return image.Squared();
        if (box.Left >= image.Width || box.Top >= image.Height || box.Left + box.Width <= 0 || box.Top + box.Height <= 0)
        {
            throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture,
                $"--box {box.Left},{box.Top},{box.Width},{box.Height} lies outside of {name}, which has {image.Width} x {image.Height} pixels; give a box around the person"));
        }
        var side = Math.Max(box.Width, box.Height);
        return new PixelBox(box.Left + ((box.Width - side) / 2), box.Top + ((box.Height - side) / 2), side, side);
    }

    private static UserErrorException Bad(string text, string what)
        => new($"--box {text} {what}; give x,y,w,h in pixels: the upper left corner, width and height of the person's box");
}
