using ScottPlot;

namespace PoseEngine.Experiments.Krylov;

/// <summary>The residual over the iterations, a curve for each solver.</summary>
internal static class KrylovFigure
{
    // Above this a curve leaves the picture: it diverges, whatever its height.
    private const double Highest = 1e4;

    private static readonly Dictionary<string, SeriesStyle> Styles = new()
    {
        ["cg"] = new(Color.FromHex("#9E1B1B"), LinePattern.Solid, MarkerShape.FilledCircle, 4),
        ["symmlq"] = new(Color.FromHex("#0B6B3A"), LinePattern.Solid, MarkerShape.FilledTriangleUp, 2),
        ["minres"] = new(Color.FromHex("#E08214"), LinePattern.Solid, MarkerShape.FilledSquare, 4),
        ["minres-qlp"] = new(Color.FromHex("#1565C0"), LinePattern.Solid, MarkerShape.FilledDiamond, 2),
        ["gmres"] = new(Color.FromHex("#4A1486"), LinePattern.Solid, MarkerShape.FilledTriangleDown, 2),
        ["bicg"] = new(Color.FromHex("#F59A7B"), LinePattern.Dotted, MarkerShape.None, 2),
    };

    /// <summary>How the names of all figures' files begin.</summary>
    public const string FilePrefix = "convergence-";

    public static Chart Draw(KrylovSystemResult system)
    {
        var drawn = system.Results.Where(r => r.Solver != KrylovResult.Preconditioned).Select(r => (Result: r, Points: Points(r))).Where(s => s.Points.Length > 1).ToList();
        var heights = drawn.SelectMany(s => s.Points).Select(p => p.Y).Append(1).ToList();
        var x = ChartAxis.Around("iterations", "", drawn.SelectMany(s => s.Points).Select(p => p.X).Append(0));
        var y = new ChartAxis("||r|| / ||b||, recurred", "", heights.Min() / 2, 2 * Math.Min(heights.Max(), Highest)) { IsLog = true };
        List<Mark> marks = [.. drawn.Select(s => Curve.Marked(KrylovText.TitleOf(s.Result.Solver), s.Points, Styles[s.Result.Solver], 7))];
        if (system.LeastResidual > 1e-3) marks.Add(Curve.Rule("no x has less", x, system.LeastResidual, SeriesStyle.Plain(Color.FromHex("#777777")) with { Pattern = LinePattern.Dotted }));
        return new Chart(FilePrefix + system.Class, char.ToUpperInvariant(system.Kind.Title[0]) + system.Kind.Title[1..], x, y, marks)
        {
            Finding = Finding(system),
            Caption = $"{system.Name}{(system.Note.Length == 0 ? "" : $", {system.Note}")}. Residuals as the solvers know them, logarithmic; BiCG on a symmetric matrix is CG at twice the cost."
                + (heights.Max() > Highest ? " Curves that leave the picture diverge." : ""),
        };
    }

    private static ChartPoint[] Points(KrylovResult result) =>
        [new(0, 1), .. result.History.Select((residual, i) => new ChartPoint(i + 1, residual)).Where(p => double.IsFinite(p.Y) && p.Y > 0)];

    private static string Finding(KrylovSystemResult system)
    {
        var judged = system.Results.Where(r => r.IsRight is not null && r.Solver != KrylovResult.Preconditioned).ToList();
        if (judged.Count == 0) return system.Results.MinBy(r => double.IsFinite(r.RelativeResidual) ? r.RelativeResidual : double.PositiveInfinity) is { } least
            ? $"Least residual: {KrylovText.TitleOf(least.Solver)}, {Num.Scientific(least.RelativeResidual)} after {least.Iterations:N0} iterations."
            : "";
        var right = judged.Where(r => r.IsRight == true).ToList();
        return right.MinBy(r => r.Iterations) is { } first
            ? $"{right.Count} of {judged.Count} solvers are right; {KrylovText.TitleOf(first.Solver)} needs fewest iterations, {first.Iterations:N0}."
            : $"None of {judged.Count} solvers is right.";
    }
}
