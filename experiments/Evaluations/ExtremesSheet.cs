using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp;

namespace PoseEngine.Experiments.Evaluations;

/// <summary>
/// The worst, the middle and the best predictions side by side: the image under its true skeleton, then the true (pale) and
/// the predicted skeleton from the camera and from the side.
/// </summary>
internal static class ExtremesSheet
{
    private const int Rows = 4;
    private const int Gap = PredictionSheet.Gap;
    private const int Cell = PredictionSheet.Cell;
    private const int Block = 3 * (Cell + Gap);
    private const int BlockGap = 26;
    private const int Header = 48;

    /// <summary>Draws the sheet as PNG.</summary>
    public static byte[] Draw(SubsetEvaluation subset)
    {
        int[] order = [.. Enumerable.Range(0, subset.Model.Samples).OrderBy(k => subset.Model.SampleErrors[k])];
        var rows = Math.Min(Rows, order.Length);
        var middle = (order.Length - rows) / 2;
        (string Title, int[] Samples)[] blocks =
        [
            ("worst", [.. order.Reverse().Take(rows)]), ("around the median", order[middle..(middle + rows)]), ("best", order[..rows]),
        ];
        using var sheet = new Image<Rgb24>(Gap + (3 * Block) + (2 * BlockGap), Header + (rows * (Cell + Gap)), new Rgb24(255, 255, 255));
        var captions = new List<Caption>();
        for (var b = 0; b < blocks.Length; b++)
        {
            var left = Gap + (b * (Block + BlockGap));
            captions.Add(new Caption(left, 19, $"{blocks[b].Title}", 15, Bold: true));
            captions.Add(new Caption(left, 37, "image, true pose", 11, Colour: 0x6E6E6E));
            captions.Add(new Caption(left + Cell + Gap, 37, "predicted over true (pale), from the camera and from the side", 11, Colour: 0x6E6E6E));
            for (var row = 0; row < rows; row++) DrawSample(sheet, captions, subset, blocks[b].Samples[row], left, Header + (row * (Cell + Gap)));
        }
        using var png = new MemoryStream();
        sheet.SaveAsPng(png);
        return Captions.Draw(png.ToArray(), captions);
    }

    private static void DrawSample(Image<Rgb24> sheet, List<Caption> captions, SubsetEvaluation subset, int sample, int left, int top)
    {
        var source = ((PackSamples)subset.Samples).Pack;
        var image = new byte[source.Image.Count];
        source.CopyImage(sample, image);
        var truth = source.Target(sample).ToArray();
        float[] predicted = [.. subset.Model.Predictions.AsSpan(sample * truth.Length, truth.Length).ToArray().Select(x => (float)x)];
        var area = new Rectangle(left, top, Cell, Cell);
        SkeletonPainter.DrawImage(sheet, area, image);
        SkeletonPainter.DrawOverImage(sheet, area, truth, source.Crop(sample));
        PredictionSheet.DrawViews(sheet, left + Cell + Gap, top, truth, predicted);
        var entry = source.Entry(sample);
        captions.Add(new Caption(left + 5, top + 15, string.Create(CultureInfo.InvariantCulture, $"{subset.Model.SampleErrors[sample]:0} mm"), 13, Bold: true, Halo: true));
        captions.Add(new Caption(left + 5, top + Cell - 6, Captions.Fitted($"{entry.Subject}-{entry.Trial}, camera {entry.Camera}, frame {entry.Frame}", Cell - 10, 11), 11, Halo: true));
    }
}
