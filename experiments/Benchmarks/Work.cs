namespace PoseEngine.Experiments.Benchmarks;

/// <summary>What cannot be avoided: operations, a multiply-add counted as two, in the device's precision, and those that are in float64 on
/// every device, such as S = A A^T and its factor; and the bytes that a GPU's memory must give or take.</summary>
internal readonly record struct Work(double Own, double Float64 = 0, double Bytes = 0)
{
    public static Work operator +(Work left, Work right) => new(left.Own + right.Own, left.Float64 + right.Float64, left.Bytes + right.Bytes);

    public static Work operator *(double times, Work once) => new(times * once.Own, times * once.Float64, times * once.Bytes);
}

/// <summary>Peak rates: multiply-adds in units of 10^9 operations a second, in the device's precision and in float64; and memory in GB/s
/// where that is a bound of its own, as on a GPU.</summary>
internal readonly record struct Peaks(double Own, double Float64, double Memory = double.PositiveInfinity)
{
    public double FloorMs(Work work) => Math.Max((work.Own / (1e6 * Own)) + (work.Float64 / (1e6 * Float64)), work.Bytes / (1e6 * Memory));
}

/// <summary>Bytes of all parameters, and of the inputs of a sample as they are stored: images in bytes.</summary>
internal readonly record struct NetworkBytes(double Weights, double Input)
{
    /// <summary>Vectors of MINRES-QLP that an iteration reads or writes, fused.</summary>
    private const int KrylovVectors = 13;

    public static unsafe NetworkBytes Of<T>(Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new((double)network.ParameterCount * sizeof(T), network.Input.Rank == 3 ? network.Input.Count : (double)network.Input.Count * sizeof(T));

    /// <summary>Weights and inputs.</summary>
    public double Forward(int samples) => Weights + (samples * Input);

    /// <summary>Both ways, and the gradient.</summary>
    public double Gradient(int samples) => (3 * Weights) + (2 * samples * Input);

    /// <summary>The R-op, which reads a direction beside weights and inputs, or the L-op, which writes one.</summary>
    public double Product(int samples) => (2 * Weights) + (samples * Input);

    /// <summary>What an iteration of MINRES-QLP has beside its products.</summary>
    public double Vectors => KrylovVectors * Weights;

    /// <summary>Gradient and parameters read, parameters written.</summary>
    public double SgdUpdate => 3 * Weights;

    /// <summary>Both moments read and written too.</summary>
    public double AdamUpdate => 7 * Weights;
}

/// <summary>A row of a table: a measured time, 0 where nothing was measured, its spread (<see cref="Timing.Spread"/>), null
/// for one run or where nobody knows it, and the operations behind it.</summary>
internal sealed record BenchLine(string Name, string Key, double Milliseconds, double? Spread, Work Work)
{
    public bool IsMeasured => Milliseconds > 0;

    /// <summary>What it asked of the device; null where that does not count, or was not counted.</summary>
    public DeviceCounters? Counters { get; init; }

    public double PercentOfPeak(Peaks peaks) => 100 * peaks.FloorMs(Work) / Milliseconds;
}
