using System.Text.Json;
using PoseEngine.Files;
using PoseEngine.Tests.Experiments.Reports;

namespace PoseEngine.Tests.Files;

/// <summary>A folder belongs to one worker at a time, also when many find the same lock stale at once.</summary>
public class FolderLockTests
{
    private static readonly LockTimes Slow = new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5));

    private readonly TempFolder _folder = new();

    [OneTimeTearDown]
    public void DropFolder() => _folder.Dispose();

    [Test]
    public void OnlyOneHoldsALockAndGivesItBack()
    {
        var folder = _folder.At("simple");
        using var first = FolderLock.TryTake(folder, "worker", Slow);
        Assert.That(first, Is.Not.Null);
        Assert.That(FolderLock.TryTake(folder, "worker", Slow), Is.Null);
        var holder = FolderLock.HolderOf(folder);
        Assert.That((holder!.Process, holder.Worker), Is.EqualTo((Environment.ProcessId, "worker")));
        first!.Dispose();
        Assert.That(FolderLock.HolderOf(folder), Is.Null);
        using var second = FolderLock.TryTake(folder, "worker", Slow);
        Assert.That(second, Is.Not.Null);
        Assert.That(second!.Stale, Is.Null, "given back, not stale");
        second.Clear();
        Assert.That(Directory.EnumerateFiles(folder), Is.Empty);
    }

    [Test]
    public void ManyAtOnceGiveOneWinner([Range(0, 4)] int round)
    {
        var folder = _folder.At($"race-{round}");
        Assert.That(Race(folder, 24), Is.EqualTo(1));
    }

    [TestCase(true, 0)]
    [TestCase(false, 6)]
    public void AStaleLockIsTakenOverByOneWinner(bool sameHost, int minutesSilent)
    {
        for (var round = 0; round < 5; round++)
        {
            var folder = _folder.At($"stale-{sameHost}-{round}");
            WriteHolder(folder, 1, Holder(sameHost, minutesSilent) with { Released = true });
            WriteHolder(folder, 2, Holder(sameHost, minutesSilent));
            Assert.That(FolderLock.HolderOf(folder), Is.Null);
            Assert.That(Race(folder, 24), Is.EqualTo(1));
        }
    }

    [Test]
    public void TheLongGameOfManyWorkersNeverHasTwoInside()
    {
        var folder = _folder.At("game");
        var (inside, most, entries) = (0, 0, 0);
        Together(8, _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var taken = FolderLock.TryTake(folder, "worker", Slow);
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
        var folder = _folder.At("elsewhere");
        WriteHolder(folder, 1, Holder(sameHost: false, minutesSilent: 4));
        Assert.That(FolderLock.TryTake(folder, "worker", Slow), Is.Null);
        Assert.That(FolderLock.HolderOf(folder), Is.Not.Null);
    }

    [Test]
    public void AFileThatIsJustBeingWrittenIsHeld()
    {
        var folder = _folder.At("empty");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "lock.1"), "");
        Assert.That(FolderLock.TryTake(folder, "worker", Slow), Is.Null);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "lock.1"), DateTime.UtcNow.AddHours(-1));
        using var taken = FolderLock.TryTake(folder, "worker", Slow);
        Assert.That(taken, Is.Not.Null, "its writer died");
    }

    [Test]
    public void AHolderThatWasTakenForDeadNotices()
    {
        var folder = _folder.At("lost");
        using var slow = FolderLock.TryTake(folder, "worker", Slow)!;
        var later = DateTime.UtcNow.AddMinutes(6);
        using var other = FolderLock.TryTake(folder, "worker", Slow, () => later);
        Assert.That(other?.Stale?.Process, Is.EqualTo(Environment.ProcessId));
        Assert.That(slow.Lost.IsCancellationRequested, Is.False);
        slow.Beat();
        other!.Beat();
        Assert.That(slow.Lost.IsCancellationRequested);
        Assert.That(other.Lost.IsCancellationRequested, Is.False);
        slow.Dispose();
        Assert.That(FolderLock.HolderOf(folder), Is.Not.Null, "the new holder's lock stands");
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "a folder is made unreadable by its Unix mode")]
    public void AFolderThatCannotBeReadIsNoLoss()
    {
        if (OperatingSystem.IsWindows()) return;
        if (Environment.IsPrivilegedProcess) Assert.Ignore("a privileged process reads every folder");
        var folder = _folder.At("unreadable");
        using var held = FolderLock.TryTake(folder, "worker", Slow)!;
        var mode = File.GetUnixFileMode(folder);
        File.SetUnixFileMode(folder, UnixFileMode.None);
        try
        {
            held.Beat();
        }
        finally
        {
            File.SetUnixFileMode(folder, mode);
        }
        Assert.That(held.Lost.IsCancellationRequested, Is.False);
    }

    [Test]
    public void HeartbeatsAreWritten()
    {
        var folder = _folder.At("beat");
        using var held = FolderLock.TryTake(folder, "worker", new LockTimes(TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(5)))!;
        var first = FolderLock.HolderOf(folder)!.Heartbeat;
        Assert.That(() => FolderLock.HolderOf(folder)!.Heartbeat, Is.GreaterThan(first).After(5000, 20));
    }

    private static int Race(string folder, int workers)
    {
        var won = new FolderLock?[workers];
        Together(workers, i => won[i] = FolderLock.TryTake(folder, "worker", Slow));
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
            sameHost ? HostIdentity.Current : "another/host", Environment.ProcessId, DateTime.UtcNow.AddDays(-1), heartbeat, heartbeat, "worker", false);
    }

    private static void WriteHolder(string folder, int number, LockHolder holder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"lock.{number}"), JsonSerializer.Serialize(holder, FolderLock.Json));
    }
}
