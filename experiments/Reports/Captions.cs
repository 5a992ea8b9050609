using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>A line of text on a picture.</summary>
/// <param name="X">Its left edge, pixels.</param>
/// <param name="Y">Its base line, pixels.</param>
/// <param name="Text">What it says.</param>
/// <param name="Size">The size of the font, pixels.</param>
/// <param name="Bold">Whether it is bold.</param>
/// <param name="Colour">0xRRGGBB; dark grey unless said.</param>
/// <param name="Halo">Whether a light rim keeps it readable on an image.</param>
internal sealed record Caption(double X, double Y, string Text, double Size = 13, bool Bold = false, uint Colour = 0x222222, bool Halo = false);

/// <summary>Writes text over finished pictures, in the font of the figures.</summary>
internal static class Captions
{
    /// <summary>Adds captions to a PNG and returns the new PNG.</summary>
    public static byte[] Draw(byte[] png, IReadOnlyList<Caption> captions)
    {
        using var bitmap = SKBitmap.Decode(png);
        using (var canvas = new SKCanvas(bitmap))
        {
            foreach (var caption in captions) Draw(canvas, caption);
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>A text cut to a width in pixels, with three dots at its end where something is missing.</summary>
    public static string Fitted(string text, double width, double size, bool bold = false)
    {
        using var font = new SKFont(bold ? ReportFont.Bold : ReportFont.Regular, (float)size);
        if (font.MeasureText(text) <= width) return text;
        var length = text.Length;
        while (length > 0 && font.MeasureText(text[..length] + "...") > width) length--;
        return text[..length] + "...";
    }

    private static void Draw(SKCanvas canvas, Caption caption)
    {
        using var font = new SKFont(caption.Bold ? ReportFont.Bold : ReportFont.Regular, (float)caption.Size);
        if (caption.Halo)
        {
            using var rim = new SKPaint { Color = SKColors.White.WithAlpha(220), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 3 };
            canvas.DrawText(caption.Text, (float)caption.X, (float)caption.Y, font, rim);
        }
        using var ink = new SKPaint { Color = new SKColor(0xFF000000 | caption.Colour), IsAntialias = true };
        canvas.DrawText(caption.Text, (float)caption.X, (float)caption.Y, font, ink);
    }
}
