namespace PoseEngine.Experiments.Reports;

/// <summary>A number over seeds: median, smallest and largest.</summary>
/// <param name="Median">NaN where there are none.</param>
internal sealed record Spread(double Median, double Low, double High, int Count)
{
    public static Spread None { get; } = new(double.NaN, double.NaN, double.NaN, 0);

    /// <summary>The spread of the finite ones of some numbers.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        return finite.Length == 0 ? None : new(Statistics.Quantile(finite, 0.5), finite[0], finite[^1], finite.Length);
    }

    /// <summary>"41.2 (40.1 to 43.0)", or the number alone where one seed has it.</summary>
    public string Text(Func<double, string> format) => Count > 1 ? $"{format(Median)} ({format(Low)} to {format(High)})" : format(Median);
}
