using System.Text.Json;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Sweeps;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Experiments.Sweeps;

/// <summary>A cell belongs to one worker at a time, also when many find the same lock stale at once.</summary>
public class CellLockTests
{
    private static readonly LockTimes Slow = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5));

    private readonly TempFolder _folder = new();

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void OnlyOneHoldsALockAndGivesItBack()
    {
        var cell = _folder.At("simple");
        using var first = CellLock.TryTake(cell, "cpu", Slow);
        Assert.That(first, Is.Not.Null);
        Assert.That(CellLock.TryTake(cell, "cpu", Slow), Is.Null);
        var holder = CellLock.HolderOf(cell);
        Assert.That((holder!.Process, holder.Device), Is.EqualTo((Environment.ProcessId, "cpu")));
        first!.Dispose();
        Assert.That(CellLock.HolderOf(cell), Is.Null);
        using var second = CellLock.TryTake(cell, "cpu", Slow);
        Assert.That(second, Is.Not.Null);
        Assert.That(second!.Stale, Is.Null, "given back, not stale");
        second.Clear();
        Assert.That(Directory.EnumerateFiles(cell), Is.Empty);
    }

    [Test]
    public void ManyAtOnceGiveOneWinner([Range(0, 4)] int round)
    {
        var cell = _folder.At($"race-{round}");
        Assert.That(Race(cell, 24), Is.EqualTo(1));
    }

    [TestCase(true, 0)]
    [TestCase(false, 6)]
    public void AStaleLockIsTakenOverByOneWinner(bool sameHost, int minutesSilent)
    {
        for (var round = 0; round < 5; round++)
        {
            var cell = _folder.At($"stale-{sameHost}-{round}");
            WriteHolder(cell, 1, Holder(sameHost, minutesSilent) with { Released = true });
            WriteHolder(cell, 2, Holder(sameHost, minutesSilent));
            Assert.That(CellLock.HolderOf(cell), Is.Null);
            Assert.That(Race(cell, 24), Is.EqualTo(1));
        }
    }

    [Test]
    public void TheLongGameOfManyWorkersNeverHasTwoInside()
    {
        var cell = _folder.At("game");
        var (inside, most, entries) = (0, 0, 0);
        Together(8, _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var taken = CellLock.TryTake(cell, "cpu", Slow);
                if (taken is null) continue;
                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                Interlocked.Increment(ref entries);
                Thread.Yield();
                Interlocked.Decrement(ref inside);
            }
        });
        Assert.That(most, Is.EqualTo(1));
        Assert.That(entries, Is.Positive);
    }

    [Test]
    public void ALivingHolderElsewhereKeepsItsLock()
    {
        var cell = _folder.At("elsewhere");
        WriteHolder(cell, 1, Holder(sameHost: false, minutesSilent: 4));
        Assert.That(CellLock.TryTake(cell, "cpu", Slow), Is.Null);
        Assert.That(CellLock.HolderOf(cell), Is.Not.Null);
    }

    [Test]
    public void AFileThatIsJustBeingWrittenIsHeld()
    {
        var cell = _folder.At("empty");
        Directory.CreateDirectory(cell);
        File.WriteAllText(Path.Combine(cell, "lock.1"), "");
        Assert.That(CellLock.TryTake(cell, "cpu", Slow), Is.Null);
        File.SetLastWriteTimeUtc(Path.Combine(cell, "lock.1"), DateTime.UtcNow.AddHours(-1));
        using var taken = CellLock.TryTake(cell, "cpu", Slow);
        Assert.That(taken, Is.Not.Null, "its writer died");
    }

    [Test]
    public void AHolderThatWasTakenForDeadNotices()
    {
        var cell = _folder.At("lost");
        using var slow = CellLock.TryTake(cell, "cpu", Slow)!;
        var later = DateTime.UtcNow.AddMinutes(6);
        using var other = CellLock.TryTake(cell, "cpu", Slow, () => later);
        Assert.That(other?.Stale?.Process, Is.EqualTo(Environment.ProcessId));
        Assert.That(slow.Lost.IsCancellationRequested, Is.False);
        slow.Beat();
        other!.Beat();
        Assert.That(slow.Lost.IsCancellationRequested);
        Assert.That(other.Lost.IsCancellationRequested, Is.False);
        slow.Dispose();
        Assert.That(CellLock.HolderOf(cell), Is.Not.Null, "the new holder's lock stands");
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "a folder is made unreadable by its Unix mode")]
    public void AFolderThatCannotBeReadIsNoLoss()
    {
        if (OperatingSystem.IsWindows()) return;
        if (Environment.IsPrivilegedProcess) Assert.Ignore("a privileged process reads every folder");
        var cell = _folder.At("unreadable");
        using var held = CellLock.TryTake(cell, "cpu", Slow)!;
        var mode = File.GetUnixFileMode(cell);
        File.SetUnixFileMode(cell, UnixFileMode.None);
        try
        {
            held.Beat();
        }
        finally
        {
            File.SetUnixFileMode(cell, mode);
        }
        Assert.That(held.Lost.IsCancellationRequested, Is.False);
    }

    [Test]
    public void HeartbeatsAreWritten()
    {
        var cell = _folder.At("beat");
        using var held = CellLock.TryTake(cell, "cpu", new LockTimes(TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(5)))!;
        var first = CellLock.HolderOf(cell)!.Heartbeat;
        Assert.That(() => CellLock.HolderOf(cell)!.Heartbeat, Is.GreaterThan(first).After(5000, 20));
    }

    private static int Race(string cell, int workers)
    {
        var won = new CellLock?[workers];
        Together(workers, i => won[i] = CellLock.TryTake(cell, "cpu", Slow));
        var winners = won.Count(taken => taken is not null);
        foreach (var taken in won) taken?.Dispose();
        return winners;
    }

    /// <summary>Starts threads that wait for each other before they act.</summary>
    private static void Together(int count, Action<int> act)
    {
        using var gate = new Barrier(count);
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            gate.SignalAndWait();
            act(i);
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = most) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    /// <summary>A process that is gone: on this host its number is another's or nobody's now; elsewhere it is silent.</summary>
    private static LockHolder Holder(bool sameHost, int minutesSilent)
    {
        var heartbeat = DateTime.UtcNow.AddMinutes(-minutesSilent);
        return new(
            sameHost ? HostIdentity.Current : "another/host", Environment.ProcessId, DateTime.UtcNow.AddDays(-1), heartbeat, heartbeat, "cpu", false);
    }

    private static void WriteHolder(string cell, int number, LockHolder holder)
    {
        Directory.CreateDirectory(cell);
        File.WriteAllText(Path.Combine(cell, $"lock.{number}"), JsonSerializer.Serialize(holder, RunJson.Line));
    }
}
