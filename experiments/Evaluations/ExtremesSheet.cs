namespace PoseEngine.Experiments.Evaluations;

/// <summary>The worst, the middle and the best predictions side by side: the image under its true skeleton, then the true (pale) and the
/// predicted skeleton from the camera and from the side.</summary>
internal static class ExtremesSheet
{
    private const int Rows = 4;
    private const int Gap = PredictionSheet.Gap, Cell = PredictionSheet.Cell, Step = PredictionSheet.Step;
    private const int Block = 3 * Step;
    private const int BlockGap = 26;
    private const int Header = 48;

    public static byte[] Draw(SubsetEvaluation subset)
    {
        var source = ((PackSamples)subset.Samples).Pack;
        int[] order = [.. Enumerable.Range(0, source.Count).OrderBy(k => subset.Model.SampleErrors[k])];
        var rows = Math.Min(Rows, order.Length);
        var middle = (order.Length - rows) / 2;
        (string Title, int[] Samples)[] blocks =
        [
            ("worst", [.. order.Reverse().Take(rows)]), ("around the median", order[middle..(middle + rows)]), ("best", order[..rows]),
        ];
        using var sheet = new Sheet(Gap + (3 * Block) + (2 * BlockGap), Header + (rows * Step));
        for (var b = 0; b < blocks.Length; b++)
        {
            var left = Gap + (b * (Block + BlockGap));
            sheet.Text(left, 19, blocks[b].Title, 15, bold: true);
            sheet.Text(left, 37, "image, true pose", 11, colour: Sheet.Soft);
            sheet.Text(left + Step, 37, PredictionSheet.ViewsTitle, 11, colour: Sheet.Soft);
            for (var row = 0; row < rows; row++) DrawSample(sheet, source, subset.Model, blocks[b].Samples[row], left, Header + (row * Step));
        }
        return sheet.Png();
    }

    private static void DrawSample(Sheet sheet, PackSource source, Measured model, int sample, int left, int top)
    {
        PredictionSheet.DrawImage(sheet, left, top, source, sample);
        PredictionSheet.DrawViews(sheet, left + Step, top, source, sample, model.Predictions);
        var entry = source.Entry(sample);
        sheet.Text(left + 5, top + 15, $"{model.SampleErrors[sample]:0} {MetricColumns.Error.Unit}", 13, bold: true, halo: true);
        sheet.Text(left + 5, top + Cell - 6, Sheet.Fitted($"{entry.Subject}-{entry.Trial}, camera {entry.Camera}, frame {entry.Frame}", Cell - 10, 11), 11, halo: true);
    }
}
