using System.Runtime.InteropServices;
using PoseEngine.Cuda.Native;

namespace PoseEngine.Cuda;

/// <summary>
/// Host memory that the device copies from and to while the host goes on, and that kernels can read. What is lost without
/// being disposed of is given back at the device's next allocation.
/// </summary>
internal sealed unsafe class PinnedMemory : IDisposable
{
    private readonly CudaContext _context;

    /// <summary>Zeros.</summary>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public PinnedMemory(CudaContext context, long bytes)
    {
        (_context, Bytes) = (context, bytes);
        Host = (byte*)context.AllocatePinned(bytes);
        NativeMemory.Clear(Host, (nuint)bytes);
        Driver.Check(Driver.cuMemHostGetDevicePointer(out var device, Host, 0));
        Device = device;
    }

    ~PinnedMemory()
    {
        var (context, host) = (_context, (nint)Host);
        if (host != 0) context.ReleaseLater(() => context.FreePinned(host));
    }

    /// <summary>The first byte, for the host.</summary>
    public byte* Host { get; private set; }

    /// <summary>The first byte, for kernels.</summary>
    public ulong Device { get; }

    /// <summary>How much it is.</summary>
    public long Bytes { get; }

    /// <summary>Gives the memory back; nothing may be under way that uses it. The device does it where nobody has.</summary>
    public void Dispose()
    {
        _context.FreePinned((nint)Host);
        Host = null;
        GC.SuppressFinalize(this);
    }
}
