using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp;

namespace PoseEngine.Experiments.Runs;

/// <summary>A model's predictions for all validation samples, N x 51 in millimetres.</summary>
public sealed record PredictionColumn(string Title, double[] Predictions);

/// <summary>
/// The sheet of validation images: a row a sample with the image under its true skeleton, then for each model the true
/// (pale) and the predicted skeleton seen from the camera and from the side.
/// </summary>
public static class PredictionSheet
{
    /// <summary>The side of a picture, and the space between two, pixels.</summary>
    internal const int Cell = 168, Gap = 6;

    private const int HeaderHeight = 44;
    private const double SideView = 90;

    /// <summary>Writes the sheet as a PNG.</summary>
    /// <param name="path">The file.</param>
    /// <param name="validation">The samples, targets in millimetres.</param>
    /// <param name="columns">The models.</param>
    /// <param name="samples">Rows at the most, spread over the validation set.</param>
    public static void Write(string path, PackSource validation, IReadOnlyList<PredictionColumn> columns, int samples)
    {
        samples = Math.Min(samples, validation.Count);
        var width = Gap + ((Cell + Gap) * (1 + (2 * columns.Count)));
        using var sheet = new Image<Rgb24>(width, HeaderHeight + ((Cell + Gap) * samples), new Rgb24(255, 255, 255));
        var image = new byte[validation.Image.Count];
        for (var row = 0; row < samples; row++)
        {
            var sample = (int)((long)row * validation.Count / samples);
            validation.CopyImage(sample, image);
            var truth = validation.Target(sample).ToArray();
            var top = HeaderHeight + (row * (Cell + Gap));
            var area = new Rectangle(Gap, top, Cell, Cell);
            SkeletonPainter.DrawImage(sheet, area, image);
            SkeletonPainter.DrawOverImage(sheet, area, truth, validation.Crop(sample));
            for (var c = 0; c < columns.Count; c++)
            {
                DrawViews(sheet, Gap + ((Cell + Gap) * (1 + (2 * c))), top, truth, Pose(columns[c], sample, truth.Length));
            }
        }
        using var stream = new MemoryStream();
        sheet.SaveAsPng(stream);
        var titles = new List<(int X, string Text)> { (Gap, "image, true pose") };
        for (var c = 0; c < columns.Count; c++) titles.Add((Gap + ((Cell + Gap) * (1 + (2 * c))), columns[c].Title));
        OutputFile.WriteBytes(path, SheetHeader.Draw(stream.ToArray(), titles));
    }

    private static float[] Pose(PredictionColumn column, int sample, int outputs)
        => [.. column.Predictions.AsSpan(sample * outputs, outputs).ToArray().Select(x => (float)x)];

    /// <summary>Draws a true and a predicted pose from the camera and, beside it, from the side.</summary>
    internal static void DrawViews(Image<Rgb24> sheet, int left, int top, float[] truth, float[] prediction)
    {
        var front = new Rectangle(left, top, Cell, Cell);
        var side = new Rectangle(left + Cell + Gap, top, Cell, Cell);
        SkeletonPainter.DrawView(sheet, front, truth, 0, SkeletonColours.Pale);
        SkeletonPainter.DrawView(sheet, front, prediction, 0, SkeletonColours.OnWhite);
        SkeletonPainter.DrawView(sheet, side, truth, SideView, SkeletonColours.Pale);
        SkeletonPainter.DrawView(sheet, side, prediction, SideView, SkeletonColours.OnWhite);
    }
}
