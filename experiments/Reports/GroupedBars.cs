using ScottPlot;
using ScottPlot.TickGenerators;

namespace PoseEngine.Experiments.Reports;

/// <summary>One colour of a figure of grouped bars.</summary>
internal sealed record ColouredBars(string Name, Color Color, IReadOnlyList<double> Values);

/// <summary>Bars in groups: a group a category, a bar a series, the value above each where there is room.</summary>
internal static class GroupedBars
{
    private const double GroupWidth = .84;

    // More bars than this leave no room for their values.
    private const int MostLabels = 32;

    /// <summary>The colours of series that stand for no method.</summary>
    public static readonly Color Blue = SeriesStyle.Blue, Amber = Color.FromHex("#E08A1E"), Green = Color.FromHex("#3E8E5A"), Grey = Color.FromHex("#B4BAC2");

    /// <summary>Draws them; values that are not finite leave a gap.</summary>
    public static Plot Draw(IReadOnlyList<string> categories, string yLabel, params ColouredBars[] series)
    {
        var plot = FigureSheet.NewPlot("", yLabel);
        var labels = categories.Count * series.Length <= MostLabels;
        for (var i = 0; i < series.Length; i++) Add(plot, series[i], i, series.Length, labels);
        var places = Enumerable.Range(0, categories.Count).Select(i => (double)i).ToArray();
        plot.Axes.Bottom.TickGenerator = new NumericManual(places, [.. categories]);
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickLabelStyle.FontSize = categories.Count > 10 ? 11 : 14;
        plot.Grid.XAxisStyle.IsVisible = false;
        FigureSheet.LegendBeside(plot);
        var high = series.SelectMany(s => s.Values).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        plot.Axes.SetLimits(-.6, categories.Count - .4, 0, Math.Max(1.08 * high, 1e-6));
        return plot;
    }

    private static void Add(Plot plot, ColouredBars series, int index, int count, bool labels)
    {
        var width = GroupWidth / count;
        var bars = series.Values.Select((value, category) => new Bar
        {
            Position = category - (GroupWidth / 2) + ((index + .5) * width),
            Value = double.IsFinite(value) ? value : 0,
            Size = width * .92,
            FillColor = series.Color,
            LineWidth = 0,
            Label = labels && double.IsFinite(value) ? Num.Mm(value, value < 100 ? 1 : 0) : "",
        }).ToArray();
        var plotted = plot.Add.Bars(bars);
        plotted.LegendText = series.Name;
        plotted.ValueLabelStyle.FontSize = 11;
        plotted.ValueLabelStyle.ForeColor = Color.FromHex("#444444");
    }
}
