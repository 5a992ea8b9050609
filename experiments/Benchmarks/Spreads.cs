namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Collects the spreads of measurements while their medians go elsewhere.</summary>
internal sealed class Spreads
{
    private readonly SortedDictionary<string, double> _percent = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, double> Percent => _percent;

    /// <summary>Keeps the spread and gives the median.</summary>
    public double Median(string key, Timing timing)
    {
        _percent[key] = Math.Round(100 * timing.Spread, 2);
        return timing.Median;
    }
}
