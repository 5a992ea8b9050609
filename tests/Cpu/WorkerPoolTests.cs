using System.Diagnostics;
using System.Runtime.InteropServices;
using PoseEngine.Cpu;

namespace PoseEngine.Tests.Cpu;

public class WorkerPoolTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public unsafe void EveryPartRunsOnce(int threads)
    {
        using var pool = new WorkerPool(threads);
        var counts = (int*)NativeMemory.AllocZeroed(1000, sizeof(int));
        try
        {
            for (var run = 0; run < 500; run++)
            {
                var parts = run * 2;
                pool.Run(new Counting(counts), parts);
                for (var part = 0; part < 1000; part++)
                {
                    if (counts[part] != (part < parts ? 1 : 0)) Assert.Fail($"run {run}: part {part} ran {counts[part]} times");
                    counts[part] = 0;
                }
            }
        }
        finally
        {
            NativeMemory.Free(counts);
        }
    }

    [TestCase(1)]
    [TestCase(3)]
    public unsafe void AFailureReachesTheCallerAndThePoolGoesOn(int threads)
    {
        using var pool = new WorkerPool(threads);
        for (var run = 0; run < 20; run++)
        {
            Assert.That(
                () => pool.Run(default(Failing), 9),
                Throws.InvalidOperationException.With.Message.Contains("part 7").And.InnerException.TypeOf<ArithmeticException>());
            var count = 0;
            pool.Run(new Summing(&count), 50);
            Assert.That(count, Is.EqualTo(50 * 49 / 2));
        }
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(7)]
    public unsafe void PartsOfABusyThreadAreTakenByOthers(int threads)
    {
        using var pool = new WorkerPool(threads);
        foreach (var busy in new[] { 0, 20, 39 })
        {
            var (count, isLate) = (0, 0);
            pool.Run(new Waiting(&count, &isLate, busy), 40);
            Assert.That(count, Is.EqualTo(40));
            Assert.That(isLate, Is.Zero, $"the other parts waited for part {busy}");
        }
    }

    [Test]
    public unsafe void SleepingThreadsWakeUp()
    {
        using var pool = new WorkerPool(3);
        for (var run = 0; run < 4; run++)
        {
            Thread.Sleep(50);
            var sum = 0;
            pool.Run(new Summing(&sum), 100);
            Assert.That(sum, Is.EqualTo(4950));
        }
    }

    [Test]
    public void ADisposedPoolRefusesWork()
    {
        var pool = new WorkerPool(2);
        pool.Dispose();
        pool.Dispose();
        Assert.That(() => pool.Run(default(Failing), 5), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void NoThreadsAreRefused()
        => Assert.That(() => new WorkerPool(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0"));

    /// <summary>One part ends when all others have ended.</summary>
    private readonly unsafe struct Waiting(int* count, int* isLate, int busy) : IParts
    {
        public void Run(int part)
        {
            var clock = Stopwatch.StartNew();
            while (part == busy && Volatile.Read(ref *count) < 39 && *isLate == 0) *isLate = clock.Elapsed.TotalSeconds > 20 ? 1 : 0;
            Interlocked.Increment(ref *count);
        }
    }

    private readonly unsafe struct Counting(int* counts) : IParts
    {
        public void Run(int part) => Interlocked.Increment(ref counts[part]);
    }

    private readonly unsafe struct Summing(int* sum) : IParts
    {
        public void Run(int part) => Interlocked.Add(ref *sum, part);
    }

    private readonly struct Failing : IParts
    {
        public void Run(int part)
        {
            if (part == 7) throw new ArithmeticException("part 7 failed");
        }
    }
}
