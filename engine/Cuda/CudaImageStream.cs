using System.Numerics;
using PoseEngine.Cuda.Native;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>
/// Images for a CUDA device: pinned host memory, copied on a stream of its own while kernels run on the device's stream.
/// What is delivered lies in one place, so that recordings of what reads it hold; events order the two streams: a slot is
/// delivered behind its copy and copied to again behind its delivery.
/// </summary>
internal sealed unsafe class CudaImageStream<T> : IImageStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CudaContext _context;
    private readonly Slot[] _slots = new Slot[IImageStream<T>.Slots];
    private readonly Tensor<byte> _images;
    private nint _copies;
    private bool _disposed;

    public CudaImageStream(CudaContext context, Shape images)
    {
        _context = context;
        context.MakeCurrent();
        Driver.Check(Driver.cuStreamCreate(out _copies, StreamKind.NonBlocking));
        try
        {
            for (var i = 0; i < _slots.Length; i++) _slots[i] = new Slot(context, images);
            _images = new Tensor<byte>(new CudaStorage<byte>(context, images.Count), 0, images);

            // The copy stream must not overtake the clearing of the slots on the device's own.
            context.Synchronize();
        }
        catch
        {
            Release();
            throw;
        }
        context.Opened(this);
    }

    ~CudaImageStream()
    {
        var copies = _copies;
        if (copies != 0) _context.ReleaseLater(() => _ = Driver.cuStreamDestroy(copies));
    }

    public bool WantsPrefetch => true;

    public Span<byte> Host(int slot)
    {
        _context.MakeCurrent();
        _context.AwaitCopy(_slots[slot].Copied);
        return _slots[slot].Host;
    }

    public void Send(int slot)
    {
        _context.MakeCurrent();
        var s = _slots[slot];
        Driver.Check(Driver.cuStreamWaitEvent(_copies, s.Delivered, 0));
        fixed (byte* host = s.Host) Driver.Check(Driver.cuMemcpyHtoDAsync(s.Device.DevicePointer(), host, (nuint)s.Device.Count, _copies));
        _context.Counter.ToDevice(s.Device.Count);
        Driver.Check(Driver.cuEventRecord(s.Copied, _copies));
    }

    public NetworkInput<T> Deliver(int slot)
    {
        _context.MakeCurrent();
        var s = _slots[slot];
        Driver.Check(Driver.cuStreamWaitEvent(_context.Stream, s.Copied, 0));
        Driver.Check(Driver.cuMemcpyDtoDAsync(_images.DevicePointer(), s.Device.DevicePointer(), (nuint)_images.Count, _context.Stream));
        Driver.Check(Driver.cuEventRecord(s.Delivered, _context.Stream));
        return new NetworkInput<T>(_images);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _context.Settle();
        _context.Counter.Wait();
        _ = Driver.cuStreamSynchronize(_copies);
        Release();
        _context.Closed(this);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives back what there is, which after a failed beginning is not everything.</summary>
    private void Release()
    {
        foreach (var slot in _slots) slot?.Dispose();
        if (!_images.IsAbsent) _images.Storage.Dispose();
        _ = Driver.cuStreamDestroy(_copies);
        _copies = 0;
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
                Driver.Check(Driver.cuEventCreate(out var delivered, EventKind.Untimed));
                Delivered = delivered;
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        ~Slot()
        {
            var (copied, delivered) = (Copied, Delivered);
            _context.ReleaseLater(() => DestroyEvents(copied, delivered));
        }

        public Tensor<byte> Device { get; }

        public nint Copied { get; }

        public nint Delivered { get; }

        public Span<byte> Host => new(_host.Host, Device.Count);

        public void Dispose()
        {
            DestroyEvents(Copied, Delivered);
            _host?.Dispose();
            Device.Storage.Dispose();
            GC.SuppressFinalize(this);
        }

        private static void DestroyEvents(nint copied, nint delivered)
        {
            if (copied != 0) _ = Driver.cuEventDestroy(copied);
            if (delivered != 0) _ = Driver.cuEventDestroy(delivered);
        }
    }
}
