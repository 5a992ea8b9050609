using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// The stand-in driver of <c>tools/cuda-standin</c>: it runs the unchanged kernels and launch code on the CPU. A process
/// has one CUDA driver; this one's is the stand-in, unless <see cref="GpuVariable"/> asks for the machine's own.
/// </summary>
internal static unsafe class StandIn
{
    /// <summary>Set to 1, the tests run on the real GPU and those of the stand-in are skipped.</summary>
    public const string GpuVariable = "POSE_TEST_GPU";

    private static readonly Lazy<string?> Missing = new(Build);

    /// <summary>Whether this process tests a real GPU.</summary>
    public static bool TestsGpu => Environment.GetEnvironmentVariable(GpuVariable) == "1";

    /// <summary>
    /// Why there is no stand-in, or null. Who asks first waits until it is built, if it is not up to date, and made the CUDA of
    /// this process and of those that it starts.
    /// </summary>
    public static string? Obstacle => Missing.Value;

    /// <summary>Skips the test where there is no stand-in.</summary>
    public static void Require()
    {
        if (Obstacle is { } obstacle) Assert.Ignore(obstacle);
    }

    /// <summary>Changes modes, such as "mode=check;order=shuffle:3"; see the stand-in's README.</summary>
    public static void Configure(string settings)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(settings + '\0'))
        {
            var result = ((delegate* unmanaged<byte*, int>)Export("standinConfigure"))(text);
            if (result != 0) throw new ArgumentException($"the stand-in does not understand \"{settings}\"", nameof(settings));
        }
    }

    /// <summary>What the stand-in has found since the last call, a line each; empty where all is well.</summary>
    public static string TakeReport()
    {
        var text = new byte[1 << 16];
        int count;
        fixed (byte* pointer = text) count = ((delegate* unmanaged<byte*, int, int>)Export("standinTakeReport"))(pointer, text.Length);
        var length = Array.IndexOf(text, (byte)0);
        return count == 0 ? "" : Encoding.UTF8.GetString(text, 0, length);
    }

    /// <summary>What the driver was asked to do since the process began.</summary>
    public static StandInCounters Count()
    {
        StandInCounters counters;
        ((delegate* unmanaged<StandInCounters*, void>)Export("standinGetStats"))(&counters);
        return counters;
    }

    /// <summary>The launches since the last call where record=1, a line each: ranges and kernel.</summary>
    public static string TakeLaunches()
    {
        var text = new byte[1 << 20];
        int count;
        fixed (byte* pointer = text) count = ((delegate* unmanaged<byte*, int, int>)Export("standinLaunches"))(pointer, text.Length);
        return Encoding.UTF8.GetString(text, 0, Math.Min(count, text.Length));
    }

    /// <summary>The same without ranges: the kernels, products and graphs in the order in which they ran.</summary>
    public static string[] Launches()
        => [.. TakeLaunches().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..])];

    /// <summary>Lets the context go on after a fault, which a real one would not.</summary>
    public static void ClearError() => ((delegate* unmanaged<void>)Export("standinClearError"))();

    private static nint Export(string name)
    {
        CudaLane.Require();
        if (CudaLibraries.TryLoad(CudaLibraries.Driver, out var library) && NativeLibrary.TryGetExport(library.Handle, name, out var address))
        {
            return address;
        }
        throw new InvalidOperationException($"{library.Path} is not the stand-in: it has no {name}");
    }

    private static string? Build()
    {
        if (FindObstacle(out var folder) is { } obstacle) return obstacle;
        var script = Path.Combine(folder, "build.sh");
        var (code, output) = Shell.Run(script, []);
        if (code != 0) throw new InvalidOperationException($"{script} failed:\n{output}");
        var bin = Path.Combine(folder, "bin");
        Environment.SetEnvironmentVariable(CudaLibrarySearch.OverrideVariable, bin);
        if (Environment.GetEnvironmentVariable(KernelCache.FolderVariable) is not { Length: > 0 })
        {
            // Kernels that another build of the stand-in compiled do not count.
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(bin, "libcuda.so.1"))));
            Environment.SetEnvironmentVariable(KernelCache.FolderVariable, Path.Combine(bin, "kernels", hash[..16]));
        }
        return null;
    }

    private static string? FindObstacle(out string folder)
    {
        folder = "";
        if (TestsGpu) return $"{GpuVariable} is 1: this process tests the real GPU, and a process has one CUDA driver";
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "the CUDA stand-in runs on x86-64 Linux only";
        }
        if (Repository.Folder is not { } root) return "the CUDA stand-in's sources are not here";
        if (!Repository.HasProgram("g++")) return "the CUDA stand-in needs g++, which is not on PATH";
        folder = Path.Combine(root, "tools", "cuda-standin");
        return null;
    }
}

/// <summary>The stand-in's counters, in its order.</summary>
internal readonly record struct StandInCounters(
    long Allocations, long Frees, long Launches, long GraphLaunches, long HostWaits, long BytesToDevice, long BytesToHost,
    long LiveBytes, long GraphNodes)
{
    public static StandInCounters operator -(StandInCounters a, StandInCounters b) => new(
        a.Allocations - b.Allocations, a.Frees - b.Frees, a.Launches - b.Launches, a.GraphLaunches - b.GraphLaunches,
        a.HostWaits - b.HostWaits, a.BytesToDevice - b.BytesToDevice, a.BytesToHost - b.BytesToHost, a.LiveBytes - b.LiveBytes,
        a.GraphNodes - b.GraphNodes);
}
