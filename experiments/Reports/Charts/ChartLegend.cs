using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Legends and pieces of lines in a page.</summary>
internal static class ChartLegend
{
    /// <summary>One legend for all charts of a section: each name once, with its marker where one of them draws it.</summary>
    public static string Draw(IEnumerable<Chart> charts)
    {
        var entries = charts.SelectMany(chart => chart.Legend).GroupBy(entry => entry.Name)
            .Select(g => g.FirstOrDefault(entry => entry is { IsSurface: false } && entry.Style.Marker != MarkerShape.None) ?? g.First()).ToList();
        if (entries.Count == 0) return "";
        var html = new StringBuilder("<ul class=\"legend\">\n");
        foreach (var entry in entries) html.Append("<li>").Append(Swatch(entry)).Append(Page.Escape(entry.Name)).Append("</li>\n");
        return html.Append("</ul>\n").ToString();
    }

    /// <summary>A piece of the line that figures draw.</summary>
    public static string Swatch(SeriesStyle style) => Swatch(new LegendEntry("", style));

    private static string Swatch(LegendEntry entry)
    {
        var style = entry.Style;
        var svg = new StringBuilder($"<svg class=\"swatch\" viewBox=\"0 0 34 14\" style=\"--c:{PageColours.Css(style.Color)}\" aria-hidden=\"true\">");
        if (entry.IsSurface)
        {
            svg.Append($"<rect class=\"bar{(style.IsDashed ? " soft" : "")}\" x=\"1\" y=\"2\" width=\"32\" height=\"10\" fill-opacity=\"{entry.Opacity}\"/>");
            return svg.Append("</svg>").ToString();
        }
        if (style.Width > 0)
        {
            var dashes = style.Pattern.Intervals is { Length: > 0 } intervals ? $" stroke-dasharray=\"{string.Join(' ', intervals)}\"" : "";
            svg.Append($"<path class=\"line\" stroke-width=\"{style.Width}\"{dashes} d=\"M0 7H34\"/>");
        }
        if (style.Marker != MarkerShape.None)
        {
            svg.Append($"<path class=\"{(MarkerPath.IsStroke(style.Marker) ? "cross" : "marker")}\" d=\"{MarkerPath.Of(style.Marker, 17, 7, style.Width > 0 ? 7 : 12)}\"/>");
        }
        return svg.Append("</svg>").ToString();
    }
}
