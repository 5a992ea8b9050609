using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace PoseEngine.Experiments.Predictions;

/// <summary>
/// The picture of a prediction: what the network saw, the same under the predicted skeleton, the skeleton from the camera
/// and from the person's side, and the six constraint values.
/// </summary>
internal static class PredictionPicture
{
    private const int Cell = 384;
    private const int Gap = 14;
    private const int Header = 66;
    private const int Footer = 92;
    private const double SideView = 90;
    private const uint Soft = 0x6E6E6E;

    private static readonly string[] Titles =
        ["as the network sees it", "the picture under the predicted pose", "3D, from the camera", "3D, from the camera's left"];

    /// <summary>Draws it as PNG.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <param name="crop">128 x 128 x 3 bytes, as the network sees it.</param>
    /// <param name="sharp">The same part of the picture, <see cref="Cell"/> x <see cref="Cell"/> x 3 bytes.</param>
    public static byte[] Draw(PosePrediction prediction, ReadOnlySpan<byte> crop, ReadOnlySpan<byte> sharp)
    {
        using var sheet = new Image<Rgb24>(Gap + (Titles.Length * (Cell + Gap)), Header + Cell + Footer, new Rgb24(255, 255, 255));
        float[] pose = [.. prediction.Pose.Select(x => (float)x)];
        SkeletonPainter.DrawImage(sheet, Area(0), crop);
        Copy(sheet, Area(1), sharp);
        // The place of the pelvis is not predicted: the skeleton stands where training images had it.
        SkeletonPainter.DrawOverImage(sheet, Area(1), pose, CropGeometry.Orthographic, width: 4);
        var extent = Extent(pose);
        DrawGrid(sheet, Area(2), extent);
        SkeletonPainter.DrawView(sheet, Area(2), pose, 0, width: 4, millimetres: extent);
        DrawGrid(sheet, Area(3), extent);
        SkeletonPainter.DrawView(sheet, Area(3), pose, SideView, width: 4, millimetres: extent);
        DrawLegend(sheet);
        using var png = new MemoryStream();
        sheet.SaveAsPng(png);
        return Captions.Draw(png.ToArray(), [.. Texts(prediction, sheet.Width)]);
    }

    private static Rectangle Area(int column) => new(Gap + (column * (Cell + Gap)), Header, Cell, Cell);

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

    private static void Copy(Image<Rgb24> sheet, Rectangle area, ReadOnlySpan<byte> rgb)
    {
        for (var i = 0; i < area.Width * area.Height; i++)
        {
            sheet[area.X + (i % area.Width), area.Y + (i / area.Width)] = new Rgb24(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
        }
    }

    /// <summary>Lines half a metre apart through the pelvis, in the scale of <see cref="SkeletonPainter.DrawView"/>.</summary>
    private static void DrawGrid(Image<Rgb24> sheet, Rectangle area, double extent)
    {
        var step = 500 * area.Width / extent;
        var lines = (int)(extent / 500);
        var (x, y) = (area.X + (area.Width / 2.0), area.Y + (SkeletonPainter.PelvisHeight * area.Height));
        for (var i = -lines; i <= lines; i++)
        {
            var colour = i == 0 ? new Rgb24(205, 210, 216) : new Rgb24(230, 233, 237);
            Strokes.Line(sheet, area, x + (i * step), area.Top, x + (i * step), area.Bottom, 1.2, colour);
            Strokes.Line(sheet, area, area.Left, y + (i * step), area.Right, y + (i * step), 1.2, colour);
        }
        var edge = new Rgb24(190, 196, 204);
        var (left, top, right, bottom) = (area.Left + .5, area.Top + .5, area.Right - .5, area.Bottom - .5);
        Strokes.Line(sheet, area, left, top, right, top, 1, edge);
        Strokes.Line(sheet, area, right, top, right, bottom, 1, edge);
        Strokes.Line(sheet, area, right, bottom, left, bottom, 1, edge);
        Strokes.Line(sheet, area, left, bottom, left, top, 1, edge);
    }

    private static void DrawLegend(Image<Rgb24> sheet)
    {
        var y = Header + Cell + 24;
        var all = new Rectangle(0, 0, sheet.Width, sheet.Height);
        var x = Area(2).X;
        Strokes.Line(sheet, all, x, y - 4, x + 22, y - 4, 4, SkeletonColours.OnWhite.Left);
        Strokes.Line(sheet, all, x + 130, y - 4, x + 152, y - 4, 4, SkeletonColours.OnWhite.Right);
    }

    private static IEnumerable<Caption> Texts(PosePrediction prediction, int width)
    {
        var box = prediction.Box;
        yield return new Caption(Gap, 25, Captions.Fitted(Path.GetFileName(prediction.File), width - (2 * Gap), 18, bold: true), 18, Bold: true);
        var size = string.Create(CultureInfo.InvariantCulture, $"{prediction.Width} x {prediction.Height} pixels, square of {box.Width:0.#} pixels at ({box.Left:0.#}, {box.Top:0.#})");
        for (var i = 0; i < Titles.Length; i++) yield return new Caption(Area(i).X, Header - 10, Titles[i], 13, Colour: Soft);
        var y = Header + Cell + 24;
        yield return new Caption(Gap, y, Captions.Fitted(size, (2 * Cell) + Gap, 13), 13, Colour: Soft);
        yield return new Caption(Area(2).X + 30, y, "person's left", 13, Colour: Soft);
        yield return new Caption(Area(2).X + 160, y, "person's right", 13, Colour: Soft);
        yield return new Caption(Area(3).X, y, "grid: half a metre; the camera looks from the left", 13, Colour: Soft);
        yield return new Caption(Gap, y + 31, "left minus right, mm", 13, Colour: Soft);
        var column = (width - (2 * Gap)) / (LimbSymmetry.PaperNames.Count + 1);
        for (var c = 0; c < LimbSymmetry.PaperNames.Count; c++)
        {
            var x = Gap + ((c + 1) * column);
            yield return new Caption(x, y + 26, $"C{c + 1} {LimbSymmetry.PaperNames[c]}", 13, Colour: Soft);
            yield return new Caption(x, y + 50, prediction.Constraints[c].ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture), 19, Bold: true);
        }
    }
}
