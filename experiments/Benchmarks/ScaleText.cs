namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The figures of <c>bench --scale</c> as tables for people.</summary>
internal static class ScaleText
{
    private const int ColumnWidth = 11, NameWidth = 32;

    /// <summary>A row for each quantity, a column for each size, and the slope behind.</summary>
    public static string Table(ScaleSweep sweep)
    {
        var text = new StringBuilder();
        Row(sweep.Size, sweep.Series[0].Points.Select(p => Size(p.Size)), "  slope");
        foreach (var series in sweep.Series) Row($"  {series.Name}, {series.Unit}", series.Points.Select(p => Value(p.Value)), $"{series.Slope,7:0.00}");
        if (sweep.Terms is { } terms) text.Append($"  {Describe(terms, sweep.Series[^1].Points[^1].Size)}\n");
        return $"\n{text}";

        void Row(string name, IEnumerable<string> cells, string slope)
            => text.Append(name.PadRight(NameWidth)).AppendJoin("", cells.Select(cell => cell.PadLeft(ColumnWidth))).Append(slope).Append('\n');
    }

    private static string Describe(CubicTerms terms, double size)
    {
        var (quadratic, cubic) = (100 * terms.QuadraticShare(size), 100 * terms.CubicShare(size));
        return $"Gram solver at {size:N0} rows: {100 - quadratic - cubic:0} % linear (passes through the network), {quadratic:0} % quadratic (entries of S), {cubic:0} % cubic (factoring S)";
    }

    private static string Size(double size) => size < 1e5 ? $"{size:N0}" : $"{size / 1e6:0.0} M";

    private static string Value(double value) => value.ToString(value < 10 ? "0.00" : value < 1000 ? "0.0" : "N0");
}
