namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The peak rates that times are held against. No time is below its floor at the true peak: where one seems to be, the peak was
/// measured too low, and is measured again.</summary>
/// <param name="measure">The rates of multiply-adds in the device's precision and in float64.</param>
internal sealed class MachinePeak(Func<(FmaRate Own, FmaRate Float64)> measure)
{
    /// <summary>On a busy machine the peak may be measured too low several times, never too high.</summary>
    private const int MostMeasurements = 5;

    public (FmaRate Own, FmaRate Float64) Rates { get; private set; } = measure();

    public Peaks Peaks => new(Rates.Own.Peak, Rates.Float64.Peak);

    /// <summary>The peaks of this processor by so many threads, in the precision of <typeparamref name="T"/> and in float64.</summary>
    public static MachinePeak Of<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new(() =>
        {
            var own = FmaPeak.Measure<T>(threads);
            return (own, typeof(T) == typeof(double) ? own : FmaPeak.Measure<double>(threads));
        });

    /// <summary>Sees to it that no share is above 100 %.</summary>
    /// <returns>Whether the peak had to be measured again, and is higher now.</returns>
    /// <exception cref="AbovePeakException">A time is below its floor all the same.</exception>
    public bool Hold(params IEnumerable<BenchLine> lines)
    {
        var above = Above(lines, Peaks);
        if (above is null) return false;
        for (var i = 1; above is not null && i < MostMeasurements; i++)
        {
            var again = measure();
            Rates = (Higher(Rates.Own, again.Own), Higher(Rates.Float64, again.Float64));
            above = Above(lines, Peaks);
        }
        return above is null ? true : throw new AbovePeakException(Describe(above, Peaks));
    }

    /// <summary>The row whose time is farthest below its floor, or null where none is.</summary>
    public static BenchLine? Above(IEnumerable<BenchLine> lines, Peaks peaks)
        => lines.Where(line => line.IsMeasured && line.PercentOfPeak(peaks) > 100).MaxBy(line => line.PercentOfPeak(peaks));

    private static string Describe(BenchLine line, Peaks peaks)
        => $"bench: {line.Name} took {line.Milliseconds:0.000} ms, its floor is {peaks.FloorMs(line.Work):0.000} ms at a peak of {peaks.Own:0.0} GFLOP/s ({peaks.Float64:0.0} in float64): "
            + "no work is faster than the peak, so the peak or the floor is wrong; run it again on an idle machine, and report it if it stays";

    private static FmaRate Higher(FmaRate one, FmaRate other) => other.Peak > one.Peak ? other : one;
}

/// <summary>A time was below its floor at the peak, measured again and again.</summary>
public sealed class AbovePeakException(string message) : Exception(message);
