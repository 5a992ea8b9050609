namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The sizes of <c>bench --scale</c>: samples, each of which brings the constraint rows, and outputs of the two wide dense layers.</summary>
internal sealed record ScaleSizes(IReadOnlyList<int> Batches, IReadOnlyList<int> Widths)
{
    /// <summary>Batches 8 to 512 (48 to 3,072 rows) and 0.1 to 20 million parameters.</summary>
    public static ScaleSizes Full { get; } = new([8, 16, 32, 64, 128, 256, 512], [92, 230, 512, 1024, 2048, 3950]);

    /// <summary>Up to 128 samples and 2.1 million parameters.</summary>
    public static ScaleSizes Quick { get; } = new([8, 16, 32, 64, 128], [92, 230, 512, 1024]);
}

/// <summary>One quantity, in "ms" or "MB", over a range of sizes in their order.</summary>
internal sealed record ScaleSeries(string Name, string Unit, IReadOnlyList<ScalePoint> Points)
{
    public double Slope { get; } = ScaleFit.Slope(Points);
}

/// <summary>Quantities that grow with one size.</summary>
/// <param name="Key">The file name of the figure.</param>
/// <param name="Terms">The parts of the last series that grow with the size, its square and its cube, where it was split.</param>
internal sealed record ScaleSweep(string Key, string Size, IReadOnlyList<ScaleSeries> Series, CubicTerms? Terms = null);

/// <summary>Measures how time and memory grow with the batch, the constraint rows and the parameters.</summary>
internal sealed class ScaleBenchmark<T>(ComputeDevice<T> device, Problem problem, ulong seed, Action<string> progress)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ParameterBatch = 16;
    private const string Gradient = "forward, L-op of the loss", Product = "R-op, L-op of the constraints";

    private readonly MedianClock _clock = new(device.Synchronize, 0) { BudgetMs = 700 };

    /// <summary>The growth with the batch, at the problem's network, and with its constraint rows.</summary>
    public (ScaleSweep Batch, ScaleSweep Rows) OverBatches(IReadOnlyList<int> batches)
    {
        var network = Network<T>.Parse(device, problem.Input, problem.Spec.Layers);
        List<ScalePoint> gradient = [], product = [], memory = [], gram = [], gramMemory = [];
        foreach (var batch in batches)
        {
            progress($"scale: batch {batch} of {batches[^1]}, forward, R-op and L-op");
            var before = PeakMemory.Reset();
            using var work = Work(network, 12, batch);
            gradient.Add(new(batch, _clock.Median(work.Gradient)));
            product.Add(new(batch, _clock.Median(work.KrylovProduct)));
            memory.Add(new(batch, Grown(before)));

            progress($"scale: {work.RowCount} of {batches[^1] * work.RowCount / batch} constraint rows, Gram solver");
            before = PeakMemory.Reset();
            using var solver = work.CreateGramSolver();
            gram.Add(new(work.RowCount, _clock.Median(() => work.Solve(solver))));
            gramMemory.Add(new(work.RowCount, Grown(before)));
        }
        return (
            new ScaleSweep("scale-batch", "batch", [new(Gradient, "ms", gradient), new(Product, "ms", product), new("host memory of both", "MB", memory)]),
            new ScaleSweep(
                "scale-rows", "constraint rows", [new("host memory of the Gram solver", "MB", gramMemory), new("Gram solver", "ms", gram)], ScaleFit.Cubic(gram)));
    }

    /// <summary>The growth with the parameters by widening the dense layers of Eq. 13, at a batch of 16.</summary>
    public ScaleSweep OverParameters(IReadOnlyList<int> widths)
    {
        List<ScalePoint> gradient = [], product = [], gram = [], memory = [];
        foreach (var width in widths)
        {
            var network = new Network<T>(
                device, new Shape(3, 128, 128), LayerSpec.ParseNetwork(LayerSpec.PaperNetwork.Replace("dense1024", $"dense{width}", StringComparison.Ordinal)));
            var count = network.ParameterCount;
            progress($"scale: {count / 1e6:0.0} million parameters");
            var before = PeakMemory.Reset();
            using var work = Work(network, 13, ParameterBatch);
            gradient.Add(new(count, _clock.Median(work.Gradient)));
            product.Add(new(count, _clock.Median(work.KrylovProduct)));
            using var solver = work.CreateGramSolver();
            gram.Add(new(count, _clock.Median(() => work.Solve(solver))));
            memory.Add(new(count, Grown(before)));
        }
        return new ScaleSweep(
            "scale-parameters", "parameters",
            [new(Gradient, "ms", gradient), new(Product, "ms", product), new("Gram solver, 96 rows", "ms", gram), new("host memory of all", "MB", memory)]);
    }

    private BenchWork<T> Work(Network<T> network, ulong stream, int batch)
    {
        var generator = new RandomGenerator(seed, stream);
        var weights = network.InitializeHe(generator);
        return new BenchWork<T>(network, new ConstraintSet<T>(device, problem.Constraints), weights, RandomSamples.Create(problem, network, generator, batch));
    }

    /// <summary>What the process has taken since, at least 1 MB: less cannot be told from noise.</summary>
    private static double Grown(double before) => Math.Max(PeakMemory.Megabytes() - before, 1);
}
