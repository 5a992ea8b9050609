namespace PoseEngine.Experiments.Data.Images;

/// <summary>A decoded picture: rows from the top, each of width x 3 bytes, red, green, blue.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps the pixels of a picture.</summary>
    /// <exception cref="ArgumentException">There are not width x height x 3 bytes, or a side is below 1.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (pixels.LongLength != 3L * width * height)
            throw new ArgumentException($"{width} x {height} pixels need {3L * width * height} bytes, got {pixels.LongLength}", nameof(pixels));
        (Width, Height, Pixels) = (width, height, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    public byte[] Pixels { get; }

    /// <summary>The smallest square around the whole picture, in its middle.</summary>
    public PixelBox Squared()
    {
        double side = Math.Max(Width, Height);
        return new PixelBox((Width - side) / 2, (Height - side) / 2, side, side);
    }
}

/// <summary>A rectangle in pixels of a picture: (0, 0) is the upper left corner of the first pixel, (1, 1) its lower right one. It may
/// reach outside.</summary>
public readonly record struct PixelBox(double Left, double Top, double Width, double Height);
