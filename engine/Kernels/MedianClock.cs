using System.Diagnostics;

namespace PoseEngine.Kernels;

/// <summary>
/// Median times of what a device does. A device may work behind the host's back, so the clock runs until it has finished;
/// actions of microseconds are timed many in a row, as a training run gives them, so that this wait does not count.
/// </summary>
/// <param name="synchronize">Waits until the device is done, such as <see cref="Tensors.Device{T}.Synchronize"/>.</param>
/// <param name="runs">Runs of each action after one to warm up; 0 for as many as give a steady median.</param>
public sealed class MedianClock(Action synchronize, int runs)
{
    private const int LeastBlocks = 5;
    private const int MostBlocks = 25;
    private const int MostInBlock = 64;
    private const double BlockMs = 5;
    private const double WarmUpMs = 300;
    private const double SlowMs = 10_000;

    /// <summary>What one measurement may take: enough for a steady median, short enough for a coffee.</summary>
    public double BudgetMs { get; init; } = 2000;

    /// <summary>The median time of an action in milliseconds.</summary>
    public double Median(Action action)
    {
        // The first run compiles and loads what the action needs.
        var once = Block(action, 1);
        if (runs > 0) return Median(action, runs, 1);
        once = WarmUp(action, once);
        var size = (int)Math.Clamp(Math.Ceiling(BlockMs / once), 1, MostInBlock);
        var blocks = (int)Math.Clamp(BudgetMs / (once * size), once > SlowMs ? 1 : LeastBlocks, MostBlocks);
        return Median(action, blocks, size);
    }

    /// <summary>
    /// The least time of a run: the compiler improves small functions behind the program's back after a tenth of a second, and
    /// a busy machine may interrupt any single run.
    /// </summary>
    private double WarmUp(Action action, double first)
    {
        if (first >= SlowMs) return first;
        var (spent, least) = (first, first);
        do
        {
            var once = Block(action, 1);
            (spent, least) = (spent + once, Math.Min(least, once));
        }
        while (spent < WarmUpMs);
        return least;
    }

    private double Median(Action action, int blocks, int size)
        => Statistics.Quantile([.. Enumerable.Range(0, blocks).Select(_ => Block(action, size))], 0.5);

    /// <summary>The mean time of an action in a block, in milliseconds.</summary>
    private double Block(Action action, int size)
    {
        synchronize();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < size; i++) action();
        synchronize();
        return clock.Elapsed.TotalMilliseconds / size;
    }
}
