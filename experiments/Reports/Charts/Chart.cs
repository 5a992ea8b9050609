using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>A figure as data. <see cref="PlotFiles"/> draws it into PNG and SVG files, <see cref="ChartSvg"/> into a page.</summary>
/// <param name="Key">The name of its files without their endings.</param>
/// <param name="X">The axis at the bottom.</param>
/// <param name="Y">The axis at the left.</param>
/// <param name="Marks">What is drawn, the first at the back.</param>
internal sealed record Chart(string Key, string Title, ChartAxis X, ChartAxis Y, IReadOnlyList<Mark> Marks)
{
    /// <summary>The height of a file where the legend is short.</summary>
    public const int UsualHeight = 600;

    /// <summary>What it shows of this data, in one sentence.</summary>
    public string Finding { get; init; } = "";

    public string Caption { get; init; } = "";

    /// <summary>The entries of the legend; the names of the marks in their order unless given.</summary>
    public IReadOnlyList<LegendEntry> Legend
    {
        get => field ?? [.. Marks.Where(mark => mark.Name.Length > 0).DistinctBy(mark => mark.Name).Select(mark => mark.Entry)];
        init;
    }

    /// <summary>The height of the files, whose width is <see cref="PlotFiles.Width"/>.</summary>
    public int Height { get; init; } = UsualHeight;

    /// <summary>Whether a unit is as long on both axes.</summary>
    public bool HasSquareUnits { get; init; }

    /// <summary>Whether a page gives it the whole width.</summary>
    public bool IsWide { get; init; }

    /// <summary>The same with files high enough for its legend.</summary>
    public Chart FitLegend() => this with { Height = Math.Max(UsualHeight, 90 + (22 * Legend.Count)) };
}

/// <summary>An axis with its limits.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
internal sealed record ChartAxis(string Label, string Unit, double Low, double High)
{
    /// <summary>Whether it is logarithmic; what is not above 0 then has no place.</summary>
    public bool IsLog { get; init; }

    /// <summary>Names at 0, 1, 2, ... in place of numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Label and unit.</summary>
    public string Title => Unit.Length == 0 ? Label : Label.Length == 0 ? Unit : $"{Label} ({Unit})";

    public static ChartAxis Of(MetricColumn metric, AxisRange range, string where = "") => new(metric.Title + where, metric.Unit, range.Low, range.High);

    /// <summary>An axis around all finite values, with a margin as a share of their range.</summary>
    public static ChartAxis Around(string label, string unit, IEnumerable<double> values, double margin = .02, bool isLog = false)
    {
        double[] places = [.. values.Select(value => isLog ? Math.Log10(value) : value).Where(double.IsFinite)];
        var (low, high) = places.Length == 0 ? (0, 1) : (places.Min(), places.Max());
        var air = high > low ? margin * (high - low) : isLog ? .3 : Math.Max(margin * Math.Abs(high), .5);
        return isLog
            ? new(label, unit, Math.Pow(10, low - air), Math.Pow(10, high + air)) { IsLog = true }
            : new(label, unit, low - air, high + air);
    }

    /// <summary>Where a value lies between <see cref="From"/> and <see cref="To"/>; NaN for one that has no place.</summary>
    public double Place(double value) => IsLog ? value > 0 ? Math.Log10(value) : double.NaN : value;

    /// <summary>The place of the lower end.</summary>
    public double From => Place(Low);

    /// <summary>The place of the upper end.</summary>
    public double To => Place(High);

    /// <summary>A value of this axis as a reader sees it.</summary>
    public string Text(double value) => $"{Num.Short(value)} {Unit}".TrimEnd();
}

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

/// <summary>The rim of markers.</summary>
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

    /// <summary>The middle of a bar.</summary>
    public double Place(int category) => category - (GroupWidth / 2) + ((Index + .5) * GroupWidth / Count);

    public override LegendEntry Entry => new(Name, Style) { IsSurface = true };
}

/// <summary>A name of the legend with how its marks look.</summary>
internal sealed record LegendEntry(string Name, SeriesStyle Style)
{
    /// <summary>What the legend of a file says behind the name, such as the number of configurations.</summary>
    public string Detail { get; init; } = "";

    /// <summary>Whether it stands for a surface or bars instead of a line.</summary>
    public bool IsSurface { get; init; }

    public double Opacity { get; init; } = 1;
}
