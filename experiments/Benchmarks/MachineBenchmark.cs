namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What this machine can do, so that times can be read as a share of it.</summary>
/// <param name="Products">Products of matrices.</param>
/// <param name="OpenBlas">The library beside which they stand; null where it is not installed.</param>
/// <param name="ImagesPerSecond">Walker images that are drawn.</param>
internal sealed record MachineFigures(IReadOnlyList<ProductTimes> Products, OpenBlasBuild? OpenBlas, double ImagesPerSecond)
{
    /// <summary>Of a dense layer's three products, 128 x 1024 x 1024.</summary>
    internal double PercentOfPeak(Peaks peaks) => Share(Minibatch.Select(product => product.Line), peaks);

    /// <summary>Of the same by OpenBLAS.</summary>
    internal double? OpenBlasPercentOfPeak(Peaks peaks) => OpenBlas is null ? null : Share(Minibatch.Select(product => product.OpenBlasLine!), peaks);

    private IEnumerable<ProductTimes> Minibatch => Products.Where(product => product.Size.StartsWith("128 x", StringComparison.Ordinal));

    private static double Share(IEnumerable<BenchLine> lines, Peaks peaks) => 100 * lines.Sum(line => peaks.FloorMs(line.Work)) / lines.Sum(line => line.Milliseconds);
}

/// <summary>Measures <see cref="MachineFigures"/>.</summary>
internal static class MachineBenchmark
{
    private const int Images = 112, ImageRuns = 3;

    public static MachineFigures Run<T>(ComputeDevice<T> device, MedianClock clock, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var peer = OpenBlas.TryLoad(threads);
        return new MachineFigures([.. new ProductBenchmark<T>(device, clock, peer).Run()], peer?.Build, ImagesPerSecond(threads));
    }

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
