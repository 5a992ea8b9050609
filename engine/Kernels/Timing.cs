namespace PoseEngine.Kernels;

/// <summary>The time of an action over several runs.</summary>
/// <param name="Median">The median in milliseconds.</param>
/// <param name="Spread">Half the distance between the quartiles, relative to the median: half of all runs lie about within +- this. 0 for one run, which tells nothing of it.</param>
/// <param name="Runs">How many there were.</param>
public readonly record struct Timing(double Median, double Spread, int Runs)
{
    /// <summary>The standard error of the median over that distance, times the root of the runs, for runs that scatter normally.</summary>
    private const double MedianError = 1.86;

    /// <summary>Of the times of runs in milliseconds.</summary>
    /// <exception cref="ArgumentException">There are none, or one is NaN.</exception>
    public static Timing Of(params IEnumerable<double> milliseconds)
    {
        double[] times = [.. milliseconds];
        var median = Statistics.Quantile(times, 0.5);
        var between = Statistics.Quantile(times, 0.75) - Statistics.Quantile(times, 0.25);
        return new Timing(median, median > 0 ? between / (2 * median) : 0, times.Length);
    }

    /// <summary>The standard error of the median, relative to it.</summary>
    public double Error => MedianError * Spread / Math.Sqrt(Runs);
}
