using ScottPlot;

namespace PoseEngine.Experiments.Spheres;

/// <summary>Fig. 4(a) and (b) for each reading: the run in all dimensions as lines, other seeds as bands.</summary>
internal static class CourseFigures
{
    /// <summary>Curves whose levels differ by more than this factor are drawn over a logarithmic axis.</summary>
    private const double LogFactor = 30;

    private static readonly SeriesStyle Soft = new(Color.FromHex("#C62828"), LinePattern.Solid, MarkerShape.None, 2.5f);

    private static readonly SeriesStyle Hard = new(Color.FromHex("#1565C0"), LinePattern.Solid, MarkerShape.None, 1.5f);

    /// <summary>Draws all.</summary>
    public static IEnumerable<Figure> Draw(SpheresResults results, SpheresSettings settings, string folder)
    {
        foreach (var reading in settings.Readings)
        {
            yield return Medians(results, settings, reading, folder);
            yield return Changes(results, settings, reading, folder);
        }
    }

    private static Figure Medians(SpheresResults results, SpheresSettings settings, SphereReading reading, string folder)
    {
        var curves = new[] { true, false }.SelectMany(hard => results.Of(reading, hard)).ToList();
        var all = curves.SelectMany(c => c.Median).Where(v => v > 0).ToArray();
        var logarithmic = all.Length > 0 && all.Max() > LogFactor * all.Min();
        var floor = all.Length > 0 ? all.Min() : 1;
        double Place(double value) => logarithmic ? Math.Log10(Math.Max(value, floor)) : value;
        var plot = FigureSheet.NewPlot("iterations", $"median of |C| of all {settings.Spheres} spheres");
        foreach (var hard in new[] { true, false }) Add(plot, [.. results.Of(reading, hard)], hard, c => c.Median, 0, Place);
        if (logarithmic) LogAxis.Label(plot, all.Select(Math.Log10));
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        if (!logarithmic) plot.Axes.SetLimitsY(0, plot.Axes.GetLimits().Top);
        var caption = Text(
            $"{Meaning(reading, settings)} Median of the absolute value of all {settings.Spheres} constraints at every iteration{(logarithmic ? ", logarithmic axis" : "")}. Settled level: soft {Num.Short(Level(results, reading, false))}, hard {Num.Short(Level(results, reading, true))}.");
        return FigureSheet.Save(plot, folder, $"fig4a-{reading.Name}", $"Fig. 4(a), {reading.Name} reading: median violation", caption + Settings(results, settings));
    }

    private static Figure Changes(SpheresResults results, SpheresSettings settings, SphereReading reading, string folder)
    {
        var plot = FigureSheet.NewPlot("iterations", "median of |C| of the active spheres, after minus before");
        foreach (var hard in new[] { true, false }) Add(plot, [.. results.Of(reading, hard)], hard, c => c.Change, 1, v => v);
        plot.Add.HorizontalLine(0, 1, Color.FromHex("#444444"), LinePattern.Dashed);
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        var range = Range([.. new[] { true, false }.SelectMany(hard => results.Of(reading, hard).First().Change)]);
        plot.Axes.SetLimitsY(range.Low, range.High);
        var (soft, hardRun) = (results.Of(reading, false).First(), results.Of(reading, true).First());
        var caption = Text(
            $"{Meaning(reading, settings)} Change of the median |C| of the {settings.Active} active constraints by each step; above 0 the step made them worse: {soft.WorsenedShare:P0} of the soft steps, {hardRun.WorsenedShare:P0} of the hard ones ({soft.SettledWorsenedShare:P0} and {hardRun.SettledWorsenedShare:P0} of the last fifth). Large first changes are cut.");
        return FigureSheet.Save(plot, folder, $"fig4b-{reading.Name}", $"Fig. 4(b), {reading.Name} reading: what a step does to its own constraints", caption + Settings(results, settings));
    }

    private static void Add(
        Plot plot, SphereCurves[] runs, bool isHard, Func<SphereCurves, double[]> of, int first, Func<double, double> place)
    {
        var style = isHard ? Hard : Soft;
        var name = isHard ? "hard (Eq. 5)" : "soft (SGD on Eq. 17)";
        double[] x = [.. Enumerable.Range(first, of(runs[0]).Length).Select(i => (double)i)];
        if (runs.Length > 1)
        {
            double[] Edge(Func<IEnumerable<double>, double> take) => [.. x.Select((_, i) => place(take(runs.Skip(1).Select(r => of(r)[i]))))];
            var band = plot.Add.FillY(x, Edge(v => v.Min()), Edge(v => v.Max()));
            band.FillColor = style.Color.WithAlpha(.22);
            band.LineWidth = 0;
            band.MarkerSize = 0;
            band.LegendText = Text($"{(isHard ? "hard" : "soft")}, {runs.Length - 1} other seeds");
        }
        var line = plot.Add.Scatter(of(runs[0]).Select((y, i) => new Coordinates(x[i], place(y))).ToArray());
        style.Apply(line, 0);
        line.LegendText = name;
    }

    /// <summary>The middle of the changes: the first steps come from far away and would hide all others.</summary>
    private static (double Low, double High) Range(double[] changes)
    {
        var (low, high) = (Statistics.Quantile([.. changes], 0.05), Statistics.Quantile([.. changes], 0.995));
        var margin = Math.Max(0.15 * (high - low), 1e-12);
        return (Math.Min(low, 0) - margin, Math.Max(high, 0) + margin);
    }

    private static double Level(SpheresResults results, SphereReading reading, bool hard) => results.Of(reading, hard).First().SettledMedian;

    private static string Meaning(SphereReading reading, SpheresSettings settings) => Text(
        $"Variance read as {reading.Meaning}: a centre's distance from the origin is about {reading.Scale(settings.Dimension) * Math.Sqrt(settings.Dimension):0.###}.");

    private static string Settings(SpheresResults results, SpheresSettings settings) => Text(
        $" Settings: d = {settings.Dimension:N0}, {settings.Spheres} spheres of radius {SpheresSettings.Radius:0}, {settings.Active} random active ones, lambda = {settings.Lambda}, eta = {settings.Eta}, soft rate {settings.Rate}, ||w0|| = ||x0|| = {SpheresSettings.VectorNorm}; the line is the run in all dimensions{(results.Seeds.Count > 0 ? $", the band reaches from the least to the greatest of {results.Seeds.Count} other seeds" : "")}.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
