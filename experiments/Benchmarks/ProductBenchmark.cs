namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// The matrix products of a dense layer [1024,1024] at a batch of 128, as the layer calls them, and OpenBLAS's beside.
/// Times in ms.
/// </summary>
/// <param name="ForwardMs">x W^T and the bias.</param>
/// <param name="LopMs">u W, u^T x and the bias.</param>
/// <param name="OpenBlasMs">All three products by OpenBLAS; null where it is not installed.</param>
public sealed record ProductTimes(double ForwardMs, double LopMs, double? OpenBlasMs)
{
    /// <summary>Operations of one product.</summary>
    public const double Flops = 2.0 * ProductBenchmark.Batch * ProductBenchmark.Width * ProductBenchmark.Width;
}

/// <summary>Measures <see cref="ProductTimes"/>.</summary>
internal static class ProductBenchmark
{
    public const int Batch = 128;
    public const int Width = 1024;

    public static ProductTimes Run<T>(ComputeDevice<T> device, MedianClock clock, OpenBlas? peer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = new RandomGenerator(5, 1);
        var (left, right) = (Random<T>(numbers, Batch * Width), Random<T>(numbers, Width * Width));
        var x = device.From(left, new Shape(Batch, Width));
        var weight = device.From(right, new Shape(Width, Width));
        var bias = device.Zeros(Width);
        var (y, ux) = (device.Zeros(x.Shape), device.Zeros(x.Shape));
        var adjoint = device.Zeros(weight.Shape);
        return new ProductTimes(
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
    {
        var values = new T[count];
        foreach (ref var value in values.AsSpan()) value = T.CreateTruncating(numbers.NextDouble() - 0.5);
        return values;
    }
}
