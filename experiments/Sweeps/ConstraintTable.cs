namespace PoseEngine.Experiments.Sweeps;

/// <summary>How well each constraint holds on training and on validation data: median, 95th percentile and largest |C|.</summary>
internal static class ConstraintTable
{
    /// <summary>Adds the table with two rows a configuration.</summary>
    public static void Add(StringBuilder html, SweepResults sweep)
    {
        SweepTables.Begin(html, "Constraints on training and validation data", ["text:configuration", "text:data", "error mm", "all", .. ConstraintBars.Names]);
        IEnumerable<ConfigurationResult> all = sweep.Unconstrained is { } start ? sweep.Configurations.Prepend(start) : sweep.Configurations;
        foreach (var configuration in all)
        {
            var cells = configuration.Cells.Select(cell => cell.Constraints).OfType<CellConstraints>().ToList();
            if (cells.Count == 0) continue;
            AddRow(html, configuration, "training", [.. cells.Select(c => c.Train)]);
            AddRow(html, configuration, "validation", [.. cells.Select(c => c.Validation)]);
        }
        SweepTables.End(html, "Median / 95th percentile / largest |C| in mm, each the median over seeds. Training: at most 2,000 samples, evenly spaced.");
    }

    private static void AddRow(StringBuilder html, ConfigurationResult configuration, string data, IReadOnlyList<ConstraintStatistics> seeds)
    {
        html.Append($"<tr class=\"{configuration.Class.ToString().ToLowerInvariant()}\">")
            .Append($"<td class=\"text\">{SweepTables.Swatch(configuration)}{HtmlPage.Text(configuration.Shown)}</td>");
        SweepTables.Cells(html, "text", data);
        SweepTables.Cells(html, "", Num.Mm(MedianOf(seeds, s => s.Error), 1), Triple(seeds, s => s.Median, s => s.P95, s => s.Max));
        for (var j = 0; j < ConstraintBars.Names.Length; j++)
        {
            var at = j;
            SweepTables.Cells(html, "", Triple(seeds, s => At(s.PerMedian, at), s => At(s.PerP95, at), s => At(s.PerMax, at)));
        }
        html.Append("</tr>\n");
    }

    private static string Triple(
        IReadOnlyList<ConstraintStatistics> seeds, Func<ConstraintStatistics, double> median, Func<ConstraintStatistics, double> p95, Func<ConstraintStatistics, double> max)
        => $"{Num.Mm(MedianOf(seeds, median))} / {Num.Mm(MedianOf(seeds, p95), 1)} / {Num.Mm(MedianOf(seeds, max), 1)}";

    private static double At(IReadOnlyList<double> values, int index) => index < values.Count ? values[index] : double.NaN;

    private static double MedianOf(IReadOnlyList<ConstraintStatistics> seeds, Func<ConstraintStatistics, double> of) => Spread.Of(seeds.Select(of)).Median;
}
