using ScottPlot;

namespace PoseEngine.Experiments.Krylov;

/// <summary>The residual over the iterations, a curve for each solver.</summary>
internal static class KrylovFigure
{
    private const int MostMarkers = 40;

    // Above this a curve leaves the picture: it diverges, whatever its height.
    private const double Highest = 4;

    private static readonly Dictionary<string, SeriesStyle> Styles = new()
    {
        ["cg"] = new(Color.FromHex("#9E1B1B"), LinePattern.Solid, MarkerShape.FilledCircle, 4),
        ["symmlq"] = new(Color.FromHex("#0B6B3A"), LinePattern.Solid, MarkerShape.FilledTriangleUp, 2),
        ["minres"] = new(Color.FromHex("#E08214"), LinePattern.Solid, MarkerShape.FilledSquare, 4),
        ["minres-qlp"] = new(Color.FromHex("#1565C0"), LinePattern.Solid, MarkerShape.FilledDiamond, 2),
        ["gmres"] = new(Color.FromHex("#4A1486"), LinePattern.Solid, MarkerShape.FilledTriangleDown, 2),
        ["bicg"] = new(Color.FromHex("#F59A7B"), LinePattern.Dotted, MarkerShape.None, 2),
    };

    /// <summary>The name of the files of a class, without their endings.</summary>
    public static string NameOf(string key) => $"convergence-{key}";

    /// <summary>Writes convergence-KEY.png and .svg into a folder.</summary>
    public static Figure Draw(KrylovSystemResult system, string folder)
    {
        var plot = FigureSheet.NewPlot("iterations", "||r|| / ||b||, recurred");
        var drawn = system.Results.Where(r => r.Solver != KrylovResult.Preconditioned).Select(r => (Result: r, Points: Points(r))).Where(s => s.Points.Length > 1).ToList();
        foreach (var (result, points) in drawn) Add(plot, result, points);
        if (system.LeastResidual > 1e-3)
        {
            var least = plot.Add.HorizontalLine(Math.Log10(system.LeastResidual), 2, Color.FromHex("#777777"), LinePattern.Dotted);
            least.LegendText = "no x has less";
        }
        var heights = drawn.SelectMany(s => s.Points).Select(p => p.Y).Append(0).ToList();
        LogAxis.Label(plot.Axes.Left, heights.Select(y => Math.Min(y, Highest)));
        FigureSheet.LegendBeside(plot);
        plot.Axes.AutoScale();
        plot.Axes.SetLimitsY(heights.Min() - .3, Math.Min(heights.Max(), Highest) + .3);
        return FigureSheet.Save(
            plot, folder, NameOf(system.Class), Capital(system.Kind.Title), Caption(system, heights.Max() > Highest));
    }

    private static string Caption(KrylovSystemResult system, bool isCut)
        => $"{system.Name}{(system.Note.Length == 0 ? "" : $", {system.Note}")}. Residuals as the solvers know them, logarithmic; BiCG on a symmetric matrix is CG at twice the cost."
            + (isCut ? " Curves that leave the picture diverge." : "");

    private static Coordinates[] Points(KrylovResult result) =>
    [
        .. result.History.Select((residual, i) => new Coordinates(i + 1, Math.Log10(residual)))
            .Where(p => double.IsFinite(p.Y)).Prepend(new Coordinates(0, 0)),
    ];

    private static void Add(Plot plot, KrylovResult result, Coordinates[] points)
    {
        var line = plot.Add.Scatter(points);
        Styles[result.Solver].Apply(line, points.Length > MostMarkers ? 0 : 7);
        line.LegendText = KrylovText.TitleOf(result.Solver);
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
