namespace PoseEngine.Training;

/// <summary>
/// The forgetting matrix F[t, s]: how a level of active set s, such as its mean |C|, changes by step t, which acts on active
/// set t alone. Its diagonal is what steps do to the constraints that they look at, s &lt; t what they do to those of earlier
/// steps, s &gt; t to those that no step has looked at yet. It measures what section 6.1 of the paper supposes: that
/// constraints satisfied at one step stop being so at the next.
/// </summary>
public sealed class ForgettingMatrix
{
    private readonly double[][] _levels;

    private ForgettingMatrix(double[][] levels) => _levels = levels;

    /// <summary>T, the number of steps, which is that of active sets.</summary>
    public int Steps => _levels.Length - 1;

    /// <summary>The levels of all active sets before the first step and behind each [T + 1][T].</summary>
    public IReadOnlyList<IReadOnlyList<double>> Levels => _levels;

    /// <summary>F[t, s]; below 0 where step t made active set s better.</summary>
    public double this[int step, int set] => _levels[step + 1][set] - _levels[step][set];

    /// <summary>The mean of F[t, t]: what a step does to its own active set.</summary>
    public double Own => MeanOf((t, s) => t == s);

    /// <summary>The mean of F[t, s] over s &lt; t, what a step does to the sets of earlier ones; NaN for one step.</summary>
    public double Earlier => MeanOf((t, s) => s < t);

    /// <summary>The mean of F[t, s] over s &gt; t, what a step does to sets that none has looked at; NaN for one step.</summary>
    public double Unseen => MeanOf((t, s) => s > t);

    /// <summary>The mean of F[t + 1, t], what a step does to the set of the step before it; NaN for one step.</summary>
    public double Previous => MeanOf((t, s) => s == t - 1);

    /// <summary>
    /// Of what each step but the last won on its own set, the share that the very next step loses: 0 where nothing is
    /// forgotten, below 0 where that step helps. NaN where nothing was won.
    /// </summary>
    public double LostAtOnceShare => LostShare(t => t + 2);

    /// <summary>
    /// Of what each step but the last won on its own set, the share that was lost again at the end: 0 where nothing was
    /// forgotten, 1 where all of it was, more where sets ended worse than they were. NaN where nothing was won.
    /// </summary>
    public double ForgottenShare => LostShare(_ => Steps);

    /// <summary>Takes steps and measures all active sets before and after each.</summary>
    /// <param name="steps">T.</param>
    /// <param name="step">Takes step t on active set t.</param>
    /// <param name="levels">The levels of the T active sets, now.</param>
    /// <param name="cancellation">Looked at between steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no step.</exception>
    /// <exception cref="ArgumentException">There is not one level a set.</exception>
    /// <exception cref="OperationCanceledException">The token said so.</exception>
    public static ForgettingMatrix Measure(int steps, Action<int> step, Func<double[]> levels, CancellationToken cancellation = default)
    {
        Guard.Positive(steps, "the steps of a forgetting matrix");
        var all = new double[steps + 1][];
        for (var t = 0; t <= steps; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (t > 0) step(t - 1);
            all[t] = levels();
            Guard.Equal(all[t].Length, steps, "the levels of a forgetting matrix");
        }
        return new ForgettingMatrix(all);
    }

    /// <summary>Of what each step but the last won, the share that is lost at a row of the levels.</summary>
    private double LostShare(Func<int, int> row)
    {
        var (won, lost) = (0.0, 0.0);
        for (var t = 0; t < Steps - 1; t++)
        {
            won -= this[t, t];
            lost += _levels[row(t)][t] - _levels[t + 1][t];
        }
        return won > 0 ? lost / won : double.NaN;
    }

    private double MeanOf(Func<int, int, bool> isOfKind)
    {
        var (sum, count) = (0.0, 0);
        for (var t = 0; t < Steps; t++)
        {
            for (var s = 0; s < Steps; s++)
            {
                if (!isOfKind(t, s)) continue;
                sum += this[t, s];
                count++;
            }
        }
        return count == 0 ? double.NaN : sum / count;
    }
}
