using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>What is said where kernels do not compile or load: file, options, device and the versions that must fit together.</summary>
internal static class KernelFailure
{
    private const int BuiltinFailure = 7;

    /// <summary>NVRTC refused a file.</summary>
    public static CudaException OfCompilation(int result, string file, IReadOnlyList<string> options, string log)
        => result == BuiltinFailure
            ? new CudaException(
                result, "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE", Compilation(file, options),
                $"the library nvrtc-builtins is missing or of another version; it belongs beside NVRTC, from the same toolkit or wheel. {log}")
            : new CudaException(result, "NVRTC_ERROR_COMPILATION", Compilation(file, options), log);

    /// <summary>The driver refused what NVRTC made: the call as an error text shows it, and what the driver's translator says.</summary>
    public static string Loading(
        string file, IReadOnlyList<string> options, CudaDeviceInfo device, KernelTarget target, string driverVersion, string log = "")
        => $"cuModuleLoadDataEx({file}, {string.Join(' ', options)}) on {device.Name} of compute capability {device.Major}.{device.Minor}, "
            + $"{target} by NVRTC {target.CompilerVersion} for a driver of CUDA {driverVersion}{Remedy(target, driverVersion)}{(log.Length > 0 ? $", whose log says \"{log}\"" : "")},";

    /// <summary>A kernel does not fit the device: no shape of launch would help.</summary>
    public static NotSupportedException OfSharedMemory(string kernel, int bytes, int limit, CudaDeviceInfo device) => new(
        $"cuda: the kernel {kernel} needs {bytes} bytes of shared memory a block, {device.Name} has {limit}; take smaller layers, or the device cpu");

    /// <summary>A driver reads the PTX of its own CUDA version and before.</summary>
    private static string Remedy(KernelTarget target, string driverVersion)
        => !target.IsMachineCode && Version.TryParse(target.CompilerVersion, out var compiler) && Version.TryParse(driverVersion, out var driver) && compiler > driver
            ? " (the compiler is newer than the driver: install a newer driver, or NVRTC of that version)"
            : "";

    private static string Compilation(string file, IReadOnlyList<string> options) => $"the compilation of {file} with {string.Join(' ', options)}";
}
