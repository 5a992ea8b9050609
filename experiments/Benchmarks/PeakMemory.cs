using System.Runtime.InteropServices;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// The most memory that this process held at once since the last reset: its resident set, all of the program included.
/// Where the system cannot reset it (only Linux can), it counts from the start of the process.
/// </summary>
internal static partial class PeakMemory
{
    private const string ResetFile = "/proc/self/clear_refs", StatusFile = "/proc/self/status";

    /// <summary>Gives back what nobody uses, starts to count anew and returns what the process holds now, in MB.</summary>
    public static double Reset()
    {
        // Twice: what a finalizer frees is garbage only then.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        if (OperatingSystem.IsLinux()) ResetOnLinux();
        return Status("VmRSS:") ?? Environment.WorkingSet / 1e6;
    }

    /// <summary>The peak in MB of 10^6 bytes.</summary>
    public static double Megabytes()
    {
        if (Status("VmHWM:") is { } peak) return peak;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }

    private static void ResetOnLinux()
    {
        try
        {
            _ = TrimHeap(0);
            File.WriteAllText(ResetFile, "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EntryPointNotFoundException or DllNotFoundException)
        {
            // A container may forbid it, another C library lack it; the peak then counts more, never too little.
        }
    }

    private static double? Status(string name)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(StatusFile)) return null;
        var line = File.ReadLines(StatusFile).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        var words = line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var kilobytes, ..] ? double.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024 / 1e6 : null;
    }

    /// <summary>glibc keeps freed memory for later, which would hide what the next measurement needs.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint pad);
}
