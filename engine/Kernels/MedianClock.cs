namespace PoseEngine.Kernels;

/// <summary>
/// Median times of what a device does, with their spread. A device may work behind the host's back, so the clock runs until it has
/// finished; actions of microseconds are timed many in a row, as a training run gives them, so that this wait does not count.
/// </summary>
/// <param name="synchronize">Waits until the device is done, such as <see cref="Tensors.Device{T}.Synchronize"/>.</param>
/// <param name="runs">Runs of each action after one to warm up; 0 for as many as give a steady median.</param>
public sealed class MedianClock(Action synchronize, int runs)
{
    private const int LeastBlocks = 5;
    private const int LeastSlowBlocks = 3;
    private const int MostBlocks = 400;
    private const int MostInBlock = 64;
    private const double BlockMs = 5;
    private const double LeastMs = 200;
    private const double WarmUpMs = 600;
    private const double SlowMs = 10_000;

    /// <summary>The standard error of a steady median, relative to it.</summary>
    private const double SteadyError = 0.01;

    /// <summary>What one measurement may take: enough for a steady median, short enough for a coffee.</summary>
    public double BudgetMs { get; init; } = 2000;

    /// <summary>The clock, for tests.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The median time of an action in milliseconds.</summary>
    public double Median(Action action) => Measure(action).Median;

    /// <summary>
    /// The time of an action: at least 5 times (3 where one is beyond the budget, once where it takes 10 s) and 0.2 s, so that something else that runs for a moment shows in the spread, then on
    /// until the median is known within a hundredth or the budget is spent.
    /// </summary>
    public Timing Measure(Action action)
    {
        // The first run compiles and loads what the action needs.
        var once = Block(action, 1);
        if (runs > 0) return Timing.Of(Enumerable.Range(0, runs).Select(_ => Block(action, 1)));
        once = WarmUp(action, once);
        if (once > SlowMs) return Timing.Of(Block(action, 1));
        var least = once > BudgetMs ? LeastSlowBlocks : LeastBlocks;
        var size = (int)Math.Clamp(Math.Ceiling(BlockMs / once), 1, MostInBlock);
        var (times, spent) = (new List<double>(), 0.0);
        do
        {
            times.Add(Block(action, size));
            spent += times[^1] * size;
        }
        while (times.Count < least || (spent < BudgetMs && times.Count < MostBlocks && !(spent >= LeastMs && Timing.Of(times).Error <= SteadyError)));
        return Timing.Of(times);
    }

    /// <summary>
    /// The times of actions that are compared, run in turns so that whatever else the machine does meets all alike: each as often as
    /// <see cref="Measure"/> runs it at the least, and on until all medians are steady or the budget of each is spent.
    /// </summary>
    public Timing[] MeasureTogether(params IReadOnlyList<Action> actions)
    {
        foreach (var action in actions)
        {
            var once = Block(action, 1);
            if (runs == 0) WarmUp(action, once);
        }
        var times = actions.Select(_ => new List<double>()).ToArray();
        var spent = 0.0;
        do
        {
            for (var i = 0; i < actions.Count; i++)
            {
                times[i].Add(Block(actions[i], 1));
                spent += times[i][^1];
            }
        }
        while (runs > 0 ? times[0].Count < runs : times[0].Count < LeastBlocks || (spent < BudgetMs * actions.Count && times.Any(t => Timing.Of(t).Error > SteadyError)));
        return Array.ConvertAll(times, t => Timing.Of(t));
    }

    /// <summary>
    /// The least time of a run: the compiler improves small functions behind the program's back, twice, each a tenth of a second late, and
    /// a busy machine may interrupt any single run.
    /// </summary>
    private double WarmUp(Action action, double first)
    {
        // Beside an action that is beyond the budget by itself, compiling it is nothing.
        if (first >= BudgetMs) return first;
        var (spent, least) = (first, first);
        do
        {
            var once = Block(action, 1);
            (spent, least) = (spent + once, Math.Min(least, once));
        }
        while (spent < WarmUpMs);
        return least;
    }

    /// <summary>The mean time of an action in a block, in milliseconds.</summary>
    private double Block(Action action, int size)
    {
        synchronize();
        var begin = Time.GetTimestamp();
        for (var i = 0; i < size; i++) action();
        synchronize();
        return Time.GetElapsedTime(begin).TotalMilliseconds / size;
    }
}
