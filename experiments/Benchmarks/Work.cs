namespace PoseEngine.Experiments.Benchmarks;

/// <summary>Operations that cannot be avoided, a multiply-add counted as two: those in the device's precision, and those that are in
/// float64 on every device, such as S = A A^T and its factor.</summary>
internal readonly record struct Work(double Own, double Float64 = 0)
{
    public static Work operator +(Work left, Work right) => new(left.Own + right.Own, left.Float64 + right.Float64);
}

/// <summary>Peak rates of multiply-adds in units of 10^9 operations a second: in the device's precision, and in float64.</summary>
internal readonly record struct Peaks(double Own, double Float64)
{
    public double FloorMs(Work work) => (work.Own / (1e6 * Own)) + (work.Float64 / (1e6 * Float64));
}

/// <summary>A row of a table: a measured time, 0 where nothing was measured, its spread (<see cref="Timing.Spread"/>), null
/// for one run or where nobody knows it, and the operations behind it.</summary>
internal sealed record BenchLine(string Name, string Key, double Milliseconds, double? Spread, Work Work)
{
    public bool IsMeasured => Milliseconds > 0;

    public double PercentOfPeak(Peaks peaks) => 100 * peaks.FloorMs(Work) / Milliseconds;
}
