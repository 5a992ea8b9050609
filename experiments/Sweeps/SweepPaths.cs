using ScottPlot;

namespace PoseEngine.Experiments.Sweeps;

/// <summary>Fig. 2(a) over seeds: a line per configuration over its iterations, medians, with the range of the seeds at its end.</summary>
internal static class SweepPaths
{
    /// <summary>More configurations than this and ranges and markers would hide the lines.</summary>
    private const int Many = 80;

    /// <summary>Draws the figure; null when no model has been evaluated.</summary>
    public static Figure? Draw(SweepResults sweep)
    {
        if (!sweep.Configurations.Any(c => c.Path.Count > 0)) return null;
        var (x, y) = SweepFigures.Ranges(sweep);
        var plot = FigureSheet.NewPlot("median |C| on the validation data (mm)", "joint error on the validation data (mm)");
        plot.Legend.DisplayPlottableLegendItems = false;
        var outside = new List<string>();
        foreach (var (method, configurations) in SweepFigures.ByMethod(sweep))
        {
            plot.Legend.ManualItems.Add(SweepFigures.MethodItem(method, $"{MethodClasses.Pretty(method)} ({configurations.Count})"));
            for (var i = 0; i < configurations.Count; i++)
            {
                if (configurations[i].Path.Count == 0) continue;
                if (!AddPath(plot, configurations[i], SeriesStyle.Of(method, i, configurations.Count), x, y, sweep.Configurations.Count <= Many)) outside.Add(configurations[i].Shown);
            }
        }
        if (sweep.Configurations.Count <= Many)
        {
            foreach (var (method, configurations) in SweepFigures.ByMethod(sweep))
            {
                foreach (var c in configurations.Where(c => c.Error.Count > 0)) SweepFigures.AddBars(plot, c.Median, c.Error, SeriesStyle.Of(method).Color.WithAlpha(.7));
            }
        }
        SweepFigures.AddStart(plot, sweep.Unconstrained);
        FigureSheet.LegendBeside(plot);
        plot.Axes.SetLimits(x.Low, x.High, y.Low, y.High);
        return FigureSheet.Save(plot, sweep.Directory.FiguresPath, "fig2a-error-violation", "Fig. 2(a): error against constraint violation", Caption(outside));
    }

    /// <summary>Whether its end is inside the axes.</summary>
    private static bool AddPath(Plot plot, ConfigurationResult configuration, SeriesStyle style, AxisRange x, AxisRange y, bool isFew)
    {
        var points = configuration.Path.Select(p => new Coordinates(p.Median.Median, p.Error.Median)).ToArray();
        var path = plot.Add.Scatter(Cut(points, x, y));
        style.Apply(path, markerSize: isFew ? 5 : 0);
        path.LineWidth = isFew ? 1.5f : 0.7f;
        var end = points[^1];
        var inside = x.Contains(end.X) && y.Contains(end.Y);
        var marker = plot.Add.Marker(
            new Coordinates(x.Inside(end.X), y.Inside(end.Y)), inside ? style.Marker : MarkerShape.FilledTriangleUp, inside ? (isFew ? 10 : 6) : 12, style.Color);
        marker.MarkerLineColor = style.Color;
        marker.MarkerLineWidth = 2;
        return inside;
    }

    /// <summary>
    /// The points up to where the path leaves the picture for far away: lines of a diverging configuration to places a thousand pictures off
    /// are drawn as wedges.
    /// </summary>
    private static Coordinates[] Cut(Coordinates[] points, AxisRange x, AxisRange y)
    {
        const double far = 3;
        double Beyond(double value, AxisRange range) => Math.Max(range.Low - value, value - range.High) / (range.High - range.Low);
        bool IsFar(Coordinates p) => Beyond(p.X, x) > far || Beyond(p.Y, y) > far;
        var first = Array.FindIndex(points, IsFar);
        if (first < 0) return points;
        if (first == 0) return [];
        var (from, to) = (points[first - 1], points[first]);
        // By halving: the way out of the box along the segment.
        for (var i = 0; i < 60; i++)
        {
            var middle = new Coordinates((from.X + to.X) / 2, (from.Y + to.Y) / 2);
            if (IsFar(middle)) to = middle;
            else from = middle;
        }
        return [.. points[..first], from];
    }

    private static string Caption(List<string> outside)
    {
        var text = "Every marker is the median over seeds of one configuration's models after some iterations; lines join them, from the unconstrained "
            + "model (large blue dot) to the last one (large marker), whose bars span the seeds. Dashed: soft constraints; solid: hard "
            + "constraints. The number of configurations is in brackets; shades tell them apart. Lower left is better.";
        if (outside.Count > 0)
        {
            var named = outside.Count > 12 ? $"{outside.Count} configurations" : string.Join("; ", outside);
            text += $" The axes are cut; a triangle at the edge stands for the end of: {named}.";
        }
        return text;
    }
}
