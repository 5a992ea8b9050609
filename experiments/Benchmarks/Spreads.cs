namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Collects the spreads of measurements, and what they ask of a device that counts, while their medians go elsewhere.</summary>
internal sealed class Spreads
{
    private readonly SortedDictionary<string, double> _percent = new(StringComparer.Ordinal);

    private readonly SortedDictionary<string, DeviceCounters> _counters = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, double> Percent => _percent;

    /// <summary>Null where nothing was counted.</summary>
    public IReadOnlyDictionary<string, DeviceCounters>? Counters => _counters.Count == 0 ? null : _counters;

    /// <summary>Keeps the spread, where there is more than one run to have one, and what a run asked of the device, and gives the median.</summary>
    public double Median(string key, Timing timing, DeviceCounters? counters = null)
    {
        if (counters is { } counted) _counters[key] = counted;
        if (Of(timing) is { } percent) _percent[key] = percent;
        return timing.Median;
    }

    /// <summary>A spread in percent; null for a single run.</summary>
    public static double? Of(Timing timing) => timing.Runs > 1 ? Math.Round(100 * timing.Spread, 2) : null;
}
