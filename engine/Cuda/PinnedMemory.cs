using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>Host memory that the device copies from and to while the host goes on, and that kernels can read.</summary>
internal sealed unsafe class PinnedMemory : IDisposable
{
    private readonly CudaContext _context;

    /// <summary>Zeros.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public PinnedMemory(CudaContext context, int bytes)
    {
        context.MakeCurrent();
        (_context, Bytes) = (context, bytes);
        Driver.Check(Driver.cuMemHostAlloc(out var host, (nuint)bytes, HostMemory.Portable | HostMemory.DeviceMapped));
        Host = (byte*)host;
        new Span<byte>(host, bytes).Clear();
        Driver.Check(Driver.cuMemHostGetDevicePointer(out var device, host, 0));
        Device = device;
        context.Opened(this);
    }

    /// <summary>The first byte, for the host.</summary>
    public byte* Host { get; private set; }

    /// <summary>The first byte, for kernels.</summary>
    public ulong Device { get; }

    /// <summary>How much it is.</summary>
    public int Bytes { get; }

    /// <summary>Gives the memory back; nothing may be under way that uses it. The device does it where nobody has.</summary>
    public void Dispose()
    {
        if (Host == null) return;
        _context.TryMakeCurrent();
        _ = Driver.cuMemFreeHost(Host);
        Host = null;
        _context.Closed(this);
    }
}
