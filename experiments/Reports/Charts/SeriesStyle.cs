using ScottPlot;
using ScottPlot.Plottables;
using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>How one configuration is drawn, the same in every figure: the class gives the line (dashed soft, solid hard, as in Fig. 2), the
/// method the colour, the setting a shade and a marker.</summary>
/// <param name="Color">The colour of line and marker.</param>
/// <param name="Width">The line width in pixels.</param>
internal sealed record SeriesStyle(Color Color, LinePattern Pattern, MarkerShape Marker, float Width)
{
    /// <summary>The blue of the unconstrained model, used for nothing else.</summary>
    public static readonly Color Blue = Color.FromHex("#1565C0");

    private static readonly MarkerShape[] Markers =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.Eks, MarkerShape.Cross,
    ];

    // A fixed dash that stays visible between close markers, in pixels.
    private static readonly LinePattern Dashes = new([7, 4], 0, "Dashes");

    /// <summary>Whether the line is a broken one, as that of soft constraints.</summary>
    public bool IsDashed => Pattern.Intervals.Length > 0;

    /// <summary>A plain line or bar of a colour, for what is no method.</summary>
    public static SeriesStyle Plain(Color color, float width = 2) => new(color, LinePattern.Solid, MarkerShape.None, width);

    /// <summary>A dot of a colour without a line.</summary>
    public static SeriesStyle Dot(Color color) => new(color, LinePattern.Solid, MarkerShape.FilledCircle, 0);

    /// <summary>A style for each configuration, by its name: shades and markers tell those of a method apart.</summary>
    public static IReadOnlyDictionary<string, SeriesStyle> Assign(IEnumerable<IContender> contenders)
        => contenders.GroupBy(c => c.Method).SelectMany(method => method.Select((c, i) => (c.Shown, Style: Of(method.Key, i, method.Count()))))
            .DistinctBy(pair => pair.Shown).ToDictionary(pair => pair.Shown, pair => pair.Style);

    /// <summary>The style of one of a method's configurations, or of all of them.</summary>
    public static SeriesStyle Of(string method, int index = 0, int count = 1)
        => Create(MethodClasses.Of(method), MethodRegistry.Find(method)?.Colours ?? ("#5D4037", "#BCA79E"), index, count);

    /// <summary>Dresses a line with its markers; size 0 leaves the markers out.</summary>
    public void Apply(Scatter line, float markerSize)
    {
        line.LineColor = Color;
        line.LinePattern = Pattern;
        line.LineWidth = Width;
        line.MarkerStyle = MarkerOf(markerSize);
    }

    public MarkerStyle MarkerOf(float size) => new(Marker, size, Color)
    {
        LineColor = Color,
        LineWidth = 1.5f,
        CustomRenderer = new UndashedMarker(Marker.GetMarker()),
    };

    private static SeriesStyle Create(MethodClass kind, (string Dark, string Light) ramp, int index, int count)
    {
        if (kind == MethodClass.Unconstrained) return new(Blue, LinePattern.Solid, MarkerShape.FilledCircle, 4);
        var shade = count == 1 ? 0.25 : (double)index / (count - 1);
        var color = Color.FromHex(ramp.Dark).MixedWith(Color.FromHex(ramp.Light), shade);
        return new(color, kind == MethodClass.Hard ? LinePattern.Solid : Dashes, Markers[index % Markers.Length], 2);
    }

    // ScottPlot draws markers with the paint of the line, dashes included, for which Skia's SVG writer complains on
    // the standard error stream, once per marker.
    private sealed class UndashedMarker(IMarker marker) : IMarker
    {
        public void Render(SKCanvas canvas, Paint paint, Pixel center, float size, MarkerStyle markerStyle)
        {
            paint.SKPathEffect = null!; // Skia takes null; only the annotation does not say so.
            marker.Render(canvas, paint, center, size, markerStyle);
        }
    }
}
