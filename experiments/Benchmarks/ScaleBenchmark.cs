namespace PoseEngine.Experiments.Benchmarks;

/// <summary>The sizes of <c>bench --scale</c>.</summary>
/// <param name="Batches">Samples; each brings six constraint rows.</param>
/// <param name="Widths">Outputs of the two wide dense layers.</param>
internal sealed record ScaleSizes(IReadOnlyList<int> Batches, IReadOnlyList<int> Widths)
{
    /// <summary>Batches 8 to 512 (48 to 3,072 rows) and 0.1 to 20 million parameters.</summary>
    public static ScaleSizes Full { get; } = new([8, 16, 32, 64, 128, 256, 512], [92, 230, 512, 1024, 2048, 3950]);

    /// <summary>Up to 128 samples and 2.1 million parameters.</summary>
    public static ScaleSizes Quick { get; } = new([8, 16, 32, 64, 128], [92, 230, 512, 1024]);
}

/// <summary>One quantity over a range of sizes.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">"ms" or "MB".</param>
/// <param name="Points">In order of size.</param>
public sealed record ScaleSeries(string Name, string Unit, IReadOnlyList<ScalePoint> Points)
{
    /// <summary>See <see cref="ScaleFit.Slope"/>.</summary>
    public double Slope { get; } = ScaleFit.Slope(Points);
}

/// <summary>Quantities that grow with one size.</summary>
/// <param name="Key">The file name of the figure.</param>
/// <param name="Size">What grows.</param>
/// <param name="Series">The quantities.</param>
/// <param name="Terms">The parts of the last series that grow with the size, its square and its cube, where it was split.</param>
public sealed record ScaleSweep(string Key, string Size, IReadOnlyList<ScaleSeries> Series, CubicTerms? Terms = null);

/// <summary>Measures how time and memory grow with the batch, the constraint rows and the parameters.</summary>
/// <typeparam name="T">The number type.</typeparam>
internal sealed class ScaleBenchmark<T>(ComputeDevice<T> device, Problem problem, ulong seed, Action<string> progress)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ParameterBatch = 16;
    private const double BudgetMs = 700;

    private readonly MedianClock _clock = new(device.Synchronize, 0) { BudgetMs = BudgetMs };

    /// <summary>The growth with the batch, at the network of Eq. 13, and with its constraint rows.</summary>
    public (ScaleSweep Batch, ScaleSweep Rows) OverBatches(IReadOnlyList<int> batches)
    {
        var network = Network<T>.Parse(device, problem.Input, problem.Spec.Layers);
        var (gradient, product, memory) = (new List<ScalePoint>(), new List<ScalePoint>(), new List<ScalePoint>());
        var (gram, gramMemory) = (new List<ScalePoint>(), new List<ScalePoint>());
        foreach (var batch in batches)
        {
            progress($"scale: batch {batch} of {batches[^1]}, forward, R-op and L-op");
            var before = PeakMemory.Reset();
            using var work = new ScaleProblem<T>(problem, network, new RandomGenerator(seed, 12), batch);
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
            new ScaleSweep("scale-batch", "batch",
            [
                new("forward, L-op of the loss", "ms", gradient), new("R-op, L-op of the constraints", "ms", product),
                new("host memory of both", "MB", memory),
            ]),
            new ScaleSweep(
                "scale-rows", "constraint rows",
                [new("host memory of the Gram solver", "MB", gramMemory), new("Gram solver", "ms", gram)], ScaleFit.Cubic(gram)));
    }

    /// <summary>The growth with the parameters by widening the dense layers, at a batch of 16.</summary>
    public ScaleSweep OverParameters(IReadOnlyList<int> widths)
    {
        var (gradient, product) = (new List<ScalePoint>(), new List<ScalePoint>());
        var (gram, memory) = (new List<ScalePoint>(), new List<ScalePoint>());
        foreach (var width in widths)
        {
            var network = Network(width);
            var million = (network.ParameterCount / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
            progress($"scale: {million} million parameters");
            var before = PeakMemory.Reset();
            using var work = new ScaleProblem<T>(problem, network, new RandomGenerator(seed, 13), ParameterBatch);
            var count = network.ParameterCount;
            gradient.Add(new(count, _clock.Median(work.Gradient)));
            product.Add(new(count, _clock.Median(work.KrylovProduct)));
            using var solver = work.CreateGramSolver();
            gram.Add(new(count, _clock.Median(() => work.Solve(solver))));
            memory.Add(new(count, Grown(before)));
        }
        return new ScaleSweep("scale-parameters", "parameters",
        [
            new("forward, L-op of the loss", "ms", gradient), new("R-op, L-op of the constraints", "ms", product),
            new("Gram solver, 96 rows", "ms", gram), new("host memory of all", "MB", memory),
        ]);
    }

    /// <summary>What the process has taken since, at least 1 MB: less cannot be told from noise.</summary>
    private static double Grown(double before) => Math.Max(PeakMemory.Megabytes() - before, 1);

    /// <summary>The network of Eq. 13 with other dense layers.</summary>
    private Network<T> Network(int width)
        => new(device, new Shape(3, 128, 128), LayerSpec.ParseNetwork(LayerSpec.PaperNetwork.Replace(
            "dense1024", string.Create(CultureInfo.InvariantCulture, $"dense{width}"), StringComparison.Ordinal)));
}
