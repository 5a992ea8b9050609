using System.Diagnostics;
using System.Globalization;

namespace PoseEngine.Experiments.Benchmarks;

/// <summary>
/// The most memory that this process held at once since the last reset: its resident set, all of the program included.
/// Where the system cannot reset it (only Linux can), it counts from the start of the process.
/// </summary>
internal static class PeakMemory
{
    private const string ResetFile = "/proc/self/clear_refs";
    private const string StatusFile = "/proc/self/status";

    /// <summary>Frees what nobody uses and starts to count anew.</summary>
    public static void Reset()
    {
        // Twice: what a finalizer frees is garbage only then.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText(ResetFile, "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container may forbid it; the peak then counts from the start of the process, which is never too little.
        }
    }

    /// <summary>The peak in MB of 10^6 bytes.</summary>
    public static double Megabytes()
    {
        if (OperatingSystem.IsLinux() && File.Exists(StatusFile))
        {
            var line = File.ReadLines(StatusFile).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            var words = line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is [_, var kilobytes, ..]) return double.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024 / 1e6;
        }
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1e6;
    }
}
