namespace PoseEngine.Experiments.Reports;

/// <summary>An axis with its limits.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
internal sealed record ChartAxis(string Label, string Unit, double Low, double High)
{
    /// <summary>Whether it is logarithmic; what is not above 0 then has no place.</summary>
    public bool IsLog { get; init; }

    /// <summary>Names at 0, 1, 2, ... in place of numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    public string Title => Unit.Length == 0 ? Label : Label.Length == 0 ? Unit : $"{Label} ({Unit})";

    public static ChartAxis Of(MetricColumn metric, AxisRange range, string where = "") => new(metric.Title + where, metric.Unit, range.Low, range.High);

    /// <summary>An axis around all finite values, with a margin as a share of their range.</summary>
    public static ChartAxis Around(string label, string unit, IEnumerable<double> values, double margin = .02, bool isLog = false)
    {
        double[] places = [.. values.Select(value => isLog ? Math.Log10(value) : value).Where(double.IsFinite)];
        var (low, high) = places.Length == 0 ? (0, 1) : (places.Min(), places.Max());
        var air = high > low ? margin * (high - low) : isLog ? .3 : Math.Max(margin * Math.Abs(high), .5);
        return isLog
            ? new(label, unit, Math.Pow(10, low - air), Math.Pow(10, high + air)) { IsLog = true }
            : new(label, unit, low - air, high + air);
    }

    /// <summary>Where a value lies between <see cref="From"/> and <see cref="To"/>; NaN for one that has no place.</summary>
    public double Place(double value) => IsLog ? value > 0 ? Math.Log10(value) : double.NaN : value;

    public double From => Place(Low);
    public double To => Place(High);

    /// <summary>A value of this axis as a reader sees it.</summary>
    public string Text(double value) => $"{Num.Short(value)} {Unit}".TrimEnd();
}
