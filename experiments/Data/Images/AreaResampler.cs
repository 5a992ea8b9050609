namespace PoseEngine.Experiments.Data.Images;

/// <summary>Cuts a box out of a picture and brings it to 128 x 128 pixels. Each new pixel is the mean of the area that it covers, so that
/// nothing aliases however small the picture gets; outside of the picture its nearest edge pixel goes on.</summary>
public static class AreaResampler
{
    private const int Side = CropGeometry.Pixels;

    // Far beyond any picture; further out, neighbouring borders of pixels would no longer differ.
    private const double Furthest = 1e7;

    /// <param name="box">The part to show, pixels of the picture; it may reach outside.</param>
    /// <param name="target">128 x 128 x 3 bytes, RGB.</param>
    public static void Crop(RgbImage image, PixelBox box, Span<byte> target)
    {
        if (target.Length != WalkerImage.ByteCount)
            throw new ArgumentException($"a target of {WalkerImage.ByteCount} bytes is needed, got {target.Length}", nameof(target));
        var columns = Spans(box.Left, box.Width, image.Width);
        var rows = Spans(box.Top, box.Height, image.Height);
        var sums = new float[3 * Side];
        for (var y = 0; y < Side; y++)
        {
            Array.Clear(sums);
            foreach (var (row, share) in rows[y]) AddRow(image.Pixels.AsSpan(3 * row * image.Width, 3 * image.Width), columns, share, sums);
            var line = target.Slice(3 * Side * y, 3 * Side);
            for (var i = 0; i < line.Length; i++) line[i] = (byte)Math.Clamp(sums[i] + 0.5f, 0, 255);
        }
    }

    private static void AddRow(ReadOnlySpan<byte> row, (int At, float Share)[][] columns, float share, float[] sums)
    {
        for (var x = 0; x < Side; x++)
        {
            float red = 0, green = 0, blue = 0;
            foreach (var (column, part) in columns[x])
            {
                red += part * row[3 * column];
                green += part * row[(3 * column) + 1];
                blue += part * row[(3 * column) + 2];
            }
            sums[3 * x] += share * red;
            sums[(3 * x) + 1] += share * green;
            sums[(3 * x) + 2] += share * blue;
        }
    }

    /// <summary>For each of the 128 new pixels along one axis: the old ones that it covers and their shares, which add up to 1.</summary>
    private static (int At, float Share)[][] Spans(double start, double length, int extent)
    {
        if (!(length > 1e-3) || !(Math.Abs(start) <= Furthest) || !(length <= Furthest))
            throw new ArgumentException($"a box from {start} of length {length} has no area or lies beyond {Furthest} pixels");
        var spans = new (int, float)[Side][];
        for (var i = 0; i < Side; i++) spans[i] = Span(start + (length * i / Side), start + (length * (i + 1) / Side), extent);
        return spans;
    }

    private static (int At, float Share)[] Span(double from, double to, int extent)
    {
        // Everything left of the picture counts as its first pixel, everything right of it as its last one.
        var first = (int)Math.Clamp(Math.Floor(from), 0, extent - 1);
        var last = (int)Math.Clamp(Math.Ceiling(to) - 1, first, extent - 1);
        var span = new (int At, float Share)[last - first + 1];
        for (var at = first; at <= last; at++)
        {
            var left = at == first ? from : Math.Max(from, at);
            var right = at == last ? to : Math.Min(to, at + 1);
            span[at - first] = (at, (float)((right - left) / (to - from)));
        }
        return span;
    }
}

/// <summary>A decoded picture: rows from the top, each of width x 3 bytes, red, green, blue.</summary>
public sealed class RgbImage
{
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
