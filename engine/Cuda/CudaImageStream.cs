using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// Images for a CUDA device: pinned host memory, copied on a stream of its own while kernels run on the device's stream.
/// Events order the two: a slot is scaled behind its copy and copied to again behind its scaling.
/// </summary>
internal sealed unsafe class CudaImageStream<T> : IImageStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CudaContext _context;
    private readonly IImageKernels<T> _kernels;
    private readonly Slot[] _slots = new Slot[IImageStream<T>.Slots];
    private readonly Tensor<T> _inputs;
    private readonly nint _copies;
    private bool _disposed;

    public CudaImageStream(CudaContext context, IImageKernels<T> kernels, Shape images)
    {
        (_context, _kernels) = (context, kernels);
        context.MakeCurrent();
        Driver.Check(Driver.cuStreamCreate(out _copies, StreamKind.NonBlocking));
        try
        {
            for (var i = 0; i < _slots.Length; i++) _slots[i] = new Slot(context, images);
            var inputs = new Shape(images[0], images[3], images[1], images[2]);
            _inputs = new Tensor<T>(new CudaStorage<T>(context, inputs.Count), 0, inputs);

            // The copy stream must not overtake the clearing of the slots on the device's own.
            context.Synchronize();
        }
        catch
        {
            Release();
            _disposed = true;
            throw;
        }
        context.Opened(this);
    }

    ~CudaImageStream()
    {
        if (_disposed) return;
        var copies = _copies;
        _context.ReleaseLater(() => _ = Driver.cuStreamDestroy(copies));
    }

    public bool WantsPrefetch => true;

    public Span<byte> Host(int slot)
    {
        _context.MakeCurrent();
        Driver.Check(Driver.cuEventSynchronize(_slots[slot].Copied));
        return _slots[slot].Host;
    }

    public void Send(int slot)
    {
        _context.MakeCurrent();
        var s = _slots[slot];
        Driver.Check(Driver.cuStreamWaitEvent(_copies, s.Scaled, 0));
        fixed (byte* host = s.Host) Driver.Check(Driver.cuMemcpyHtoDAsync(s.Device.DevicePointer(), host, (nuint)s.Device.Count, _copies));
        Driver.Check(Driver.cuEventRecord(s.Copied, _copies));
    }

    public NetworkInput<T> Deliver(int slot)
    {
        _context.MakeCurrent();
        var s = _slots[slot];
        Driver.Check(Driver.cuStreamWaitEvent(_context.Stream, s.Copied, 0));
        _kernels.Normalize(s.Device, _inputs);
        Driver.Check(Driver.cuEventRecord(s.Scaled, _context.Stream));
        return _inputs;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _context.Settle();
        _ = Driver.cuStreamSynchronize(_copies);
        Release();
        _context.Closed(this);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what there is, which after a failed beginning is not everything.</summary>
    private void Release()
    {
        foreach (var slot in _slots) slot?.Dispose();
        if (!_inputs.IsAbsent) _inputs.Storage.Dispose();
        _ = Driver.cuStreamDestroy(_copies);
    }

    /// <summary>Pinned memory, device memory, and the events behind the slot's last copy and last use.</summary>
    private sealed class Slot : IDisposable
    {
        private readonly CudaContext _context;
        private readonly PinnedMemory _host;

        public Slot(CudaContext context, Shape images)
        {
            _context = context;
            Device = new Tensor<byte>(new CudaStorage<byte>(context, images.Count), 0, images);
            try
            {
                _host = new PinnedMemory(context, images.Count);
                Driver.Check(Driver.cuEventCreate(out var copied, EventKind.Untimed));
                Copied = copied;
                Driver.Check(Driver.cuEventCreate(out var scaled, EventKind.Untimed));
                Scaled = scaled;
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        ~Slot()
        {
            var (copied, scaled) = (Copied, Scaled);
            _context.ReleaseLater(() => DestroyEvents(copied, scaled));
        }

        public Tensor<byte> Device { get; }

        public nint Copied { get; }

        public nint Scaled { get; }

        public Span<byte> Host => new(_host.Host, Device.Count);

        public void Dispose()
        {
            DestroyEvents(Copied, Scaled);
            _host?.Dispose();
            Device.Storage.Dispose();
            GC.SuppressFinalize(this);
        }

        private static void DestroyEvents(nint copied, nint scaled)
        {
            if (copied != 0) _ = Driver.cuEventDestroy(copied);
            if (scaled != 0) _ = Driver.cuEventDestroy(scaled);
        }
    }
}
