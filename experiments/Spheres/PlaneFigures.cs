using ScottPlot;

namespace PoseEngine.Experiments.Spheres;

/// <summary>Fig. 3(a), (b) and (c), in the paper's colours: blue start, green soft, yellow hard; paths red, green and black.</summary>
internal sealed class PlaneFigures(PlaneDemonstration plane, SpheresSettings settings)
{
    private const int CirclePoints = 361;

    /// <summary>Half the width of Fig. 3(c); the erratic path goes far beyond.</summary>
    private const double PathsReach = 3 * SpheresSettings.Radius;

    private static readonly Color Green = Color.FromHex("#1B9E3E"), Yellow = Color.FromHex("#E6AB02");

    private static readonly SeriesStyle Circle = SeriesStyle.Plain(Color.FromHex("#555555"), 1.5f);

    private static readonly SeriesStyle Tangent = Circle with { Color = Color.FromHex("#8E6BBF"), Pattern = LinePattern.Dashed };

    public static IEnumerable<Chart> Draw(PlaneDemonstration plane, SpheresSettings settings)
    {
        var figures = new PlaneFigures(plane, settings);
        return [figures.Step(), figures.Start(), figures.Paths()];
    }

    private Chart Step()
    {
        var lengths = plane.StepLengths;
        var (left, right) = Range(p => p.X);
        var (bottom, top) = Range(p => p.Y);
        return NewChart("fig3a", "Fig. 3(a): one step with two active constraints", (left, right, bottom, top), StepMarks(plane.Start.To(plane.HardStep) + PathsReach)) with
        {
            Finding = $"The hard step moves by {plane.Start.To(plane.HardStep):0.0}, the soft step by {plane.Start.To(plane.SoftStep):0.0}.",
            Caption = $"One iteration with two active circles of radius {SpheresSettings.Radius:0}. The hard step (Eq. 5) goes to where the linearized constraints meet. Of {lengths.Length} pairs of circles this one's step is longer than nine in ten; the median is {lengths[lengths.Length / 2]:0.0}. {Settings}",
        };

        (double, double) Range(Func<PlanePoint, double> of)
        {
            var (reach, margin) = (SpheresSettings.Radius * 1.05, SpheresSettings.Radius);
            double[] values = [of(plane.Start), of(plane.HardStep), of(plane.SoftStep)];
            return (Math.Min(values.Min() - margin, -reach), Math.Max(values.Max() + margin, reach));
        }
    }

    /// <summary>The start, the soft step and the nearest parts of both circles.</summary>
    private Chart Start()
    {
        var n = plane.Start.To(default);
        var surface = new PlanePoint(plane.Start.X / n * SpheresSettings.Radius, plane.Start.Y / n * SpheresSettings.Radius);
        var (x, y, half) = ((plane.Start.X + surface.X) / 2, (plane.Start.Y + surface.Y) / 2, 0.7 * plane.Start.To(surface));
        return NewChart("fig3b", "Fig. 3(b): the start of that step", (x - half, x + half, y - half, y + half), StepMarks(2 * SpheresSettings.Radius)) with
        {
            Finding = $"The circles are {plane.First.To(plane.Second):0.000} apart and their tangents almost parallel.",
            Caption = "The same as Fig. 3(a), around the start.",
        };
    }

    private Chart Paths()
    {
        var black = new SeriesStyle(Color.FromHex("#111111"), LinePattern.Dotted, MarkerShape.None, 1.5f);
        List<Mark> marks =
        [
            .. Circles, .. Path(plane.DifferentPairs, black, "hard, a different pair each time"), .. Path(plane.SamePair, black with { Color = Green, Width = 3 }, "hard, always the same pair"),
            .. Path(plane.Soft, SeriesStyle.Plain(Color.FromHex("#C62828"), 2.5f), "soft"), Dot(plane.Start, SeriesStyle.Blue, "start"),
        ];
        var outside = plane.DifferentPairs.Count(p => !(Math.Max(Math.Abs(p.X), Math.Abs(p.Y)) <= PathsReach));
        return NewChart("fig3c", "Fig. 3(c): paths over many iterations", (-PathsReach, PathsReach, -PathsReach, PathsReach), marks) with
        {
            Finding = $"With the same pair the hard path ends where its circles meet, at |C| = {Num.Short(plane.SamePairViolation[^1])}; with different pairs it never settles.",
            Caption = $"{plane.Soft.Length - 1} iterations from the blue dot. With different pairs {outside} of the {plane.DifferentPairs.Length} points of the hard path are outside the picture, the farthest {plane.DifferentPairs.Max(p => p.To(default)):0} from the origin. The soft path meets the same different pairs. {Settings}",
        };
    }

    private string Settings => $"Settings: {settings.Spheres} circles around the origin with variance 0.01 for each coordinate; {settings.HardText}, lambda = {settings.Lambda}, soft rate {plane.Rate} (the pull of {settings.Active} constraints by two); ||w0|| = ||x0|| = {SpheresSettings.VectorNorm}; float64.";

    private static Chart NewChart(string key, string title, (double Left, double Right, double Bottom, double Top) limits, IReadOnlyList<Mark> marks)
        => new(key, title, new("first coordinate", "", limits.Left, limits.Right), new("second coordinate", "", limits.Bottom, limits.Top), marks) { HasSquareUnits = true, Height = 700 };

    private List<Mark> StepMarks(double reach) =>
    [
        .. Circles, TangentOf(plane.First, reach, "linearized constraints"), TangentOf(plane.Second, reach, ""),
        Line([plane.Start, plane.HardStep], SeriesStyle.Plain(Yellow)), Line([plane.Start, plane.SoftStep], SeriesStyle.Plain(Green)),
        Dot(plane.HardStep, Yellow, "after a hard step"), Dot(plane.SoftStep, Green, "after a soft step"), Dot(plane.Start, SeriesStyle.Blue, "start"),
    ];

    private IEnumerable<Mark> Circles => [CircleOf(plane.First, "constraints"), CircleOf(plane.Second, "")];

    private static Curve CircleOf(PlanePoint centre, string name) => Line(
        Enumerable.Range(0, CirclePoints).Select(i => Math.SinCos(Math.Tau * i / (CirclePoints - 1)))
            .Select(at => new PlanePoint(centre.X + (SpheresSettings.Radius * at.Cos), centre.Y + (SpheresSettings.Radius * at.Sin))), Circle, name);

    /// <summary>Where the linearization of a constraint at the start is zero: n + e.dw = R, a line at right angles to e.</summary>
    private Curve TangentOf(PlanePoint centre, double far, string name)
    {
        var n = plane.Start.To(centre);
        var (ex, ey) = ((plane.Start.X - centre.X) / n, (plane.Start.Y - centre.Y) / n);
        var (x, y) = (centre.X + (SpheresSettings.Radius * ex), centre.Y + (SpheresSettings.Radius * ey));
        return Line([new(x - (far * ey), y + (far * ex)), new(x + (far * ey), y - (far * ex))], Tangent, name);
    }

    /// <summary>A path, its segments cut somewhat beyond the picture: dots along a line of thousands of widths are not drawn.</summary>
    private static IEnumerable<Mark> Path(PlanePoint[] path, SeriesStyle style, string name)
    {
        var pieces = new List<List<PlanePoint>> { new() };
        for (var i = 0; i + 1 < path.Length; i++)
        {
            if (!Cut(path[i], path[i + 1], 2 * PathsReach, out var from, out var to)) continue;
            if (pieces[^1].Count > 0 && pieces[^1][^1] != from) pieces.Add([]);
            if (pieces[^1].Count == 0) pieces[^1].Add(from);
            pieces[^1].Add(to);
        }
        return pieces.Where(piece => piece.Count > 0).Select((piece, i) => Line(piece, style, i == 0 ? name : ""));
    }

    /// <summary>The part of a segment within a square around the origin (Liang and Barsky 1984); false where there is none.</summary>
    private static bool Cut(PlanePoint a, PlanePoint b, double half, out PlanePoint from, out PlanePoint to)
    {
        var (first, last) = (0.0, 1.0);
        foreach (var (start, move) in new[] { (a.X, b.X - a.X), (a.Y, b.Y - a.Y) })
        {
            var (enter, leave) = ((-half - start) / move, (half - start) / move);
            if (move == 0) (enter, leave) = Math.Abs(start) <= half ? (0, 1) : (2, -1);
            first = Math.Max(first, Math.Min(enter, leave));
            last = Math.Min(last, Math.Max(enter, leave));
        }
        (from, to) = (Along(first), Along(last));
        return first <= last;

        PlanePoint Along(double t) => t == 1 ? b : new(a.X + (t * (b.X - a.X)), a.Y + (t * (b.Y - a.Y)));
    }

    private static Curve Line(IEnumerable<PlanePoint> points, SeriesStyle style, string name = "") => new(name, [.. points.Select(p => new ChartPoint(p.X, p.Y))], style);

    private static Curve Dot(PlanePoint at, Color color, string name) => new(name, [new(at.X, at.Y)], SeriesStyle.Dot(color), 13);
}
