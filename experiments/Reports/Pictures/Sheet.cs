using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>A picture in the making: images, strokes and texts on white, or on black where skeletons shine.</summary>
internal sealed class Sheet : IDisposable
{
    /// <summary>The grey of texts that only explain.</summary>
    public const uint Soft = 0x6E6E6E;

    private const uint Opaque = 0xFF000000;

    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;

    /// <summary>An empty sheet of some size in pixels.</summary>
    public Sheet(int width, int height, uint colour = 0xFFFFFF)
    {
        _bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        _canvas = new SKCanvas(_bitmap);
        _canvas.Clear(new SKColor(Opaque | colour));
    }

    public int Width => _bitmap.Width;

    public int Height => _bitmap.Height;

    /// <summary>A pixel as 0xRRGGBB.</summary>
    public uint this[int x, int y] => (uint)_bitmap.GetPixel(x, y) & ~Opaque;

    public SKRectI Area => new(0, 0, Width, Height);

    public static SKRectI Square(int left, int top, int side) => SKRectI.Create(left, top, side, side);

    /// <summary>Draws a line with round ends, clipped to an area; one of no length is a dot. Ends that are not finite, as a diverged
    /// prediction gives, draw nothing.</summary>
    public void Line(SKRectI area, double x0, double y0, double x1, double y1, double width, uint colour)
    {
        if (!double.IsFinite(x0 + y0 + x1 + y1)) return;
        using var paint = new SKPaint { Color = new SKColor(Opaque | colour), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = (float)width, StrokeCap = SKStrokeCap.Round };
        _canvas.Save();
        _canvas.ClipRect(area);
        _canvas.DrawLine((float)x0, (float)y0, (float)x1, (float)y1, paint);
        _canvas.Restore();
    }

    /// <summary>Fills an area with a square image (RGB bytes), enlarged without smoothing.</summary>
    public void Image(SKRectI area, ReadOnlySpan<byte> rgb)
    {
        var side = (int)Math.Sqrt(rgb.Length / 3);
        using var image = new SKBitmap(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = image.GetPixelSpan();
        for (var i = 0; i < side * side; i++)
        {
            rgb.Slice(3 * i, 3).CopyTo(pixels[(4 * i)..]);
            pixels[(4 * i) + 3] = byte.MaxValue;
        }
        using var drawn = SKImage.FromBitmap(image);
        _canvas.DrawImage(drawn, area, new SKSamplingOptions(SKFilterMode.Nearest));
    }

    /// <summary>Writes a line of text in the font of the figures; a light rim keeps it readable on an image.</summary>
    public void Text(double x, double y, string text, double size = 13, bool bold = false, uint colour = 0x222222, bool halo = false)
    {
        using var font = Font(size, bold);
        using var paint = new SKPaint { Color = SKColors.White.WithAlpha(220), IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 3 };
        if (halo) _canvas.DrawText(text, (float)x, (float)y, font, paint);
        (paint.Color, paint.Style) = (new SKColor(Opaque | colour), SKPaintStyle.Fill);
        _canvas.DrawText(text, (float)x, (float)y, font, paint);
    }

    /// <summary>A text cut to a width in pixels, with three dots at its end where something is missing.</summary>
    public static string Fitted(string text, double width, double size, bool bold = false)
    {
        using var font = Font(size, bold);
        if (font.MeasureText(text) <= width) return text;
        var length = text.Length;
        while (length > 0 && font.MeasureText(text[..length] + "...") > width) length--;
        return text[..length] + "...";
    }

    public byte[] Png()
    {
        _canvas.Flush();
        using var data = _bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private static SKFont Font(double size, bool bold) => new(bold ? ReportFont.Bold : ReportFont.Regular, (float)size);
}
