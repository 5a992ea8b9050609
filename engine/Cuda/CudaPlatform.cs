using System.Runtime.InteropServices;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>What is known of a CUDA device before anything is allocated on it.</summary>
/// <param name="Ordinal">Its number, from 0.</param>
/// <param name="Name">Its name, such as "NVIDIA H100 80GB HBM3".</param>
/// <param name="Major">Compute capability, before the point.</param>
/// <param name="Minor">Compute capability, behind the point.</param>
/// <param name="TotalMemory">Bytes of device memory.</param>
/// <param name="Multiprocessors">The number of multiprocessors.</param>
public sealed record CudaDeviceInfo(
    int Ordinal, string Name, int Major, int Minor, long TotalMemory, int Multiprocessors);

/// <summary>A library of CUDA that was looked for.</summary>
/// <param name="Title">What a user calls it.</param>
/// <param name="Path">The file or name that loaded, or null.</param>
/// <param name="Tried">Everything that was tried, in order.</param>
/// <param name="Purpose">What it is for, where the device works without it; empty for what every computation needs.</param>
public sealed record CudaLibraryReport(string Title, string? Path, IReadOnlyList<string> Tried, string Purpose = "")
{
    /// <summary>Whether nothing can be computed because it is missing.</summary>
    public bool IsMissing => Path is null && Purpose.Length == 0;
}

/// <summary>Whether this machine can compute on CUDA, and if not, why.</summary>
/// <param name="Devices">The devices that the driver sees.</param>
/// <param name="Obstacle">What is in the way, in a few words; empty if nothing is.</param>
/// <param name="Libraries">Driver, NVRTC, cuBLAS and cuSOLVER as they were found.</param>
public sealed record CudaAvailability(
    IReadOnlyList<CudaDeviceInfo> Devices, string Obstacle, IReadOnlyList<CudaLibraryReport> Libraries)
{
    /// <summary>Whether nothing is in the way.</summary>
    public bool IsUsable => Obstacle.Length == 0;

    /// <summary>The obstacle with the paths tried for what is missing, and the remedy.</summary>
    public string Explanation
    {
        get
        {
            var missing = Libraries.Where(library => library.IsMissing).ToArray();
            return missing.Length == 0
                ? Obstacle
                : $"{Obstacle}; tried {string.Join(", ", missing.SelectMany(library => library.Tried))}; {CudaLibrarySearch.OverrideVariable} names a folder to look in first";
        }
    }
}

/// <summary>What this machine has of CUDA.</summary>
public static class CudaPlatform
{
    /// <summary>Looks for driver, compiler, cuBLAS, cuSOLVER and devices. Nothing is allocated on any device.</summary>
    public static CudaAvailability Probe()
    {
        string[] names = [CudaLibraries.Driver, CudaLibraries.Nvrtc, CudaLibraries.Cublas, CudaLibraries.Cusolver];
        var libraries = names.Select(Report).ToArray();
        if (libraries[0].Path is null) return new CudaAvailability([], $"{libraries[0].Title} was not found", libraries);
        try
        {
            var devices = Devices();
            var missing = libraries.FirstOrDefault(library => library.IsMissing);
            var obstacle = devices.Count == 0 ? "the CUDA driver sees no device" : missing is null ? "" : $"{missing.Title} was not found";
            return new CudaAvailability(devices, obstacle, libraries);
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException)
        {
            return new CudaAvailability([], $"the CUDA driver {libraries[0].Path} does not work ({failure.Message})", libraries);
        }
    }

    /// <summary>The driver's CUDA version as "12.4"; there must be a driver.</summary>
    /// <exception cref="CudaException">The driver does not answer.</exception>
    public static string DriverVersion()
    {
        Driver.Check(Driver.cuDriverGetVersion(out var version));
        return $"{version / 1000}.{version % 1000 / 10}";
    }

    internal static IReadOnlyList<CudaDeviceInfo> Devices()
    {
        Driver.Check(Driver.cuInit(0));
        Driver.Check(Driver.cuDeviceGetCount(out var count));
        return [.. Enumerable.Range(0, count).Select(Describe)];
    }

    private static CudaLibraryReport Report(string name)
    {
        var isFound = CudaLibraries.TryLoad(name, out var library);
        var purpose = name == CudaLibraries.Cusolver ? "for factors of the dual system on the device" : "";
        return new CudaLibraryReport(CudaLibrarySearch.Describe(name), isFound ? library.Path : null, library.Tried, purpose);
    }

    private static unsafe CudaDeviceInfo Describe(int ordinal)
    {
        const int length = 256;
        var name = stackalloc byte[length];
        Driver.Check(Driver.cuDeviceGet(out var device, ordinal));
        Driver.Check(Driver.cuDeviceGetName(name, length, device));
        Driver.Check(Driver.cuDeviceTotalMem(out var bytes, device));
        return new CudaDeviceInfo(
            ordinal,
            Marshal.PtrToStringUTF8((nint)name) ?? "",
            Attribute(DeviceAttribute.CapabilityMajor, device),
            Attribute(DeviceAttribute.CapabilityMinor, device),
            (long)bytes,
            Attribute(DeviceAttribute.Multiprocessors, device));
    }

    internal static int Attribute(DeviceAttribute attribute, int device)
    {
        Driver.Check(Driver.cuDeviceGetAttribute(out var value, attribute, device));
        return value;
    }
}
