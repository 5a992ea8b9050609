namespace PoseEngine.Experiments.Reports;

/// <summary>Limits of an axis chosen so that a diverged run does not squash all others.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
internal readonly record struct AxisRange(double Low, double High)
{
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>The value itself, or for one outside a place just inside the edge that it left by.</summary>
    public double Inside(double value) =>
        Contains(value) ? value : value < Low ? Low + .02 * (High - Low) : High - .02 * (High - Low);

    /// <summary>
    /// The range of the central nine tenths of the values, always with the values in <paramref name="keep"/>, never
    /// beyond <paramref name="ceiling"/>, plus a margin. When all values lie close together none is cut.
    /// </summary>
    public static AxisRange Robust(IEnumerable<double> values, IEnumerable<double> keep, double ceiling = double.NaN)
    {
        var kept = keep.Where(double.IsFinite).ToList();
        var sorted = values.Where(double.IsFinite).Concat(kept).Order().ToArray();
        if (sorted.Length == 0) return new(0, 1);
        var high = sorted[^1];
        var ninety = Statistics.Quantile(sorted, 0.9);
        var (low, median) = (sorted[0], Statistics.Quantile(sorted, 0.5));
        // Cutting pays only if the tail would take more than half of the axis.
        if (high - low > 2 * Math.Max(ninety - low, median - low)) high = ninety;
        if (double.IsFinite(ceiling)) high = Math.Min(high, ceiling);
        if (kept.Count > 0) high = Math.Max(high, kept.Max());
        var margin = Math.Max(0.06 * (high - low), 0.01 * Math.Abs(high) + 1e-9);
        return new(Math.Max(low - margin, low >= 0 ? 0 : double.NegativeInfinity), high + margin);
    }
}
