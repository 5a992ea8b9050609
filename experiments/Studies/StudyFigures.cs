using PoseEngine.Experiments.Sweeps;
using ScottPlot;

namespace PoseEngine.Experiments.Studies;

/// <summary>The figures of a study, section by section; what is not done yet is left out.</summary>
internal static class StudyFigures
{
    public static IReadOnlyList<(string Section, IReadOnlyList<Chart> Charts)> Draw(StudyResults study)
    {
        (string Section, IReadOnlyList<Chart> Charts)[] sections =
        [
            ("Error against violation", [.. study.Of('a').SelectMany(p => Fronts(p.Part, p.Sweep))]),
            ("Forgetting", [.. ((Chart?[])[Forgetting(study, "violation"), Forgetting(study, "error")]).OfType<Chart>()]),
            ("Few labels", [.. study.Of('c').SelectMany(p => Fronts(p.Part, p.Sweep).Take(1))]),
            ("Constraints across samples", [.. ((Chart?[])[Within(study)]).OfType<Chart>()]),
        ];
        return [.. sections.Where(section => section.Charts.Count > 0)];
    }

    private static IEnumerable<Chart> Fronts(StudyPart part, SweepResults sweep)
        => SweepFigures.Draw(sweep).Where(chart => chart.Key is "fig2a-error-violation" or "pareto-fronts")
            .Select(chart => chart with { Key = $"{part.Key}-{chart.Key}", Title = $"{(chart.Key == "pareto-fronts" ? "Pareto fronts" : "Error against violation")}, {part.Title}" });

    /// <summary>What is measured after training on C of some sizes, against the size, a line a method.</summary>
    private static Chart? Forgetting(StudyResults study, string what)
    {
        var parts = study.Of('b').ToList();
        if (parts.Count < 2) return null;
        var column = what == "error" ? MetricColumns.Error : MetricColumns.Violation;
        List<Mark> marks = [];
        foreach (var method in parts[0].Sweep.Configurations)
        {
            ChartPoint[] Points(Func<CellResult, double> of) =>
            [
                .. parts.Select(p => (X: Math.Log2((double)study.Size.Constrained[parts.IndexOf(p)] / study.Size.Active), Of: StudyResults.Find(p.Sweep, method.Label)))
                    .Where(p => p.Of is not null).Select(p => new ChartPoint(p.X, Spread.Of(p.Of!.Cells.Where(c => c.Model is not null).Select(of)).Median)).Where(p => p.IsFinite),
            ];
            var style = SeriesStyle.Of(method.Method, method.Label.Contains("delta=", StringComparison.Ordinal) ? 1 : 0, 2);
            var own = Points(cell => what == "error" ? cell.Model!.Error : cell.Constraints?.Train.Median ?? double.NaN);
            if (own.Length > 0) marks.Add(new Curve(MethodClasses.Pretty(method.Label) + (what == "error" ? "" : ", on C"), own, style, 8));
            if (what != "violation") continue;
            var held = Points(cell => cell.Model!.MedianViolation);
            if (held.Length > 0) marks.Add(new Curve(MethodClasses.Pretty(method.Label) + ", validation", held, style with { Width = 1 }, 5) { Opacity = .6 });
        }
        var all = marks.OfType<Curve>().SelectMany(curve => curve.Points).ToList();
        if (all.Count == 0) return null;
        var x = new AxisRange(all.Min(p => p.X) - .2, all.Max(p => p.X) + .2);
        var y = new AxisRange(0, 1.05 * all.Max(p => p.Y));
        return new Chart($"forgetting-{what}", what == "error" ? "Error after training on C" : "Violation after training on C", new ChartAxis("log2 of |C| / active samples", "", x.Low, x.High), ChartAxis.Of(column, y, what == "error" ? " on the validation data" : ""), marks)
        {
            Legend = [.. marks.Select(mark => mark.Entry)],
            Caption = "Each model has the same time. At 0 every step sees all of C; to the right it sees a smaller and smaller part.",
        };
    }

    private static Chart? Within(StudyResults study)
    {
        if (study.Find("groups") is not { } sweep) return null;
        List<Mark> marks = [];
        var styles = SeriesStyle.Assign(sweep.All);
        foreach (var c in sweep.All)
        {
            ChartPoint[] points = [.. c.Models.Select(m => new ChartPoint(m.Value("withinSpread"), m.Error)).Where(p => p.IsFinite)];
            if (points.Length > 0) marks.Add(new Curve(c.Shown, points, styles[c.Shown] with { Width = 0 }, 10));
        }
        var all = marks.OfType<Curve>().SelectMany(curve => curve.Points).ToList();
        if (all.Count == 0) return null;
        var y = AxisRange.Robust(all.Select(p => p.Y), sweep.Unconstrained is { } start ? [start.Error.Low, start.Error.High] : [], sweep.Data?.MeanPoseError ?? double.NaN);
        var x = new AxisRange(0, 1.05 * all.Max(p => p.X));
        return new Chart("groups-spread", "Spread of bone lengths within a person", new ChartAxis("spread within a person", MetricColumns.Violation.Unit, x.Low, x.High), ChartAxis.Of(MetricColumns.Error, y, " on the validation data"), marks)
        {
            Legend = [.. marks.Select(mark => mark.Entry)],
            Caption = "A dot a seed: the last models. Lower left is better; a constant answer would have no spread at all.",
        };
    }
}
