namespace PoseEngine.Experiments.Runs;

/// <summary>A model's predictions for all validation samples, N x 51 in millimetres.</summary>
internal sealed record PredictionColumn(string Title, double[] Predictions);

/// <summary>The sheet of validation images: a row a sample with the image under its true skeleton, then for each model the true (pale) and
/// the predicted skeleton seen from the camera and from the side.</summary>
internal static class PredictionSheet
{
    /// <summary>The side of a picture, the space between two, and the width that a picture takes, pixels.</summary>
    internal const int Cell = 168, Gap = 6, Step = Cell + Gap;

    private const int HeaderHeight = 44;
    private const double SideView = 90;

    /// <summary>Writes the sheet as a PNG.</summary>
    /// <param name="validation">The samples, targets in millimetres.</param>
    /// <param name="samples">Rows at the most, spread over the validation set.</param>
    public static void Write(string path, PackSource validation, IReadOnlyList<PredictionColumn> columns, int samples)
    {
        samples = Math.Min(samples, validation.Count);
        static int Left(int column) => Gap + (Step * (1 + (2 * column)));
        using var sheet = new Sheet(Left(columns.Count), HeaderHeight + (Step * samples));
        sheet.Text(Gap, 18, "image, true pose", 13, bold: true, 0x1E1E1E);
        for (var c = 0; c < columns.Count; c++)
        {
            sheet.Text(Left(c), 18, Sheet.Fitted(columns[c].Title, 2 * Cell, 13, bold: true), 13, bold: true, 0x1E1E1E);
            sheet.Text(Left(c), 35, ViewsTitle, 11, colour: Sheet.Soft);
        }
        for (var row = 0; row < samples; row++)
        {
            var sample = (int)((long)row * validation.Count / samples);
            var top = HeaderHeight + (row * Step);
            DrawImage(sheet, Gap, top, validation, sample);
            for (var c = 0; c < columns.Count; c++) DrawViews(sheet, Left(c), top, validation, sample, columns[c].Predictions);
        }
        OutputFile.WriteBytes(path, sheet.Png());
    }

    internal const string ViewsTitle = "predicted over true (pale), from the camera and from the side";

    /// <summary>Draws an image under its true pose.</summary>
    internal static void DrawImage(Sheet sheet, int left, int top, PackSource source, int sample)
    {
        var image = new byte[source.Image.Count];
        source.CopyImage(sample, image);
        sheet.Image(Sheet.Square(left, top, Cell), image);
        SkeletonPainter.DrawOverImage(sheet, Sheet.Square(left, top, Cell), source.Target(sample), source.Crop(sample));
    }

    /// <summary>Draws the true and the predicted pose of a sample from the camera and, beside it, from the side.</summary>
    internal static void DrawViews(Sheet sheet, int left, int top, PackSource source, int sample, double[] predictions)
    {
        var truth = source.Target(sample);
        float[] predicted = [.. predictions.Skip(sample * truth.Length).Take(truth.Length).Select(x => (float)x)];
        foreach (var (azimuth, x) in new[] { (0, left), (SideView, left + Step) })
        {
            var area = Sheet.Square(x, top, Cell);
            SkeletonPainter.DrawView(sheet, area, truth, azimuth, SkeletonColours.Pale);
            SkeletonPainter.DrawView(sheet, area, predicted, azimuth, SkeletonColours.OnWhite);
        }
    }
}
