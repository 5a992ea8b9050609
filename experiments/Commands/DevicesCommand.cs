using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PoseEngine.Cuda;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Experiments.Commands;

/// <summary><c>poseengine devices</c>: what this machine can compute on.</summary>
internal static class DevicesCommand
{
    public static Command Create() => Options.Build(
        "devices",
        """
        Lists the devices of this machine and which one --device auto takes: the CPU; CUDA devices with driver, compute
        capability and memory, where NVRTC, cuBLAS and cuSOLVER were found and what kernels are compiled to; and every path tried
        for what is missing. POSE_CUDA_DIR names a folder to look in first.

        Examples:
          poseengine devices
          POSE_CUDA_DIR=/opt/cuda/lib64 poseengine devices
        """,
        _ =>
        {
            Console.WriteLine($"cpu   {Environment.ProcessorCount} threads, {RuntimeInformation.ProcessArchitecture}, {Instructions()}, float32 and float64");
            var found = CudaPlatform.Probe();
            foreach (var device in found.Devices) Console.WriteLine($"cuda  {Describe(device)}");
            PrintLibraries(found);
            if (found.IsUsable) PrintCompiler();
            var obstacle = found.IsUsable ? CudaTrial.Obstacle() : found.Obstacle;
            Console.WriteLine(obstacle is null ? "auto  takes cuda" : $"auto  takes cpu: {obstacle}");
            return CommandLine.Done;
        });

    private static string Describe(CudaDeviceInfo device)
        => $"{device.Ordinal}: {device.Name}, compute capability {device.Major}.{device.Minor}, {device.Multiprocessors} multiprocessors, {device.TotalMemory / 1073741824.0:0.0} GiB, float32 and float64";

    private static void PrintLibraries(CudaAvailability found)
    {
        foreach (var library in found.Libraries)
        {
            var title = library.Purpose.Length == 0 ? library.Title : $"{library.Title} ({library.Purpose})";
            Console.WriteLine($"      {title}: {library.Path ?? "not found; tried"}");
            if (library.Path is not null) continue;
            foreach (var path in library.Tried) Console.WriteLine($"        {path}");
        }
    }

    private static void PrintCompiler()
    {
        try
        {
            using var device = new CudaDevice<float>();
            Console.WriteLine($"      driver for CUDA {CudaPlatform.DriverVersion()}; {device.CompilerDescription}");
            Console.WriteLine($"      Krylov solves: {device.LoopDescription}");
        }
        catch (Exception failure) when (failure is CudaException or InvalidOperationException or EntryPointNotFoundException)
        {
            Console.WriteLine($"      does not work: {failure.Message}");
        }
    }

    private static string Instructions()
    {
        if (!Vector.IsHardwareAccelerated) return "scalar instructions (no SIMD)";
        var width = Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;
        return $"SIMD up to {width} bits, kernels use {8 * Vector<byte>.Count}";
    }
}
