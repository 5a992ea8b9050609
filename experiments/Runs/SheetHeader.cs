using SkiaSharp;

namespace PoseEngine.Experiments.Runs;

/// <summary>Writes column titles over a sheet of pictures, in the font of the figures.</summary>
internal static class SheetHeader
{
    /// <summary>Adds titles to a PNG and returns the new PNG.</summary>
    /// <param name="png">The sheet, with room for the titles at its top.</param>
    /// <param name="titles">The left edge and the text of each column; the lower line explains the colours.</param>
    public static byte[] Draw(byte[] png, IReadOnlyList<(int X, string Text)> titles)
    {
        using var bitmap = SKBitmap.Decode(png);
        using (var canvas = new SKCanvas(bitmap))
        {
            using var bold = new SKFont(ReportFont.Bold, 13);
            using var regular = new SKFont(ReportFont.Regular, 11);
            using var dark = new SKPaint { Color = new SKColor(30, 30, 30), IsAntialias = true };
            using var grey = new SKPaint { Color = new SKColor(110, 110, 110), IsAntialias = true };
            for (var i = 0; i < titles.Count; i++)
            {
                canvas.DrawText(titles[i].Text, titles[i].X, 18, bold, dark);
                if (i > 0) canvas.DrawText("predicted over true (pale), from the camera and from the side", titles[i].X, 35, regular, grey);
            }
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}
