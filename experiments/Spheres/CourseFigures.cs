using ScottPlot;

namespace PoseEngine.Experiments.Spheres;

/// <summary>Fig. 4(a) and (b) for each reading: the run in all dimensions as lines, other seeds as bands.</summary>
internal static class CourseFigures
{
    /// <summary>Curves whose levels differ by more than this factor are drawn over a logarithmic axis.</summary>
    private const double LogFactor = 30;

    private static readonly SeriesStyle Soft = SeriesStyle.Plain(Color.FromHex("#C62828"), 2.5f), Hard = SeriesStyle.Plain(Color.FromHex("#1565C0"), 1.5f);

    public static IEnumerable<Chart> Draw(SpheresResults results, SpheresSettings settings)
        => settings.Readings.SelectMany(reading => (Chart[])[Medians(results, settings, reading), Changes(results, settings, reading)]);

    private static Chart Medians(SpheresResults results, SpheresSettings settings, SphereReading reading)
    {
        double[] all = [.. Both(results, reading).SelectMany(runs => runs).SelectMany(c => c.Median).Where(v => v > 0)];
        var isLog = all.Length > 0 && all.Max() > LogFactor * all.Min();
        var floor = isLog ? all.Min() : double.NegativeInfinity;
        var y = ChartAxis.Around($"median of |C| of all {settings.Spheres} spheres", "", all, .05, isLog);
        var (soft, hard) = (results.Of(reading, false).First().SettledMedian, results.Of(reading, true).First().SettledMedian);
        return new Chart(
            $"fig4a-{reading.Name}", $"Fig. 4(a), {reading.Name} reading: median violation", Iterations(settings), isLog ? y : y with { Low = 0 },
            [.. Both(results, reading).SelectMany(runs => Marks(runs, c => c.Median, 0, floor))])
        {
            Finding = $"Settled level: soft {Num.Short(soft)}, {Num.Change(soft, hard)} hard, which settles at {Num.Short(hard)}.",
            Caption = $"{Meaning(reading, settings)} Median of the absolute value of all {settings.Spheres} constraints at every iteration{(isLog ? ", logarithmic axis" : "")}.{Settings(results, settings)}",
        };
    }

    private static Chart Changes(SpheresResults results, SpheresSettings settings, SphereReading reading)
    {
        var (soft, hard) = (results.Of(reading, false).First(), results.Of(reading, true).First());
        var (x, y) = (Iterations(settings), Middle([.. soft.Change, .. hard.Change]));
        return new Chart(
            $"fig4b-{reading.Name}", $"Fig. 4(b), {reading.Name} reading: what a step does to its own constraints", x, y,
            [
                .. Both(results, reading).SelectMany(runs => Marks(runs, c => c.Change, 1, double.NegativeInfinity)),
                Curve.Rule("", x, 0, new(Color.FromHex("#444444"), LinePattern.Dashed, MarkerShape.None, 1)),
            ])
        {
            Finding = $"A step made its own constraints worse in {soft.WorsenedShare:P0} of the soft steps and in {hard.WorsenedShare:P0} of the hard ones ({soft.SettledWorsenedShare:P0} and {hard.SettledWorsenedShare:P0} of the last fifth).",
            Caption = $"{Meaning(reading, settings)} Change of the median |C| of the {settings.Active} active constraints by each step; above 0 the step made them worse. Large first changes are cut.{Settings(results, settings)}",
        };
    }

    private static ChartAxis Iterations(SpheresSettings settings) => ChartAxis.Around("iterations", "", [0, settings.Iterations]);

    /// <summary>The hard runs, then the soft ones, which are drawn over them.</summary>
    private static IEnumerable<SphereCurves[]> Both(SpheresResults results, SphereReading reading) => new[] { true, false }.Select(hard => results.Of(reading, hard).ToArray());

    private static IEnumerable<Mark> Marks(SphereCurves[] runs, Func<SphereCurves, double[]> of, int first, double floor)
    {
        var (style, name) = runs[0].IsHard ? (Hard, "hard (Eq. 5)") : (Soft, "soft (SGD on Eq. 17)");
        double At(SphereCurves run, int i) => Math.Max(of(run)[i], floor);
        var steps = Enumerable.Range(0, of(runs[0]).Length).ToList();
        if (runs.Length > 1)
            yield return Area.Band($"{runs[0].Method}, {runs.Length - 1} other seeds", [.. steps.Select(i => ((double)(first + i), runs.Skip(1).Min(run => At(run, i)), runs.Skip(1).Max(run => At(run, i))))], style, .22);
        yield return new Curve(name, [.. steps.Select(i => new ChartPoint(first + i, At(runs[0], i)))], style);
    }

    /// <summary>The middle of the changes: the first steps come from far away and would hide all others.</summary>
    private static ChartAxis Middle(double[] changes)
    {
        var (low, high) = (Statistics.Quantile([.. changes], 0.05), Statistics.Quantile([.. changes], 0.995));
        var margin = Math.Max(0.15 * (high - low), 1e-12);
        return new("median of |C| of the active spheres, after minus before", "", Math.Min(low, 0) - margin, Math.Max(high, 0) + margin);
    }

    private static string Meaning(SphereReading reading, SpheresSettings settings)
        => $"Variance read as {reading.Meaning}: a centre's distance from the origin is about {reading.Scale(settings.Dimension) * Math.Sqrt(settings.Dimension):0.###}.";

    private static string Settings(SpheresResults results, SpheresSettings settings)
        => $" Settings: d = {settings.Dimension:N0}, {settings.Spheres} spheres of radius {SpheresSettings.Radius:0}, {settings.Active} random active ones, lambda = {settings.Lambda}, {settings.HardText}, soft rate {settings.Rate}, ||w0|| = ||x0|| = {SpheresSettings.VectorNorm}; the line is the run in all dimensions{(results.Seeds.Count > 0 ? $", the band reaches from the least to the greatest of {results.Seeds.Count} other seeds" : "")}.";
}
