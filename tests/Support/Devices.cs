using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tests.Cuda;

namespace PoseEngine.Tests.Support;

/// <summary>
/// The devices that every suite runs on, by the name that a test fixture gives: "cpu-..." or "cuda-" and one of
/// <see cref="CudaModes"/>.
/// </summary>
public static class Devices
{
    /// <summary>How the names of CUDA devices begin.</summary>
    public const string CudaPrefix = "cuda-";

    public static ComputeDevice<T> Create<T>(string name)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => name switch
        {
            "cpu-scalar" => new CpuDevice<T>(2, useSimd: false),
            "cpu-simd" => new CpuDevice<T>(2),
            "cpu-simd-1" => new CpuDevice<T>(1),
            _ when name.StartsWith(CudaPrefix, StringComparison.Ordinal) => new CudaDevices(name[CudaPrefix.Length..]).Create<T>(1),
            _ => throw new ArgumentException($"no test device {name}", nameof(name)),
        };
}
