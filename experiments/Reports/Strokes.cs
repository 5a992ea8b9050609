using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Experiments.Reports;

/// <summary>Anti-aliased strokes with round ends.</summary>
public static class Strokes
{
    /// <summary>
    /// Draws a line of some width in pixels, clipped to an area; a line of no length is a dot. Ends that are not
    /// finite, as a diverged prediction gives, draw nothing.
    /// </summary>
    public static void Line(
        Image<Rgb24> picture, Rectangle area, double x0, double y0, double x1, double y1, double width, Rgb24 colour)
    {
        if (!double.IsFinite(x0 + y0 + x1 + y1)) return;
        var clip = Rectangle.Intersect(area, new Rectangle(0, 0, picture.Width, picture.Height));
        var reach = (width / 2) + 1;
        var left = (int)Math.Max(clip.Left, Math.Floor(Math.Min(x0, x1) - reach));
        var right = (int)Math.Min(clip.Right, Math.Ceiling(Math.Max(x0, x1) + reach));
        var top = (int)Math.Max(clip.Top, Math.Floor(Math.Min(y0, y1) - reach));
        var bottom = (int)Math.Min(clip.Bottom, Math.Ceiling(Math.Max(y0, y1) + reach));
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var distance = Distance(x + .5, y + .5, x0, y0, x1, y1);
                var share = Math.Clamp((width / 2) + .5 - distance, 0, 1);
                if (share > 0) picture[x, y] = Blend(picture[x, y], colour, share);
            }
        }
    }

    private static double Distance(double x, double y, double x0, double y0, double x1, double y1)
    {
        var (dx, dy) = (x1 - x0, y1 - y0);
        var square = (dx * dx) + (dy * dy);
        var share = square > 0 ? Math.Clamp((((x - x0) * dx) + ((y - y0) * dy)) / square, 0, 1) : 0;
        var (ex, ey) = (x - x0 - (share * dx), y - y0 - (share * dy));
        return Math.Sqrt((ex * ex) + (ey * ey));
    }

    private static Rgb24 Blend(Rgb24 below, Rgb24 above, double share)
    {
        byte Mix(byte a, byte b) => (byte)Math.Round(a + (share * (b - a)));
        return new Rgb24(Mix(below.R, above.R), Mix(below.G, above.G), Mix(below.B, above.B));
    }
}
