using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>A point; the note stands in its hover text.</summary>
internal readonly record struct ChartPoint(double X, double Y, string Note = "")
{
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y);
}

/// <summary>Something drawn; with the name "" it has no entry in the legend.</summary>
internal abstract record Mark(string Name, SeriesStyle Style)
{
    public virtual LegendEntry Entry => new(Name, Style);
}

/// <summary>A line through points, markers at them, or both, as the style says; marker size 0 leaves the markers out.</summary>
internal sealed record Curve(string Name, IReadOnlyList<ChartPoint> Points, SeriesStyle Style, float MarkerSize = 0) : Mark(Name, Style)
{
    /// <summary>More markers than this would hide the dashes.</summary>
    private const int MostMarkers = 40;

    /// <summary>A rim that sets markers off from lines: dark ink, or the paper's white.</summary>
    public Rim Rim { get; init; }

    /// <summary>Below 1 what lies behind shines through.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>A curve with markers unless they are too many.</summary>
    public static Curve Marked(string name, IReadOnlyList<ChartPoint> points, SeriesStyle style, float size)
        => new(name, points, style, points.Count > MostMarkers ? 0 : size);

    /// <summary>A line across the picture.</summary>
    public static Curve Rule(string name, ChartAxis x, double y, SeriesStyle style) => new(name, [new(x.Low, y), new(x.High, y)], style);

    public override LegendEntry Entry => new(Name, MarkerSize > 0 ? Style : Style with { Marker = MarkerShape.None });
}

internal enum Rim
{
    None,
    Ink,
    Paper,
}

/// <summary>A surface within an outline, such as the range of the seeds.</summary>
internal sealed record Area(string Name, IReadOnlyList<ChartPoint> Outline, SeriesStyle Style, double Opacity = .18) : Mark(Name, Style)
{
    /// <summary>The surface between two edges over the same x.</summary>
    public static Area Band(string name, IReadOnlyList<(double X, double Low, double High)> edges, SeriesStyle style, double opacity = .18)
        => new(name, [.. edges.Select(e => new ChartPoint(e.X, e.Low)), .. edges.Reverse().Select(e => new ChartPoint(e.X, e.High))], style, opacity);

    public override LegendEntry Entry => new(Name, Style) { IsSurface = true, Opacity = Opacity };
}

/// <summary>A bar in each category; values that are not finite leave a gap.</summary>
/// <param name="Style">Colour, and whether the bars are those of a dashed series.</param>
/// <param name="Index">Its place within a group.</param>
internal sealed record Bars(string Name, IReadOnlyList<double> Values, SeriesStyle Style, int Index, int Count) : Mark(Name, Style)
{
    private const double GroupWidth = .84;

    public double Width => .92 * GroupWidth / Count;

    /// <summary>The values to be written above the bars, or "" where there is no room for them.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    public double Place(int category) => category - (GroupWidth / 2) + ((Index + .5) * GroupWidth / Count);

    public override LegendEntry Entry => new(Name, Style) { IsSurface = true };
}
