using System.ComponentModel;
using System.Diagnostics;

namespace PoseEngine.Files;

/// <summary>The processes among which a process number means one process: the machine since its last start and, in containers, the process
/// namespace. Elsewhere only a heartbeat tells whether a process lives.</summary>
internal static class HostIdentity
{
    /// <summary>A text that is the same for all processes that can see each other by number.</summary>
    public static string Current { get; } = string.Join('/', (string?[])[Environment.MachineName, BootNumber(), Namespace()]);

    /// <summary>When the process of a number began, in UTC; null where there is none.</summary>
    public static DateTime? StartOf(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return found.HasExited ? null : found.StartTime.ToUniversalTime();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    private static string BootNumber()
    {
        const string path = "/proc/sys/kernel/random/boot_id";
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim()[..8] : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return "";
        }
    }

    private static string Namespace()
    {
        try
        {
            return File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
