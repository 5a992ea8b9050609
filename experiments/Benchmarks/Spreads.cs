namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Collects the spreads of measurements while their medians go elsewhere.</summary>
internal sealed class Spreads
{
    private readonly SortedDictionary<string, double> _percent = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, double> Percent => _percent;

    /// <summary>Keeps the spread, where there is more than one run to have one, and gives the median.</summary>
    public double Median(string key, Timing timing)
    {
        if (Of(timing) is { } percent) _percent[key] = percent;
        return timing.Median;
    }

    /// <summary>A spread in percent; null for a single run.</summary>
    public static double? Of(Timing timing) => timing.Runs > 1 ? Math.Round(100 * timing.Spread, 2) : null;
}
