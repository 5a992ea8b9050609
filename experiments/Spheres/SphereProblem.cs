namespace PoseEngine.Experiments.Spheres;

/// <summary>The vectors of one problem of Eq. 16 on a device: standard normal z_i, whose multiples are the centres of every reading, and x0
/// and w0. They lie in one matrix [N + 2, d].</summary>
internal sealed class SphereProblem<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private double[]? _products;

    private SphereProblem(ComputeDevice<T> device, int spheres, int dimension)
    {
        (Device, Count, Dimension) = (device, spheres, dimension);
        Vectors = device.Zeros(new Shape(spheres + 2, dimension));
    }

    public ComputeDevice<T> Device { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    public int Dimension { get; }

    /// <summary>z_1 ... z_N, x0, w0.</summary>
    public Tensor<T> Vectors { get; }

    /// <summary>z [N,d].</summary>
    public Tensor<T> Centres => Vectors.Slice(0, new Shape(Count, Dimension));

    /// <summary>x0 [d].</summary>
    public Tensor<T> Target => Row(Count);

    /// <summary>w0 [d].</summary>
    public Tensor<T> Start => Row(Count + 1);

    /// <summary>The inner products of all vectors in float64, [N + 2, N + 2], on and above the diagonal; computed when first wanted.</summary>
    public double[] Products => _products ??= SphereSpan.Gram(this);

    /// <summary>z_i . z_j in float64.</summary>
    public double Product(int i, int j) => Products[((long)Math.Min(i, j) * (Count + 2)) + Math.Max(i, j)];

    /// <summary>Draws all vectors: each has a generator of its own, so that threads may share the work.</summary>
    public static SphereProblem<T> Draw(ComputeDevice<T> device, int spheres, int dimension, ulong seed, int threads = 0, CancellationToken cancellation = default)
    {
        var (problem, gate) = (new SphereProblem<T>(device, spheres, dimension), new Lock());
        Parallel.For(0, spheres + 2, SpheresSettings.Parallel(threads, cancellation), () => new T[dimension], (i, _, row) =>
        {
            new RandomGenerator(RandomGenerator.Hash(seed, (ulong)i), Streams.Vectors).FillNormal<T>(row);
            if (i >= spheres) SetNorm(row);
            lock (gate) problem.Row(i).CopyFrom(row);
            return row;
        }, _ => { });
        return problem;
    }

    /// <summary>A problem from rows in float64, z_1 ... z_N, x0, w0.</summary>
    public static SphereProblem<T> From(ComputeDevice<T> device, double[][] rows)
    {
        var problem = new SphereProblem<T>(device, rows.Length - 2, rows[0].Length);
        for (var i = 0; i < rows.Length; i++) problem.Row(i).CopyFrom(Array.ConvertAll(rows[i], T.CreateTruncating));
        return problem;
    }

    /// <summary>The spheres whose centres are a multiple of z.</summary>
    public Hypersphere<T> Spheres(double scale) => new(Device, Centres, scale, SpheresSettings.Radius);

    public void Dispose() => Vectors.Storage.Dispose();

    private Tensor<T> Row(int i) => Vectors.Slice(i * Dimension, Dimension);

    private static void SetNorm(Span<T> row)
    {
        var square = 0.0;
        foreach (var element in row) square += double.CreateTruncating(element) * double.CreateTruncating(element);
        var factor = SpheresSettings.VectorNorm / Math.Sqrt(square);
        foreach (ref var element in row) element = T.CreateTruncating(factor * double.CreateTruncating(element));
    }
}

/// <summary>Which generators are drawn from for what.</summary>
internal static class Streams
{
    public const ulong Vectors = 1, ActiveSets = 2, Span = 3, Plane = 4;
}
