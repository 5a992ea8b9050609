using System.Diagnostics;

namespace PoseEngine.Cpu;

/// <summary>Times of runs that several threads begin at the same moment.</summary>
internal static class SideBySide
{
    /// <summary>Runs one after the other, each by all threads.</summary>
    /// <param name="threads">Threads, which live for all runs so that the system has time to spread them.</param>
    /// <param name="runs">Runs.</param>
    /// <param name="work">What each thread does in a run.</param>
    public static SideBySideRun[] Time(int threads, int runs, Action work)
    {
        var marks = new Mark[runs, threads];
        var arrived = 0;
        var workers = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            for (var run = 0; run < runs; run++)
            {
                Interlocked.Increment(ref arrived);
                // Waiting threads keep their processors, so that those with one each do begin together.
                var wait = new SpinWait();
                while (Volatile.Read(ref arrived) < (run + 1) * threads) wait.SpinOnce(sleep1Threshold: -1);
                var (processor, begin) = (Thread.GetCurrentProcessorId(), Stopwatch.GetTimestamp());
                work();
                marks[run, thread] = new Mark(begin, Stopwatch.GetTimestamp(), processor, Thread.GetCurrentProcessorId() == processor);
            }
        })).ToArray();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return [.. Enumerable.Range(0, runs).Select(run => Summary([.. Enumerable.Range(0, threads).Select(thread => marks[run, thread])]))];
    }

    private static SideBySideRun Summary(Mark[] marks) => new(
        Stopwatch.GetElapsedTime(marks.Min(mark => mark.Begin), marks.Max(mark => mark.End)).TotalSeconds,
        marks.All(mark => mark.Stayed) && marks.DistinctBy(mark => mark.Processor).Count() >= Math.Min(marks.Length, Environment.ProcessorCount));

    private readonly record struct Mark(long Begin, long End, int Processor, bool Stayed);
}

/// <summary>A run of several threads.</summary>
/// <param name="Seconds">From the moment when the first began until the last was done.</param>
/// <param name="IsApart">Whether each had a processor to itself from beginning to end; with more threads than processors, all processors.</param>
internal readonly record struct SideBySideRun(double Seconds, bool IsApart);
