namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What this machine can do, so that times can be read as a share of it; the names are those of the JSON.</summary>
/// <param name="FmaPeakGflops">Multiply-adds on registers alone, float32, all threads; the best of several runs.</param>
/// <param name="FmaPeakGflopsFloat64">The same in float64.</param>
/// <param name="FmaMedianGflops">The median in the precision measured; far below the peak, the machine is not idle.</param>
/// <param name="GemmPercentOfPeak">A dense layer's three products, 128 x 1024 x 1024.</param>
/// <param name="GemmForwardPercentOfPeak">x W^T alone.</param>
/// <param name="GemmLopPercentOfPeak">u W and u^T x.</param>
/// <param name="OpenBlasPercentOfPeak">The three by OpenBLAS with as many threads; null where it is not installed.</param>
/// <param name="GeneratedImagesPerSecond">Walker images drawn.</param>
public sealed record MachineFigures(
    double FmaPeakGflops, double FmaPeakGflopsFloat64, double FmaMedianGflops, double GemmPercentOfPeak,
    double GemmForwardPercentOfPeak, double GemmLopPercentOfPeak, double? OpenBlasPercentOfPeak,
    double GeneratedImagesPerSecond)
{
    private const double IdleShare = 0.9;

    /// <summary>Whether something else computed meanwhile, so that times mean little.</summary>
    internal static bool IsBusy(FmaRate rate) => rate.Median < IdleShare * rate.Peak;
}

/// <summary>Measures <see cref="MachineFigures"/>.</summary>
internal static class MachineBenchmark
{
    private const int MostPeaks = 5;

    /// <summary>The multiply-adds a second in the precision of a device: again and again until nothing disturbs them.</summary>
    public static FmaRate Peak<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rate = FmaPeak.Measure<T>(threads);
        for (var i = 1; i < MostPeaks && MachineFigures.IsBusy(rate); i++)
        {
            var next = FmaPeak.Measure<T>(threads);
            rate = new FmaRate(Math.Max(rate.Peak, next.Peak), Math.Max(rate.Median, next.Median));
        }
        return rate;
    }

    public static MachineFigures Run<T>(ComputeDevice<T> device, MedianClock clock, FmaRate rate, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var single = typeof(T) == typeof(float);
        var times = ProductBenchmark.Run(device, clock, OpenBlas.TryLoad(threads));
        return new MachineFigures(
            single ? rate.Peak : FmaPeak.Measure<float>(threads).Peak,
            single ? FmaPeak.Measure<double>(threads).Peak : rate.Peak,
            rate.Median,
            Percent(3, times.ForwardMs + times.LopMs),
            Percent(1, times.ForwardMs),
            Percent(2, times.LopMs),
            times.OpenBlasMs is { } peer ? Percent(3, peer) : null,
            RendererBenchmark.ImagesPerSecond(threads));

        double Percent(int products, double milliseconds) => 100 * products * ProductTimes.Flops / (1e6 * milliseconds * rate.Peak);
    }
}
