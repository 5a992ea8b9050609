namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What this machine can do, so that times can be read as a share of it; the names are those of the JSON.</summary>
/// <param name="FmaPeakGflops">Multiply-adds on registers alone, float32, all threads; the best of several runs.</param>
/// <param name="GemmPercentOfPeak">A dense layer's three products, 128 x 1024 x 1024.</param>
/// <param name="GemmForwardPercentOfPeak">x W^T alone.</param>
/// <param name="GemmLopPercentOfPeak">u W and u^T x.</param>
/// <param name="OpenBlasPercentOfPeak">The three by OpenBLAS with as many threads; null where it is not installed.</param>
internal sealed record MachineFigures(
    double FmaPeakGflops, double FmaPeakGflopsFloat64, double GemmPercentOfPeak,
    double GemmForwardPercentOfPeak, double GemmLopPercentOfPeak, double? OpenBlasPercentOfPeak, double GeneratedImagesPerSecond)
{
    private const double IdleShare = 0.9;

    /// <summary>Whether something else computed meanwhile, so that times mean little.</summary>
    internal static bool IsBusy(FmaRate rate) => rate.Median < IdleShare * rate.Peak;
}

/// <summary>Measures <see cref="MachineFigures"/>: a dense layer [1024,1024] at a batch of 128 as the layer calls it, and walker images.</summary>
internal static class MachineBenchmark
{
    private const int MostPeaks = 5, Batch = 128, Width = 1024, Images = 112, ImageRuns = 3;
    private const double ProductFlops = 2.0 * Batch * Width * Width;

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
        var (forward, lop, openBlas) = Products(device, clock, OpenBlas.TryLoad(threads));
        return new MachineFigures(
            single ? rate.Peak : FmaPeak.Measure<float>(threads).Peak, single ? FmaPeak.Measure<double>(threads).Peak : rate.Peak,
            Percent(3, forward + lop), Percent(1, forward), Percent(2, lop), openBlas is { } peer ? Percent(3, peer) : null, ImagesPerSecond(threads));

        double Percent(int products, double milliseconds) => 100 * products * ProductFlops / (1e6 * milliseconds * rate.Peak);
    }

    /// <summary>x W^T and the bias; u W, u^T x and the bias; all three products by OpenBLAS, null where it is not installed; in ms.</summary>
    private static (double ForwardMs, double LopMs, double? OpenBlasMs) Products<T>(ComputeDevice<T> device, MedianClock clock, OpenBlas? peer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new RandomGenerator(5, 1);
        var (left, right) = (Random<T>(numbers, Batch * Width), Random<T>(numbers, Width * Width));
        var (x, weight, bias) = (device.From(left, new Shape(Batch, Width)), device.From(right, new Shape(Width, Width)), device.Zeros(Width));
        var (y, ux, adjoint) = (device.Zeros(x.Shape), device.Zeros(x.Shape), device.Zeros(weight.Shape));
        return (
            clock.Median(() => device.Dense.Forward(x, weight, bias, y)),
            clock.Median(() => device.Dense.Lop(x, weight, y, ux, adjoint, bias)),
            peer is null ? null : Peer(peer, clock, left, right));
    }

    private static double Peer<T>(OpenBlas peer, MedianClock clock, T[] left, T[] right)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (y, adjoint) = (new T[Batch * Width], new T[Width * Width]);
        return clock.Median(() => peer.Multiply<T>(Batch, Width, Width, left, false, right, true, y))
            + clock.Median(() => peer.Multiply<T>(Batch, Width, Width, left, false, right, false, y))
            + clock.Median(() => peer.Multiply<T>(Width, Width, Batch, left, true, left, false, adjoint));
    }

    private static T[] Random<T>(RandomGenerator numbers, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => [.. Enumerable.Range(0, count).Select(_ => T.CreateTruncating(numbers.NextDouble() - 0.5))];

    /// <summary>Walker images of all subjects and cameras that are drawn a second: the median of several runs after one to warm up.</summary>
    private static double ImagesPerSecond(int threads)
    {
        var source = WalkerMaker.Source(new WalkerSettings { MaximumImages = Images, Threads = threads });
        Draw(source, threads);
        return Statistics.Quantile([.. Enumerable.Range(0, ImageRuns).Select(_ => Draw(source, threads))], 0.5);
    }

    private static double Draw(IPackSource source, int threads)
    {
        var clock = Stopwatch.StartNew();
        Parallel.For(
            0, source.Count, new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => (Image: new byte[WalkerImage.ByteCount], Pose: new float[3 * Skeleton.JointCount]),
            (i, _, buffers) =>
            {
                source.Make(i, buffers.Image, buffers.Pose);
                return buffers;
            },
            _ => { });
        return source.Count / clock.Elapsed.TotalSeconds;
    }
}
