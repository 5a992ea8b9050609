using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Experiments.Reports;

/// <summary>Pictures of many images of a pack side by side.</summary>
public static class ContactSheet
{
    /// <summary>
    /// Writes a PNG with images spread evenly over a pack, each enlarged to <paramref name="cell"/> pixels, with its
    /// skeleton drawn over it (blue left, orange right) if wanted.
    /// </summary>
    public static void Save(Pack pack, string path, int rows = 4, int columns = 8, int cell = 256, bool skeletons = true)
    {
        using var sheet = new Image<Rgb24>(columns * cell, rows * cell);
        var cells = rows * columns;
        for (var k = 0; k < cells && k < pack.Count; k++)
        {
            var index = (int)(((2L * k) + 1) * pack.Count / (2 * Math.Min(cells, pack.Count)));
            var area = new Rectangle(k % columns * cell, k / columns * cell, cell, cell);
            SkeletonPainter.DrawImage(sheet, area, pack.Image(index));
            if (skeletons) SkeletonPainter.DrawOverImage(sheet, area, pack.Pose(index), pack.Crop(index));
        }

        using var png = new MemoryStream();
        sheet.SaveAsPng(png);
        OutputFile.WriteBytes(path, png.ToArray());
    }
}
