using System.Diagnostics;
using System.Numerics;

namespace PoseEngine.Cpu;

/// <summary>
/// What the machine can do at the most: multiply-adds on registers alone, all threads at once, in the widest vectors that it has
/// or, where those are slower, the next. Every other figure is a share of this one.
/// </summary>
public static class FmaPeak
{
    /// <summary>Runs of a batch, after one that wakes the processor from its slower pace.</summary>
    private const int Runs = 8;

    /// <summary>Batches are taken apart in time: what disturbs one is over, or the threads are placed anew, at the next.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150), Budget = TimeSpan.FromSeconds(4);

    /// <summary>Measures until the best batches of runs agree within a fiftieth: about a second, 4 seconds at the most.</summary>
    /// <param name="threads">Threads that compute side by side.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no thread.</exception>
    public static FmaRate Measure<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Positive(threads, "the number of threads");
        var searches = FmaChains.Widths.Select(width => (Width: width, Search: new PeakSearch())).ToArray();
        var clock = Stopwatch.StartNew();
        while (true)
        {
            foreach (var (width, search) in searches) search.Add(Batch<T>(threads, width));
            var best = searches.MaxBy(entry => entry.Search.Peak);
            if (best.Search.IsSteady || clock.Elapsed > Budget) return new FmaRate(best.Search.Peak, best.Search.Median, best.Width, best.Search.IsSteady);
            Thread.Sleep(Pause);
        }
    }

    private static (double Rate, bool IsApart)[] Batch<T>(int threads, int width)
        where T : unmanaged
    {
        var gigaflops = 1e-9 * threads * FmaChains.Operations<T>(width);
        return [.. SideBySide.Time(threads, Runs + 1, () => FmaChains.Run<T>(width)).Skip(1).Select(run => (gigaflops / run.Seconds, run.IsApart))];
    }
}

/// <summary>Multiply-adds a second in units of 10^9 operations, each counted as two.</summary>
/// <param name="Peak">The best run: whatever else the machine does can only make it slower.</param>
/// <param name="Median">The median run; far below the peak, the machine is not idle and no time means much.</param>
/// <param name="VectorBits">The width of the vectors that reached it.</param>
/// <param name="IsSteady">Whether the best batches of runs agreed within a fiftieth; if not, the true peak may be higher.</param>
public readonly record struct FmaRate(double Peak, double Median, int VectorBits, bool IsSteady);
