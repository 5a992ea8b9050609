using SkiaSharp;

namespace PoseEngine.Experiments.Predictions;

/// <summary>The picture of a prediction: what the network saw, the same under the predicted skeleton, the skeleton from the camera and from
/// the person's side, and the six constraint values.</summary>
internal static class PredictionPicture
{
    private const int Cell = 384;
    private const int Gap = 14;
    private const int Header = 66;
    private const int Footer = 92;
    private const double SideView = 90;

    private static readonly string[] Titles =
        ["as the network sees it", "the picture under the predicted pose", "3D, from the camera", "3D, from the camera's left"];

    /// <summary>Draws it as PNG.</summary>
    /// <param name="crop">128 x 128 x 3 bytes, as the network sees it.</param>
    /// <param name="sharp">The same part of the picture, <see cref="Cell"/> x <see cref="Cell"/> x 3 bytes.</param>
    public static byte[] Draw(PosePrediction prediction, ReadOnlySpan<byte> crop, ReadOnlySpan<byte> sharp)
    {
        using var sheet = new Sheet(Gap + (Titles.Length * (Cell + Gap)), Header + Cell + Footer);
        float[] pose = [.. prediction.Pose.Select(x => (float)x)];
        sheet.Image(Area(0), crop);
        sheet.Image(Area(1), sharp);
        // The place of the pelvis is not predicted: the skeleton stands where training images had it.
        SkeletonPainter.DrawOverImage(sheet, Area(1), pose, CropGeometry.Orthographic, width: 4);
        var extent = Extent(pose);
        foreach (var (area, azimuth) in new[] { (Area(2), 0), (Area(3), SideView) })
        {
            DrawGrid(sheet, area, extent);
            SkeletonPainter.DrawView(sheet, area, pose, azimuth, width: 4, millimetres: extent);
        }
        DrawTexts(sheet, prediction);
        return sheet.Png();
    }

    private static SKRectI Area(int column) => Sheet.Square(Gap + (column * (Cell + Gap)), Header, Cell);

    /// <summary>A part of a picture at the size of a cell.</summary>
    public static byte[] Sharp(RgbImage image, PixelBox box)
    {
        const int tiles = Cell / CropGeometry.Pixels;
        var tile = new byte[WalkerImage.ByteCount];
        var sharp = new byte[3 * Cell * Cell];
        for (var i = 0; i < tiles * tiles; i++)
        {
            var (row, column) = (i / tiles, i % tiles);
            var part = new PixelBox(box.Left + (box.Width * column / tiles), box.Top + (box.Height * row / tiles), box.Width / tiles, box.Height / tiles);
            AreaResampler.Crop(image, part, tile);
            const int line = 3 * CropGeometry.Pixels;
            for (var y = 0; y < CropGeometry.Pixels; y++)
            {
                tile.AsSpan(y * line, line).CopyTo(sharp.AsSpan((3 * Cell * ((row * CropGeometry.Pixels) + y)) + (column * line)));
            }
        }
        return sharp;
    }

    /// <summary>What the views have to show so that the whole skeleton is in both, mm.</summary>
    private static double Extent(ReadOnlySpan<float> pose)
    {
        const double usual = SkeletonPainter.ViewMillimetres, most = 20_000, margin = 1.08;
        var extent = usual;
        for (var j = 0; j < Skeleton.JointCount; j++)
        {
            double across = Math.Max(Math.Abs(pose[3 * j]), Math.Abs(pose[(3 * j) + 2])), down = pose[(3 * j) + 1];
            var vertical = down < 0 ? -down / SkeletonPainter.PelvisHeight : down / (1 - SkeletonPainter.PelvisHeight);
            extent = Math.Max(extent, margin * Math.Max(2 * across, vertical));
        }
        // Not a number stays out of it: such a skeleton draws nothing.
        return extent <= most ? extent : most;
    }

    /// <summary>Lines half a metre apart through the pelvis, in the scale of <see cref="SkeletonPainter.DrawView"/>.</summary>
    private static void DrawGrid(Sheet sheet, SKRectI area, double extent)
    {
        var step = 500 * area.Width / extent;
        var lines = (int)(extent / 500);
        var (x, y) = (area.Left + (area.Width / 2.0), area.Top + (SkeletonPainter.PelvisHeight * area.Height));
        for (var i = -lines; i <= lines; i++)
        {
            var colour = i == 0 ? 0xCDD2D8u : 0xE6E9EDu;
            sheet.Line(area, x + (i * step), area.Top, x + (i * step), area.Bottom, 1.2, colour);
            sheet.Line(area, area.Left, y + (i * step), area.Right, y + (i * step), 1.2, colour);
        }
        (double X, double Y)[] corners = [(area.Left + .5, area.Top + .5), (area.Right - .5, area.Top + .5), (area.Right - .5, area.Bottom - .5), (area.Left + .5, area.Bottom - .5)];
        for (var i = 0; i < 4; i++) sheet.Line(area, corners[i].X, corners[i].Y, corners[(i + 1) % 4].X, corners[(i + 1) % 4].Y, 1, 0xBEC4CC);
    }

    private static void DrawTexts(Sheet sheet, PosePrediction prediction)
    {
        var box = prediction.Box;
        void Grey(double x, double y, string text) => sheet.Text(x, y, text, colour: Sheet.Soft);
        sheet.Text(Gap, 25, Sheet.Fitted(Path.GetFileName(prediction.File), sheet.Width - (2 * Gap), 18, bold: true), 18, bold: true);
        for (var i = 0; i < Titles.Length; i++) Grey(Area(i).Left, Header - 10, Titles[i]);
        var y = Header + Cell + 24;
        var size = $"{prediction.Width} x {prediction.Height} pixels, square of {box.Width:0.#} pixels at ({box.Left:0.#}, {box.Top:0.#})";
        Grey(Gap, y, Sheet.Fitted(size, (2 * Cell) + Gap, 13));
        foreach (var (left, side, colour) in new[] { (0, "left", SkeletonColours.OnWhite.Left), (130, "right", SkeletonColours.OnWhite.Right) })
        {
            var x = Area(2).Left + left;
            sheet.Line(sheet.Area, x, y - 4, x + 22, y - 4, 4, colour);
            Grey(x + 30, y, $"person's {side}");
        }
        Grey(Area(3).Left, y, "grid: half a metre; the camera looks from the left");
        Grey(Gap, y + 31, $"{MetricColumns.SignedViolation}, {MetricColumns.Violation.Unit}");
        var names = ConstraintNames.Of(prediction.Constraints.Length);
        for (var c = 0; c < names.Count; c++)
        {
            var x = Gap + ((c + 1) * ((sheet.Width - (2 * Gap)) / (names.Count + 1)));
            Grey(x, y + 26, names[c]);
            sheet.Text(x, y + 50, Num.Signed(prediction.Constraints[c]), 19, bold: true);
        }
    }
}
