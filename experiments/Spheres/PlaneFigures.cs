using ScottPlot;

namespace PoseEngine.Experiments.Spheres;

/// <summary>Fig. 3(a), (b) and (c), in the paper's colours: blue start, green soft, yellow hard; paths red, green and black.</summary>
internal static class PlaneFigures
{
    private const int CirclePoints = 721;

    /// <summary>Half the width of Fig. 3(c); the erratic path goes far beyond.</summary>
    private const double PathsReach = 3 * SpheresSettings.Radius;

    private static readonly Color Blue = SeriesStyle.Blue, Green = Color.FromHex("#1B9E3E"), Yellow = Color.FromHex("#E6AB02");

    private static readonly Color Red = Color.FromHex("#C62828"), Black = Color.FromHex("#111111"), Circle = Color.FromHex("#555555");

    /// <summary>Draws all three.</summary>
    public static IEnumerable<Figure> Draw(PlaneDemonstration plane, SpheresSettings settings, string folder)
    {
        yield return SingleStep(plane, settings, folder, zoomed: false);
        yield return SingleStep(plane, settings, folder, zoomed: true);
        yield return Paths(plane, settings, folder);
    }

    private static Figure SingleStep(PlaneDemonstration plane, SpheresSettings settings, string folder, bool zoomed)
    {
        var plot = NewPlot();
        var reach = zoomed ? 2 * SpheresSettings.Radius : plane.Start.To(plane.HardStep) + (3 * SpheresSettings.Radius);
        AddCircles(plot, plane);
        AddTangent(plot, plane.First, plane.Start, reach, "linearized constraints");
        AddTangent(plot, plane.Second, plane.Start, reach, null);
        AddMove(plot, plane.Start, plane.HardStep, Yellow);
        AddMove(plot, plane.Start, plane.SoftStep, Green);
        AddDot(plot, plane.HardStep, Yellow, "after a hard step");
        AddDot(plot, plane.SoftStep, Green, "after a soft step");
        AddDot(plot, plane.Start, Blue, "start");
        FigureSheet.LegendBeside(plot);
        if (zoomed) Zoom(plot, plane);
        else Around(plot, [plane.Start, plane.HardStep, plane.SoftStep], SpheresSettings.Radius);
        var lengths = plane.StepLengths;
        var caption = zoomed
            ? Text($"The same, around the start: the circles are {plane.First.To(plane.Second):0.000} apart and their tangents almost parallel.")
            : Text($"One iteration with two active circles of radius {SpheresSettings.Radius:0}. The hard step (Eq. 5) goes to where the linearized constraints meet, {plane.Start.To(plane.HardStep):0.0} away. Of {lengths.Length} pairs of circles this one's step is longer than nine in ten; the median is {lengths[lengths.Length / 2]:0.0}. {Settings(plane, settings)}");
        return Save(plot, folder, zoomed ? "fig3b" : "fig3a", zoomed ? "Fig. 3(b): the start of that step" : "Fig. 3(a): one step with two active constraints", caption);
    }

    private static Figure Paths(PlaneDemonstration plane, SpheresSettings settings, string folder)
    {
        var plot = NewPlot();
        AddCircles(plot, plane);
        AddPath(plot, plane.DifferentPairs, Black, LinePattern.Dotted, 1.5f, "hard, a different pair each time");
        AddPath(plot, plane.SamePair, Green, LinePattern.Dotted, 3, "hard, always the same pair");
        AddPath(plot, plane.Soft, Red, LinePattern.Solid, 2.5f, "soft");
        AddDot(plot, plane.Start, Blue, "start");
        FigureSheet.LegendBeside(plot);
        Zoom(plot, default, PathsReach);
        var left = plane.DifferentPairs.Count(p => !Inside(p));
        var caption = Text(
            $"{plane.Soft.Length - 1} iterations from the blue dot. With the same pair the hard path ends where its circles meet, at |C| = {Num.Short(plane.SamePairViolation[^1])}; with different pairs it never settles: {left} of its {plane.DifferentPairs.Length} points are outside the picture, the farthest {plane.DifferentPairs.Max(p => p.To(default)):0} from the origin. The soft path meets the same different pairs. {Settings(plane, settings)}");
        return Save(plot, folder, "fig3c", "Fig. 3(c): paths over many iterations", caption);
    }

    private static string Settings(PlaneDemonstration plane, SpheresSettings settings) => Text(
        $"Settings: {settings.Spheres} circles around the origin with variance 0.01 for each coordinate; eta = {settings.Eta}, lambda = {settings.Lambda}, soft rate {plane.Rate} (the pull of {settings.Active} constraints by two); ||w0|| = ||x0|| = {SpheresSettings.VectorNorm}; float64.");

    private static Plot NewPlot()
    {
        var plot = FigureSheet.NewPlot("first coordinate", "second coordinate");
        plot.Axes.SquareUnits();
        return plot;
    }

    private static void AddCircles(Plot plot, PlaneDemonstration plane)
    {
        AddCircle(plot, plane.First, "constraints");
        AddCircle(plot, plane.Second, null);
    }

    private static void AddCircle(Plot plot, PlanePoint centre, string? name)
    {
        var points = Enumerable.Range(0, CirclePoints).Select(i => Math.Tau * i / (CirclePoints - 1)).Select(angle => new Coordinates(
            centre.X + (SpheresSettings.Radius * Math.Cos(angle)), centre.Y + (SpheresSettings.Radius * Math.Sin(angle))));
        AddLine(plot, [.. points], Circle, LinePattern.Solid, 1.5f, name);
    }

    /// <summary>Where the linearization of a constraint at w is zero: n + e.dw = R, a line at right angles to e.</summary>
    private static void AddTangent(Plot plot, PlanePoint centre, PlanePoint w, double far, string? name)
    {
        var n = w.To(centre);
        var (ex, ey) = ((w.X - centre.X) / n, (w.Y - centre.Y) / n);
        var (x, y) = (centre.X + (SpheresSettings.Radius * ex), centre.Y + (SpheresSettings.Radius * ey));
        AddLine(
            plot, [new(x - (far * ey), y + (far * ex)), new(x + (far * ey), y - (far * ex))], Color.FromHex("#8E6BBF"),
            LinePattern.Dashed, 1.5f, name);
    }

    private static void AddMove(Plot plot, PlanePoint from, PlanePoint to, Color color)
        => AddLine(plot, [At(from), At(to)], color, LinePattern.Solid, 2, null);

    /// <summary>
    /// A path, its segments cut somewhat beyond the picture: dots along a line of thousands of widths are not drawn.
    /// </summary>
    private static void AddPath(Plot plot, PlanePoint[] path, Color color, LinePattern pattern, float width, string name)
    {
        var pieces = new List<List<Coordinates>> { new() };
        for (var i = 0; i + 1 < path.Length; i++)
        {
            if (!Cut(path[i], path[i + 1], 2 * PathsReach, out var from, out var to)) continue;
            if (pieces[^1].Count > 0 && pieces[^1][^1] != from) pieces.Add([]);
            if (pieces[^1].Count == 0) pieces[^1].Add(from);
            pieces[^1].Add(to);
        }
        foreach (var (piece, i) in pieces.Where(p => p.Count > 0).Select((p, i) => (p, i)))
        {
            AddLine(plot, [.. piece], color, pattern, width, i == 0 ? name : null);
        }
    }

    /// <summary>The part of a segment within a square around the origin (Liang and Barsky 1984); false where there is none.</summary>
    private static bool Cut(PlanePoint a, PlanePoint b, double half, out Coordinates from, out Coordinates to)
    {
        var (first, last) = (0.0, 1.0);
        foreach (var (start, move) in new[] { (a.X, b.X - a.X), (a.Y, b.Y - a.Y) })
        {
            var (enter, leave) = ((-half - start) / move, (half - start) / move);
            if (move == 0) (enter, leave) = Math.Abs(start) <= half ? (0, 1) : (2, -1);
            first = Math.Max(first, Math.Min(enter, leave));
            last = Math.Min(last, Math.Max(enter, leave));
        }
        from = Along(first);
        to = Along(last);
        return first <= last;

        Coordinates Along(double t) => t == 1 ? At(b) : new(a.X + (t * (b.X - a.X)), a.Y + (t * (b.Y - a.Y)));
    }

    private static void AddLine(Plot plot, Coordinates[] points, Color color, LinePattern pattern, float width, string? name)
    {
        var line = plot.Add.Scatter(points);
        new SeriesStyle(color, pattern, MarkerShape.None, width).Apply(line, 0);
        if (name is not null) line.LegendText = name;
    }

    private static void AddDot(Plot plot, PlanePoint at, Color color, string name)
    {
        var dot = plot.Add.Scatter(new[] { At(at) });
        new SeriesStyle(color, LinePattern.Solid, MarkerShape.FilledCircle, 0).Apply(dot, 13);
        dot.LegendText = name;
    }

    private static void Zoom(Plot plot, PlanePoint centre, double half)
        => plot.Axes.SetLimits(centre.X - half, centre.X + half, centre.Y - half, centre.Y + half);

    /// <summary>The start, the soft step and the nearest parts of both circles.</summary>
    private static void Zoom(Plot plot, PlaneDemonstration plane)
    {
        var n = plane.Start.To(default);
        var surface = new PlanePoint(plane.Start.X / n * SpheresSettings.Radius, plane.Start.Y / n * SpheresSettings.Radius);
        var middle = new PlanePoint((plane.Start.X + surface.X) / 2, (plane.Start.Y + surface.Y) / 2);
        Zoom(plot, middle, 0.7 * plane.Start.To(surface));
    }

    /// <summary>Points and the circles, with a margin.</summary>
    private static void Around(Plot plot, IReadOnlyCollection<PlanePoint> points, double margin)
    {
        var reach = SpheresSettings.Radius * 1.05;
        var (left, right) = (Math.Min(points.Min(p => p.X) - margin, -reach), Math.Max(points.Max(p => p.X) + margin, reach));
        var (bottom, top) = (Math.Min(points.Min(p => p.Y) - margin, -reach), Math.Max(points.Max(p => p.Y) + margin, reach));
        plot.Axes.SetLimits(left, right, bottom, top);
    }

    private static bool Inside(PlanePoint p) => Math.Max(Math.Abs(p.X), Math.Abs(p.Y)) <= PathsReach;

    private static Coordinates At(PlanePoint p) => new(p.X, p.Y);

    private static Figure Save(Plot plot, string folder, string key, string title, string caption)
        => FigureSheet.Save(plot, folder, key, title, caption, 980, 700);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
