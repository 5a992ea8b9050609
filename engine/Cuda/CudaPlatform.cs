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
/// <param name="SharedBytesPerBlock">Most shared memory that a block may ask for.</param>
public sealed record CudaDeviceInfo(
    int Ordinal, string Name, int Major, int Minor, long TotalMemory, int Multiprocessors, int SharedBytesPerBlock);

/// <summary>What this machine has of CUDA.</summary>
public static class CudaPlatform
{
    /// <summary>The devices, or none with the reason.</summary>
    /// <param name="reason">Why there is no device: one line; empty if there is one.</param>
    public static IReadOnlyList<CudaDeviceInfo> Devices(out string reason)
    {
        if (!CudaLibraries.TryLoad(CudaLibraries.Driver, out var driver))
        {
            reason = $"no CUDA driver found; tried {string.Join(", ", driver.Tried)} (set {CudaLibrarySearch.OverrideVariable} to its folder)";
            return [];
        }
        try
        {
            Driver.Check(Driver.cuInit(0));
            Driver.Check(Driver.cuDeviceGetCount(out var count));
            reason = count == 0 ? $"the CUDA driver {driver.Path} sees no device" : "";
            return [.. Enumerable.Range(0, count).Select(Describe)];
        }
        catch (Exception failure) when (failure is CudaException or EntryPointNotFoundException)
        {
            reason = $"the CUDA driver {driver.Path} does not work: {failure.Message}";
            return [];
        }
    }

    /// <summary>
    /// Whether a device can be used: there is one, and NVRTC and cuBLAS are at hand.
    /// </summary>
    /// <param name="reason">One line that says what is missing; empty if nothing is.</param>
    public static bool IsUsable(out string reason)
    {
        if (Devices(out reason).Count == 0) return false;
        foreach (var library in new[] { CudaLibraries.Nvrtc, CudaLibraries.Cublas })
        {
            if (CudaLibraries.TryLoad(library, out var found)) continue;
            reason = $"{CudaLibrarySearch.Describe(library)} was not found; tried {string.Join(", ", found.Tried)} (set {CudaLibrarySearch.OverrideVariable} to its folder)";
            return false;
        }
        return true;
    }

    /// <summary>The driver's CUDA version as "12.4"; there must be a driver.</summary>
    /// <exception cref="CudaException">The driver does not answer.</exception>
    public static string DriverVersion()
    {
        Driver.Check(Driver.cuDriverGetVersion(out var version));
        return $"{version / 1000}.{version % 1000 / 10}";
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
            Attribute(DeviceAttribute.Multiprocessors, device),
            Attribute(DeviceAttribute.SharedBytesPerBlockOptIn, device));
    }

    private static int Attribute(DeviceAttribute attribute, int device)
    {
        Driver.Check(Driver.cuDeviceGetAttribute(out var value, attribute, device));
        return value;
    }
}
