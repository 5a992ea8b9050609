using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PoseEngine.Files;

/// <summary>Who holds a lock, as the lock file says.</summary>
/// <param name="Host">The holder's <see cref="HostIdentity"/>.</param>
/// <param name="Process">The number of its process there.</param>
/// <param name="ProcessStarted">When that process began: numbers are used again.</param>
/// <param name="Taken">When the lock was taken.</param>
/// <param name="Heartbeat">When the holder last said that it lives.</param>
/// <param name="Worker">Which of the process's workers it is, in words of its own.</param>
/// <param name="Released">Whether it has given the lock back.</param>
public sealed record LockHolder(
    string Host, int Process, DateTime ProcessStarted, DateTime Taken, DateTime Heartbeat,
    [property: JsonPropertyName("device")] string Worker, bool Released);

/// <summary>How long holders may be silent.</summary>
/// <param name="Beat">The time between two heartbeats.</param>
/// <param name="Limit">The silence after which a holder on another host counts as gone.</param>
public sealed record LockTimes(TimeSpan Beat, TimeSpan Limit)
{
    /// <summary>A beat every ten seconds; gone after five minutes.</summary>
    public static LockTimes Usual { get; } = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5));
}

/// <summary>The lock of one folder, for the work that is done in it, among any number of processes on any hosts that share it. Each taking
/// creates the next of numbered files, lock.1, lock.2 and so on, which the system lets one process create only. The highest number says who
/// holds the lock; a number is never used again. So of two that find a lock stale, both try to create the next one, and one wins. A holder
/// that was taken for dead notices the higher number at its next heartbeat and stops.</summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>How lock files are written, a line each.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    private const string Prefix = "lock.";

    private readonly string _folder;
    private readonly int _number;
    private readonly CancellationTokenSource _lost = new();
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private LockHolder _holder;
    private bool _closed;

    private FolderLock(string folder, int number, LockHolder holder, LockHolder? stale, LockTimes times)
    {
        (_folder, _number, _holder, Stale) = (folder, number, holder, stale);
        Lost = _lost.Token;
        _timer = new Timer(_ => Beat(), null, times.Beat, times.Beat);
    }

    /// <summary>Cancelled when another process has taken the lock over.</summary>
    public CancellationToken Lost { get; }

    /// <summary>The dead holder from whom this one took over, or null.</summary>
    public LockHolder? Stale { get; }

    /// <summary>Takes the lock of a folder, which is created where it is not there; null where another holds it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="worker">What <see cref="LockHolder.Worker"/> is to say.</param>
    /// <param name="times">How long holders may be silent; the usual times unless given.</param>
    /// <param name="clock">The time in UTC; tests have one of their own.</param>
    public static FolderLock? TryTake(string folder, string worker, LockTimes? times = null, Func<DateTime>? clock = null)
    {
        times ??= LockTimes.Usual;
        var now = clock?.Invoke() ?? DateTime.UtcNow;
        Directory.CreateDirectory(folder);
        var highest = Highest(folder);
        var before = highest > 0 ? Read(PathOf(folder, highest)) : null;
        if (highest > 0 && !IsFree(before, PathOf(folder, highest), times, now)) return null;
        var mine = Describe(worker, now);
        try
        {
            using var file = new FileStream(PathOf(folder, highest + 1), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            file.Write(Bytes(mine));
        }
        catch (IOException) when (File.Exists(PathOf(folder, highest + 1)))
        {
            return null;
        }
        // Somebody may have looked at an older state of the folder and be behind by some numbers: the highest holds.
        if (Highest(folder) != highest + 1) return null;
        return new FolderLock(folder, highest + 1, mine, before is { Released: false } ? before : null, times);
    }

    /// <summary>Who holds the lock of a folder now, or null where nobody does.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="times">How long holders may be silent; the usual times unless given.</param>
    public static LockHolder? HolderOf(string folder, LockTimes? times = null)
    {
        var highest = Highest(folder);
        if (highest == 0) return null;
        var holder = Read(PathOf(folder, highest));
        return holder is null || IsFree(holder, PathOf(folder, highest), times ?? LockTimes.Usual, DateTime.UtcNow) ? null : holder;
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            _timer.Dispose();
            if (!_lost.IsCancellationRequested) TryWrite(_holder with { Released = true });
        }
        _lost.Dispose();
    }

    /// <summary>Removes the lock files where the work is done or given up, by its holder: whoever takes the lock later has to find that out
    /// from the folder, and leaves.</summary>
    public void Clear()
    {
        Dispose();
        foreach (var (path, _) in Files(_folder)) Quietly(() => File.Delete(path));
    }

    /// <summary>Says that this process lives, and finds out whether it still holds the lock.</summary>
    internal void Beat()
    {
        lock (_gate)
        {
            if (_closed || _lost.IsCancellationRequested) return;
            // A beat that cannot be written is no loss: the next one may be, and a silent holder sees who took over.
            _holder = _holder with { Heartbeat = DateTime.UtcNow };
            if (IsHighest() is not { } highest) return;
            if (highest) TryWrite(_holder);
            else _lost.Cancel();
        }
    }

    /// <summary>Whether nobody has taken the lock over; null where the folder cannot be read, as on a network that is down for a while.</summary>
    private bool? IsHighest()
    {
        bool? answer = null;
        // Unread is not lost. On the timer's thread an exception would end the process.
        Quietly(() => answer = Highest(_folder) == _number);
        return answer;
    }

    private static bool IsFree(LockHolder? holder, string path, LockTimes times, DateTime now)
    {
        // Created but not yet written: its holder is between two system calls, or died there.
        if (holder is null) return now - File.GetLastWriteTimeUtc(path) > times.Limit;
        if (holder.Released || now - holder.Heartbeat > times.Limit) return true;
        if (holder.Host != HostIdentity.Current) return false;
        var start = HostIdentity.StartOf(holder.Process);
        return start is null || Math.Abs((start.Value - holder.ProcessStarted).TotalSeconds) > 2;
    }

    private static LockHolder Describe(string worker, DateTime now)
    {
        using var process = Process.GetCurrentProcess();
        return new(HostIdentity.Current, process.Id, process.StartTime.ToUniversalTime(), now, now, worker, false);
    }

    private static int Highest(string folder) => Files(folder).Select(file => file.Number).DefaultIfEmpty(0).Max();

    private static List<(string Path, int Number)> Files(string folder)
    {
        var files = new List<(string, int)>();
        if (!Directory.Exists(folder)) return files;
        foreach (var path in Directory.EnumerateFiles(folder, Prefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) files.Add((path, number));
        }
        return files;
    }

    private static string PathOf(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}"));

    private static byte[] Bytes(LockHolder holder) => [.. JsonSerializer.SerializeToUtf8Bytes(holder, Json), (byte)'\n'];

    private static LockHolder? Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return JsonSerializer.Deserialize<LockHolder>(file, Json);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Replaces the own file as a whole; only its holder writes it.</summary>
    private void TryWrite(LockHolder holder) => Quietly(() => AtomicFile.WriteBytes(PathOf(_folder, _number), Bytes(holder)));

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What the caller knows without it counts.
        }
    }
}
