using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;

namespace PoseEngine.Tests.Kernels;

/// <summary>Makes the devices that a suite is run on.</summary>
public interface IDeviceFactory
{
    /// <summary>A device that computes on so many threads, where it has threads.</summary>
    ComputeDevice<T> Create<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>
    /// Whether each access of memory is checked, which takes long: what needs large sizes to be seen, or several devices side by
    /// side, is left to the others.
    /// </summary>
    bool IsSlow => false;

    /// <summary>Looked at after each test: what a device has noticed that no result shows.</summary>
    void AfterTest()
    {
    }
}

/// <summary>CPU devices with or without SIMD.</summary>
public sealed class CpuDevices(bool useSimd) : IDeviceFactory
{
    public ComputeDevice<T> Create<T>(int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        => new CpuDevice<T>(threads, useSimd);
}
