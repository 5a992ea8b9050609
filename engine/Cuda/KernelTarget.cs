using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>What NVRTC compiles to for a device.</summary>
/// <param name="Architecture">The value of --gpu-architecture.</param>
/// <param name="IsMachineCode">True for CUBIN, false for PTX.</param>
/// <param name="CompilerVersion">NVRTC's version, such as "12.4".</param>
internal sealed record KernelTarget(string Architecture, bool IsMachineCode, string CompilerVersion)
{
    /// <summary>
    /// Machine code where NVRTC knows the device, PTX of the newest architecture before it where the device is newer.
    /// </summary>
    /// <exception cref="InvalidOperationException">The device is older than all that NVRTC knows.</exception>
    public static unsafe KernelTarget For(CudaDeviceInfo device)
    {
        Nvrtc.Check(Nvrtc.nvrtcVersion(out var major, out var minor));
        Nvrtc.Check(Nvrtc.nvrtcGetNumSupportedArchs(out var count));
        var known = new int[count];
        fixed (int* architectures = known) Nvrtc.Check(Nvrtc.nvrtcGetSupportedArchs(architectures));
        return Choose(device, known, $"{major}.{minor}");
    }

    /// <summary>The choice by itself.</summary>
    /// <param name="device">The device.</param>
    /// <param name="known">Architectures of which NVRTC makes machine code, such as 90 for 9.0.</param>
    /// <param name="version">NVRTC's version.</param>
    /// <exception cref="InvalidOperationException">The device is older than all that NVRTC knows.</exception>
    internal static KernelTarget Choose(CudaDeviceInfo device, IReadOnlyCollection<int> known, string version)
    {
        var wanted = (10 * device.Major) + device.Minor;
        if (known.Contains(wanted)) return new KernelTarget($"sm_{wanted}", true, version);
        var older = known.Where(architecture => architecture < wanted).DefaultIfEmpty(0).Max();
        return older > 0
            ? new KernelTarget($"compute_{older}", false, version)
            : throw new InvalidOperationException(
                $"cuda: {device.Name} has compute capability {device.Major}.{device.Minor}, NVRTC {version} begins at {known.Min() / 10}.{known.Min() % 10}; install an older CUDA");
    }

    /// <summary>The decision in words.</summary>
    public override string ToString() => IsMachineCode ? $"CUBIN for {Architecture}" : $"PTX for {Architecture}, translated by the driver";
}
