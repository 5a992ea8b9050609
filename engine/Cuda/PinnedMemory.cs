using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>Host memory that the device copies from and to while the host goes on, and that kernels can read.</summary>
internal sealed unsafe class PinnedMemory : IDisposable
{
    public PinnedMemory(int bytes)
    {
        Driver.Check(Driver.cuMemHostAlloc(out var host, (nuint)bytes, HostMemory.Portable | HostMemory.DeviceMapped));
        Host = (byte*)host;
        new Span<byte>(host, bytes).Clear();
        Driver.Check(Driver.cuMemHostGetDevicePointer(out var device, host, 0));
        Device = device;
    }

    /// <summary>The first byte, for the host.</summary>
    public byte* Host { get; private set; }

    /// <summary>The first byte, for kernels.</summary>
    public ulong Device { get; }

    public void Dispose()
    {
        if (Host != null) Driver.Check(Driver.cuMemFreeHost(Host));
        Host = null;
    }
}
