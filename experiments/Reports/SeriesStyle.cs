using ScottPlot;
using ScottPlot.Plottables;
using SkiaSharp;

namespace PoseEngine.Experiments.Reports;

/// <summary>
/// How one configuration is drawn, the same in every figure: the class gives the line (dashed soft, solid hard, as in
/// Fig. 2), the method the colour, the setting a shade and a marker.
/// </summary>
/// <param name="Color">The colour of line and marker.</param>
/// <param name="Pattern">The line pattern.</param>
/// <param name="Marker">The marker of evaluations.</param>
/// <param name="Width">The line width in pixels.</param>
public sealed record SeriesStyle(Color Color, LinePattern Pattern, MarkerShape Marker, float Width)
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

    /// <summary>A style for each model, by name.</summary>
    public static IReadOnlyDictionary<string, SeriesStyle> Assign(IReadOnlyList<ModelTrace> models)
    {
        var styles = new Dictionary<string, SeriesStyle>();
        foreach (var method in models.GroupBy(m => m.End.Method))
        {
            var ramp = RampOf(method.Key);
            var members = method.ToList();
            for (var i = 0; i < members.Count; i++)
                styles[members[i].Name] = Create(members[i].Class, ramp, i, members.Count);
        }
        return styles;
    }

    /// <summary>The style of one of a method's configurations, where figures have too many for a style each.</summary>
    internal static SeriesStyle Of(string method, int index = 0, int count = 1)
        => Create(MethodClasses.Of(method), RampOf(method), index, count);

    /// <summary>Dresses a line with its markers; size 0 leaves the markers out.</summary>
    public void Apply(Scatter line, float markerSize)
    {
        line.Color = Color;
        line.LinePattern = Pattern;
        line.LineWidth = Width;
        line.MarkerShape = Marker;
        line.MarkerSize = markerSize;
        line.MarkerLineWidth = 1.5f;
        line.MarkerStyle.CustomRenderer = new UndashedMarker(Marker.GetMarker());
    }

    private static (string Dark, string Light) RampOf(string method) => MethodRegistry.Find(method)?.Colours ?? ("#5D4037", "#BCA79E");

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
