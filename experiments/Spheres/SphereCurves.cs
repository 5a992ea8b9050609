namespace PoseEngine.Experiments.Spheres;

/// <summary>What a course observed of one run, iteration by iteration.</summary>
/// <param name="Reading">How the variance was read.</param>
/// <param name="IsHard">Whether constraints were imposed by Eq. 5 instead of a penalty.</param>
/// <param name="Median">Median of |C| of all spheres, before the first step and after each.</param>
/// <param name="Change">Median of |C| of the active spheres after each step minus before it.</param>
/// <param name="Objective">||w - x0||^2 / 2, before the first step and after each.</param>
/// <param name="Krylov">Iterations of MINRES-QLP of each hard step; 0 in soft runs.</param>
/// <param name="Unconverged">Hard steps whose solve ended at a limit.</param>
internal sealed record SphereCurves(
    SphereReading Reading, bool IsHard, double[] Median, double[] Change, double[] Objective, double[] Krylov, double[] Unconverged)
{
    /// <summary>Empty curves of so many steps.</summary>
    public SphereCurves(SphereReading reading, bool isHard, int iterations)
        : this(
            reading, isHard, new double[iterations + 1], new double[iterations], new double[iterations + 1], new double[iterations],
            new double[iterations])
    {
    }

    public string Method => IsHard ? "hard" : "soft";

    /// <summary>The method and the reading, such as "hard, literal".</summary>
    public string Name => $"{Method}, {Reading.Name}";

    public IEnumerable<(string Name, double[] Values)> All =>
        [("median", Median), ("change", Change), ("objective", Objective), ("krylov", Krylov), ("unconverged", Unconverged)];

    /// <summary>The median of |C| over the last fifth of the iterations, where courses have settled.</summary>
    public double SettledMedian => Statistics.Quantile(Tail(Median), 0.5);

    /// <summary>How rough the settled curve is: the median size of its jumps from iteration to iteration, relative to its level.</summary>
    public double Roughness
    {
        get
        {
            var tail = Tail(Median);
            var jumps = tail.Skip(1).Zip(tail, (next, last) => Math.Abs(next - last)).DefaultIfEmpty(0).ToArray();
            return Statistics.Quantile(jumps, 0.5) / SettledMedian;
        }
    }

    /// <summary>The part of the steps that made the median of |C| of their own active spheres worse.</summary>
    public double WorsenedShare => Change.Count(change => change > 0) / (double)Change.Length;

    /// <summary>The same over the last fifth of the steps.</summary>
    public double SettledWorsenedShare => Tail(Change).Count(change => change > 0) / (double)Tail(Change).Length;

    private static double[] Tail(double[] values) => values[^Math.Max(values.Length / 5, 1)..];
}
