using ScottPlot;

namespace PoseEngine.Experiments.Reports;

/// <summary>A curve of Fig. 2(b), one a seed.</summary>
/// <param name="Seeds">The share of constraints met within each threshold.</param>
internal sealed record ShareCurve(string Name, SeriesStyle Style, IReadOnlyList<IReadOnlyList<SharePoint>> Seeds)
{
    /// <summary>What the file's legend says behind the name.</summary>
    public string Detail { get; init; } = "";

    /// <summary>The shares in per cent over the seeds.</summary>
    public IReadOnlyList<(double Threshold, Spread Share)> Points { get; } =
        [.. Seeds.SelectMany(points => points).GroupBy(p => p.Threshold).OrderBy(g => g.Key).Select(g => (g.Key, Spread.Of(g.Select(p => 100 * p.Share))))];

    public bool IsBand => Seeds.Count > 1;

    public static ShareCurve Of(IContender contender, string name, SeriesStyle style) => new(name, style, [.. contender.Models.Select(m => m.ShareMet).Where(points => points.Count > 0)]);
}

/// <summary>Fig. 2(b): the share of constraints met against the threshold.</summary>
internal static class ShareMetFigure
{
    /// <summary>The figure of curves, the first in the legend above all others; null when none has points yet.</summary>
    public static Chart? Draw(string key, string title, IReadOnlyList<ShareCurve> curves, string caption)
    {
        var shown = curves.Where(c => c.Points.Count > 0).ToList();
        if (shown.Count == 0) return null;
        var all = shown.SelectMany(c => c.Points).ToList();
        List<Mark> marks = [];
        foreach (var curve in shown.AsEnumerable().Reverse())
        {
            if (curve.IsBand) marks.Add(Area.Band("", [.. curve.Points.Select(p => (p.Threshold, p.Share.Low, p.Share.High))], curve.Style));
            marks.Add(new Curve($"{curve.Name} {curve.Detail}".TrimEnd(), [.. curve.Points.Select(p => new ChartPoint(p.Threshold, p.Share.Median))], curve.Style));
        }
        var chart = new Chart(
            key, title, Thresholds(all),
            new("constraints met", "%", all.Min(p => p.Share.Low), 100.5), marks)
        {
            Legend = [.. shown.Select(c => new LegendEntry(c.Name, c.Style with { Marker = MarkerShape.None }) { Detail = c.Detail })],
            Finding = Finding(shown),
            Caption = caption + " Upper left is better.",
        };
        return chart.FitLegend();
    }

    /// <summary>Decades of thresholds are shown where shares change.</summary>
    private static ChartAxis Thresholds(List<(double Threshold, Spread Share)> points)
    {
        var isLog = points.Min(p => p.Threshold) > 0;
        double[] shown = [.. points.Where(p => !isLog || p.Share.Median is > 0 and < 100).Select(p => p.Threshold)];
        if (shown.Length == 0) shown = [.. points.Select(p => p.Threshold)];
        return new("threshold", MetricColumns.Violation.Unit, shown.Min(), shown.Max()) { IsLog = isLog };
    }

    /// <summary>At the threshold within which the first curve meets half of the constraints.</summary>
    private static string Finding(List<ShareCurve> curves)
    {
        var threshold = curves[0].Points.Where(p => p.Share.Median >= 50).Append(curves[0].Points[^1]).First().Threshold;
        var ranked = curves.SelectMany(c => c.Points.Where(p => p.Threshold == threshold).Select(p => (Curve: c, Share: p.Share.Median))).OrderByDescending(p => p.Share).ToList();
        string Text((ShareCurve Curve, double Share) p) => $"{p.Curve.Name} {Num.Fixed(p.Share, 0)} %";
        var text = $"{$"Share met within {Num.Setting(threshold)} {MetricColumns.Violation.Unit}".TrimEnd()}: {Text(ranked[0])}";
        var other = ranked.Where(p => p.Curve != ranked[0].Curve).OrderBy(p => p.Curve == curves[0] ? 0 : 1).ToList();
        return other.Count == 0 ? $"{text}." : $"{text}, the most; {Text(other[0])}.";
    }
}
