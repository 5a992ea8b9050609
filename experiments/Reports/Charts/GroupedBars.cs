using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>A series of a figure of grouped bars: a value a category.</summary>
internal sealed record BarSeries(string Name, SeriesStyle Style, IReadOnlyList<double> Values)
{
    /// <summary>A series that stands for no method.</summary>
    public BarSeries(string name, Color color, IReadOnlyList<double> values) : this(name, SeriesStyle.Plain(color), values)
    {
    }
}

/// <summary>Bars in groups: a group a category, a bar a series, the value above each where there is room.</summary>
internal static class GroupedBars
{
    // More bars than this leave no room for their values.
    private const int MostLabels = 32;

    /// <summary>The colours of series that stand for no method.</summary>
    public static readonly Color Blue = SeriesStyle.Blue, Amber = Color.FromHex("#E08A1E"), Green = Color.FromHex("#3E8E5A"), Grey = Color.FromHex("#B4BAC2");

    /// <summary>The chart; above <paramref name="most"/> bars are cut.</summary>
    public static Chart Draw(string key, string title, IReadOnlyList<string> categories, (string Label, string Unit) y, IReadOnlyList<BarSeries> series, double most = double.NaN)
    {
        var hasLabels = categories.Count * series.Count <= MostLabels;
        var high = series.SelectMany(s => s.Values).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        var top = double.IsFinite(most) ? most : Math.Max(1.08 * high, 1e-6);
        return new(
            key, title, new("", "", -.6, categories.Count - .4) { Categories = categories }, new(y.Label, y.Unit, 0, top),
            [.. series.Select((s, i) => new Bars(s.Name, s.Values, s.Style, i, series.Count) { Labels = hasLabels ? [.. s.Values.Select(Label)] : [] })]);
    }

    private static string Label(double value) =>
        !double.IsFinite(value) ? ""
        : value is > 0 and < 0.01 ? Num.Scientific(value)
        : Num.Fixed(value, value switch { < 1 => 2, < 100 => 1, _ => 0 });
}
