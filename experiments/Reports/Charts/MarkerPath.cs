using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>Markers as pieces of an SVG path.</summary>
internal static class MarkerPath
{
    /// <summary>Whether the marker is strokes without a surface.</summary>
    public static bool IsStroke(MarkerShape shape) => shape is MarkerShape.Eks or MarkerShape.Cross;

    /// <summary>A marker of some size around a point.</summary>
    public static string Of(MarkerShape shape, double x, double y, double size)
    {
        var r = size / 2;
        return shape switch
        {
            MarkerShape.None => "",
            MarkerShape.FilledSquare => $"M{x - r:0.#} {y - r:0.#}h{size:0.#}v{size:0.#}h{-size:0.#}z",
            MarkerShape.FilledDiamond => $"M{x:0.#} {y - r:0.#}l{r:0.#} {r:0.#}l{-r:0.#} {r:0.#}l{-r:0.#} {-r:0.#}z",
            MarkerShape.FilledTriangleUp => $"M{x:0.#} {y - r:0.#}l{r:0.#} {size:0.#}h{-size:0.#}z",
            MarkerShape.FilledTriangleDown => $"M{x:0.#} {y + r:0.#}l{r:0.#} {-size:0.#}h{-size:0.#}z",
            MarkerShape.Eks => $"M{x - r:0.#} {y - r:0.#}l{size:0.#} {size:0.#}m0 {-size:0.#}l{-size:0.#} {size:0.#}",
            MarkerShape.Cross => $"M{x - r:0.#} {y:0.#}h{size:0.#}M{x:0.#} {y - r:0.#}v{size:0.#}",
            _ => $"M{x - r:0.#} {y:0.#}a{r:0.#} {r:0.#} 0 1 0 {size:0.#} 0a{r:0.#} {r:0.#} 0 1 0 {-size:0.#} 0",
        };
    }
}
