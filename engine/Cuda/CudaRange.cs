using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;

namespace PoseEngine.Cuda;

/// <summary>Named ranges as Nsight shows them.</summary>
internal static class CudaRange
{
    private static readonly Action Pop = () => Nvtx.nvtxRangePop();

    /// <summary>Opens a range that ends when the result is disposed; nothing where no profiler's library is there.</summary>
    public static DeviceRange Begin(string name)
    {
        if (!Nvtx.IsAvailable) return default;
        Nvtx.nvtxRangePushA(name);
        return new DeviceRange(Pop);
    }
}
