namespace PoseEngine.Experiments.Benchmarks;

/// <summary>How many walker images the renderer draws a second.</summary>
internal static class RendererBenchmark
{
    private const int Images = 112;
    private const int Runs = 3;

    /// <summary>The median of several runs over images of all subjects and cameras.</summary>
    public static double ImagesPerSecond(int threads)
    {
        var source = WalkerMaker.Source(new WalkerSettings { MaximumImages = Images, Threads = threads });
        Draw(source, threads);
        return Statistics.Quantile([.. Enumerable.Range(0, Runs).Select(_ => Draw(source, threads))], 0.5);
    }

    private static double Draw(IPackSource source, int threads)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads };
        var clock = Stopwatch.StartNew();
        Parallel.For(
            0, source.Count, options, () => (Image: new byte[WalkerImage.ByteCount], Pose: new float[3 * Skeleton.JointCount]),
            (i, _, buffers) =>
            {
                source.Make(i, buffers.Image, buffers.Pose);
                return buffers;
            },
            _ => { });
        return source.Count / clock.Elapsed.TotalSeconds;
    }
}
