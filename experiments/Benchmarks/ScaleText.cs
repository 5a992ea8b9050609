namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The figures of <c>bench --scale</c> as tables for people.</summary>
internal static class ScaleText
{
    private const int ColumnWidth = 11;
    private const int NameWidth = 32;

    /// <summary>A row for each quantity, a column for each size, and the slope behind.</summary>
    public static string Table(ScaleSweep sweep)
    {
        var text = new StringBuilder();
        text.Append('\n').Append(sweep.Size.PadRight(NameWidth));
        foreach (var point in sweep.Series[0].Points) text.Append(Size(point.Size).PadLeft(ColumnWidth));
        text.Append("  slope\n");
        foreach (var series in sweep.Series)
        {
            text.Append($"  {series.Name}, {series.Unit}".PadRight(NameWidth));
            foreach (var point in series.Points) text.Append(Value(point.Value).PadLeft(ColumnWidth));
            text.Append(CultureInfo.InvariantCulture, $"{series.Slope,7:0.00}\n");
        }
        if (sweep.Terms is { } terms) text.Append("  ").Append(Describe(terms, sweep.Series[^1].Points[^1].Size)).Append('\n');
        return text.ToString();
    }

    /// <summary>The parts of the Gram solver in words.</summary>
    public static string Describe(CubicTerms terms, double size)
    {
        var (quadratic, cubic) = (100 * terms.QuadraticShare(size), 100 * terms.CubicShare(size));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Gram solver at {size:N0} rows: {100 - quadratic - cubic:0} % linear (passes through the network), {quadratic:0} % quadratic (entries of S), {cubic:0} % cubic (factoring S)");
    }

    private static string Size(double size)
        => size < 1e5 ? size.ToString("N0", CultureInfo.InvariantCulture) : (size / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " M";

    private static string Value(double value)
        => value.ToString(value < 10 ? "0.00" : value < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
