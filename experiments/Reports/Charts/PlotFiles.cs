using System.Text.RegularExpressions;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace PoseEngine.Experiments.Reports;

/// <summary>Draws charts with ScottPlot into KEY.png and KEY.svg, each with its own legend.</summary>
internal static partial class PlotFiles
{
    public const int Width = 980;

    // PNG files have this many pixels for each one of the layout: sharp in print and on dense screens.
    private const int PixelRatio = 2;

    private const float LeftMargin = 72;
    private const float BarMargin = 112;
    private const int ManyCategories = 10;

    private static readonly Color Ink = Color.FromHex("#222222");

    /// <summary>Writes the files of charts into a folder that is there.</summary>
    public static void Write(IEnumerable<Chart> charts, string folder)
    {
        foreach (var chart in charts) Write(chart, folder);
    }

    public static void Write(Chart chart, string folder)
    {
        var plot = NewPlot(chart);
        foreach (var mark in chart.Marks) Add(plot, chart, mark);
        AddLegend(plot, chart.Legend);
        plot.Axes.SetLimits(chart.X.From, chart.X.To, chart.Y.From, chart.Y.To);
        OutputFile.WriteBytes(Path.Combine(folder, chart.Key + ".svg"), Encoding.UTF8.GetBytes(Portable(plot.GetSvgXml(Width, chart.Height))));
        plot.ScaleFactor = PixelRatio;
        OutputFile.WriteBytes(Path.Combine(folder, chart.Key + ".png"), plot.GetImageBytes(Width * PixelRatio, chart.Height * PixelRatio, ImageFormat.Png));
    }

    /// <summary>An empty plot in the house style. Titles belong to the page, so the picture carries none.</summary>
    private static Plot NewPlot(Chart chart)
    {
        ReportFont.Use();
        var plot = new Plot();
        plot.XLabel(chart.X.Title, 16);
        plot.YLabel(chart.Y.Title, 16);
        foreach (var (side, axis) in new[] { ((IAxis)plot.Axes.Bottom, chart.X), (plot.Axes.Left, chart.Y) })
        {
            side.Label.Bold = false;
            side.Label.ForeColor = Ink;
            side.TickLabelStyle.FontSize = axis.Categories.Count > ManyCategories ? 11 : 14;
            side.TickLabelStyle.ForeColor = Ink;
            if (axis.IsLog || axis.Categories.Count > 0) side.TickGenerator = Labels(axis);
            else if (side.TickGenerator is NumericAutomatic ticks) ticks.TickDensity = .6;
        }
        if (chart.X.Categories.Count > 0)
        {
            plot.Axes.Bottom.MajorTickStyle.Length = 0;
            plot.Grid.XAxisStyle.IsVisible = false;
        }
        if (chart.HasSquareUnits) plot.Axes.SquareUnits();
        // The measured size leaves no air between tick labels and axis label.
        plot.Axes.Left.MinimumSize = LeftMargin;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Color.FromHex("#E4E4E4");
        return plot;
    }

    private static NumericManual Labels(ChartAxis axis)
    {
        var labels = new NumericManual();
        foreach (var tick in Ticks.Of(axis, ManyCategories))
        {
            if (tick.Label.Length > 0) labels.AddMajor(tick.Place, tick.Label);
            else labels.AddMinor(tick.Place);
        }
        return labels;
    }

    private static void Add(Plot plot, Chart chart, Mark mark)
    {
        switch (mark)
        {
            case Curve curve:
                AddCurve(plot, curve, Places(chart, curve.Points));
                break;
            case Area area:
                var surface = plot.Add.Polygon(Places(chart, area.Outline));
                surface.FillColor = area.Style.Color.WithAlpha(area.Opacity);
                surface.LineWidth = 0;
                break;
            case Bars bars:
                AddBars(plot, bars);
                break;
            case HeatMap map:
                AddCells(plot, map);
                break;
        }
    }

    private static Coordinates[] Places(Chart chart, IReadOnlyList<ChartPoint> points) =>
        [.. points.Select(p => new Coordinates(chart.X.Place(p.X), chart.Y.Place(p.Y))).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];

    private static void AddCurve(Plot plot, Curve curve, Coordinates[] points)
    {
        if (points.Length == 0) return;
        var line = plot.Add.Scatter(points);
        curve.Style.Apply(line, curve.MarkerSize);
        if (curve.Opacity < 1) line.Color = curve.Style.Color.WithAlpha(curve.Opacity);
        if (curve.Rim == Rim.None) return;
        // Strokes such as x and + have no rim; they are drawn thicker instead.
        line.MarkerLineWidth = 3;
        if (curve.Style.Marker is MarkerShape.Eks or MarkerShape.Cross) return;
        line.MarkerStyle.OutlineColor = curve.Rim == Rim.Ink ? Colors.Black : Colors.White;
        line.MarkerStyle.OutlineWidth = 1.5f;
    }

    private static void AddBars(Plot plot, Bars bars)
    {
        var plotted = plot.Add.Bars(bars.Values.Select((value, category) => new Bar
        {
            Position = bars.Place(category),
            Value = double.IsFinite(value) ? value : 0,
            Size = bars.Width,
            FillColor = bars.Style.Color,
            FillHatch = bars.Style.IsDashed ? new ScottPlot.Hatches.Striped() : null,
            FillHatchColor = Colors.White.WithAlpha(.45),
            LineWidth = 0,
            Label = category < bars.Labels.Count ? bars.Labels[category] : "",
        }).ToArray());
        plotted.ValueLabelStyle.FontSize = 11;
        plotted.ValueLabelStyle.ForeColor = Color.FromHex("#444444");
    }

    private static void AddCells(Plot plot, HeatMap map)
    {
        foreach (var cell in map.Cells)
        {
            var rectangle = plot.Add.Rectangle(cell.Column - .5, cell.Column + .5, cell.Y - .5, cell.Y + .5);
            (rectangle.FillColor, rectangle.LineWidth) = (map.Scale.Of(cell.Value), 0);
            var text = plot.Add.Text(map.TextOf(cell), cell.Column, cell.Y);
            (text.LabelFontSize, text.LabelFontColor, text.LabelAlignment) = (14, map.Scale.InkOn(cell.Value), Alignment.MiddleCenter);
        }
        var bar = plot.Add.ColorBar(map.Scale);
        bar.Label = map.Label;
        (bar.LabelStyle.FontSize, bar.LabelStyle.Bold, bar.LabelStyle.ForeColor) = (16, false, Ink);
        bar.Axis.TickLabelStyle.FontSize = 14;
        // The measured size leaves no air between tick labels and label.
        bar.MinimumSize = BarMargin;
    }

    /// <summary>Beside the data, where it can hide nothing.</summary>
    private static void AddLegend(Plot plot, IReadOnlyList<LegendEntry> entries)
    {
        if (entries.Count == 0) return;
        plot.Legend.DisplayPlottableLegendItems = false;
        plot.Legend.ManualItems.AddRange(entries.Select(Item));
        plot.Legend.FontSize = 14;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Legend.SymbolWidth = 44;
        plot.Legend.InterItemPadding = new PixelPadding(4, 2);
        plot.ShowLegend(Edge.Right).Alignment = Alignment.UpperLeft;
    }

    private static LegendItem Item(LegendEntry entry)
    {
        var (color, style) = (entry.Style.Color, entry.Style);
        var item = new LegendItem { LabelText = $"{entry.Name} {entry.Detail}".TrimEnd(), LineWidth = 0 };
        if (entry.IsSurface)
        {
            item.FillColor = color.WithAlpha(entry.Opacity);
            item.FillHatch = style.IsDashed ? new ScottPlot.Hatches.Striped() : null;
            item.FillHatchColor = Colors.White.WithAlpha(.45);
            return item;
        }
        (item.LineColor, item.LineWidth, item.LinePattern) = (color, style.Width, style.Pattern);
        if (style.Marker != MarkerShape.None) item.MarkerStyle = style.MarkerOf(style.Width > 0 ? 6 : 15);
        return item;
    }

    // Skia ends each list of glyph positions with a comma, which browsers take as an error and then ignore the list;
    // and it names the one font only.
    private static string Portable(string svg) =>
        TrailingComma().Replace(svg, "\"")
            .Replace($"font-family=\"{ReportFont.Name}\"", $"font-family=\"{ReportFont.Name}, Arial, Helvetica, sans-serif\"");

    [GeneratedRegex(", \"")]
    private static partial Regex TrailingComma();
}
