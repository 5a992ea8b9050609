using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace PoseEngine.Cpu;

/// <summary>
/// What the machine can do at the most: multiply-adds on registers alone, all threads at once. Every other figure is a
/// share of this one.
/// </summary>
public static class FmaPeak
{
    private const int Runs = 15;

    /// <summary>Independent chains: 2 units of latency 4 or 5 are busy from 10 on.</summary>
    private const int Chains = 12;

    /// <summary>Steps of one run, some 10 ms: longer than it takes all threads to come.</summary>
    private const int Steps = 5_000_000;

    /// <summary>Measures it; takes about half a second.</summary>
    /// <param name="threads">Threads that compute side by side.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no thread.</exception>
    public static FmaRate Measure<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Guard.Positive(threads, "the number of threads");
        var gigaflops = 2e-9 * Chains * Vector<T>.Count * Steps * threads;
        // The first run is the compiler's.
        var seconds = Enumerable.Range(0, Runs + 1).Select(_ => Seconds<T>(threads)).Skip(1).ToArray();
        return new FmaRate(gigaflops / seconds.Min(), gigaflops / Statistics.Quantile(seconds, 0.5));
    }

    /// <summary>From the moment when all threads are there until the last one is done.</summary>
    private static double Seconds<T>(int threads)
        where T : unmanaged
    {
        using var start = new Barrier(threads);
        var (begin, end) = (new long[threads], new long[threads]);
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            begin[i] = Stopwatch.GetTimestamp();
            Sink<T>.Value = Chain(new Vector<T>(Sink<T>.Value));
            end[i] = Stopwatch.GetTimestamp();
        })).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return Stopwatch.GetElapsedTime(begin.Min(), end.Max()).TotalSeconds;
    }

    /// <summary>12 multiply-adds a step and no load.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static T Chain<T>(Vector<T> x)
        where T : unmanaged
    {
        Vector<T> a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, b0 = x, b1 = x, b2 = x, b3 = x, b4 = x, b5 = x;
        for (var step = 0; step < Steps; step++)
        {
            a0 = Simd.MultiplyAdd(a0, x, x);
            a1 = Simd.MultiplyAdd(a1, x, x);
            a2 = Simd.MultiplyAdd(a2, x, x);
            a3 = Simd.MultiplyAdd(a3, x, x);
            a4 = Simd.MultiplyAdd(a4, x, x);
            a5 = Simd.MultiplyAdd(a5, x, x);
            b0 = Simd.MultiplyAdd(b0, x, x);
            b1 = Simd.MultiplyAdd(b1, x, x);
            b2 = Simd.MultiplyAdd(b2, x, x);
            b3 = Simd.MultiplyAdd(b3, x, x);
            b4 = Simd.MultiplyAdd(b4, x, x);
            b5 = Simd.MultiplyAdd(b5, x, x);
        }
        return Vector.Sum(a0 + a1 + a2 + a3 + a4 + a5 + b0 + b1 + b2 + b3 + b4 + b5);
    }

    /// <summary>Where results go, so that no compiler can leave the work out.</summary>
    private static class Sink<T>
    {
        public static T? Value { get; set; }
    }
}

/// <summary>Multiply-adds a second in units of 10^9 operations, each counted as two.</summary>
/// <param name="Peak">The best run: whatever else the machine does can only make it slower.</param>
/// <param name="Median">The median run; far below the peak, the machine is not idle and no time means much.</param>
public readonly record struct FmaRate(double Peak, double Median);
