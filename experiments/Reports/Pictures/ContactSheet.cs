namespace PoseEngine.Experiments.Reports;

/// <summary>Pictures of many images of a pack side by side.</summary>
internal static class ContactSheet
{
    /// <summary>
    /// Writes a PNG with images spread evenly over a pack, each enlarged to <paramref name="cell"/> pixels, with its
    /// skeleton drawn over it (blue left, orange right) if wanted.
    /// </summary>
    public static void Save(Pack pack, string path, int rows = 4, int columns = 8, int cell = 256, bool skeletons = true)
    {
        using var sheet = new Sheet(columns * cell, rows * cell, 0);
        var shown = Math.Min(rows * columns, pack.Count);
        for (var k = 0; k < shown; k++)
        {
            var index = (int)(((2L * k) + 1) * pack.Count / (2 * shown));
            var area = Sheet.Square(k % columns * cell, k / columns * cell, cell);
            sheet.Image(area, pack.Image(index));
            if (skeletons) SkeletonPainter.DrawOverImage(sheet, area, pack.Pose(index), pack.Crop(index));
        }
        OutputFile.WriteBytes(path, sheet.Png());
    }
}
