using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PoseEngine.Cuda.Native;
using PoseEngine.Tensors;

namespace PoseEngine.Cuda;

/// <summary>Device memory. Copies run on the device's stream, behind all work given to it before.</summary>
internal sealed unsafe class CudaStorage<TElement> : Storage<TElement>
    where TElement : unmanaged
{
    private ulong _pointer;

    public CudaStorage(CudaContext context, int count)
        : base(count)
    {
        Context = context;
        _pointer = context.Allocate(Bytes);
        if (count > 0) Driver.Check(Driver.cuMemsetD8Async(_pointer, 0, (nuint)Bytes, context.Stream));
    }

    ~CudaStorage() => Dispose(false);

    /// <summary>The device that the memory belongs to.</summary>
    public CudaContext Context { get; }

    /// <summary>The address of element 0 on the device.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public ulong Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pointer == 0, this);
            return _pointer;
        }
    }

    private long Bytes => (long)Count * sizeof(TElement);

    /// <inheritdoc/>
    public override void Write(int offset, ReadOnlySpan<TElement> source)
    {
        if (source.IsEmpty) return;
        Context.MakeCurrent();
        var target = At(offset, source.Length);
        var bytes = MemoryMarshal.AsBytes(source);
        if (bytes.Length <= StagingRing.MostUploadBytes && !Context.IsCapturing)
        {
            Context.Staging.Upload(target, bytes);
            return;
        }
        fixed (byte* host = bytes) Driver.Check(Driver.cuMemcpyHtoDAsync(target, host, (nuint)bytes.Length, Context.Stream));
        Context.Counter.ToDevice(bytes.Length);
        Context.Synchronize();
    }

    /// <inheritdoc/>
    public override void Read(int offset, Span<TElement> destination)
    {
        if (destination.IsEmpty) return;
        Context.MakeCurrent();
        var source = At(offset, destination.Length);
        var bytes = MemoryMarshal.AsBytes(destination);
        if (bytes.Length <= StagingRing.SlotBytes)
        {
            Context.Staging.Download(source, bytes);
            return;
        }
        fixed (byte* host = bytes) Driver.Check(Driver.cuMemcpyDtoHAsync(host, source, (nuint)bytes.Length, Context.Stream));
        Context.Counter.ToHost(bytes.Length);
        Context.Synchronize();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        var pointer = _pointer;
        _pointer = 0;
        if (pointer == 0) return;
        if (disposing) Context.Free(pointer, Bytes);
        else Context.FreeLater(pointer, Bytes);
    }

    private ulong At(int offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Count - count);
        return Pointer + ((ulong)offset * (ulong)sizeof(TElement));
    }
}

/// <summary>Device addresses of tensors.</summary>
internal static unsafe class CudaTensors
{
    /// <summary>The address of the tensor's first element on the device.</summary>
    /// <exception cref="ArgumentException">The tensor lives on another device.</exception>
    public static ulong DevicePointer<TElement>(
        this Tensor<TElement> tensor, [CallerArgumentExpression(nameof(tensor))] string name = "")
        where TElement : unmanaged
        => tensor.Storage is CudaStorage<TElement> storage
            ? storage.Pointer + ((ulong)tensor.Offset * (ulong)sizeof(TElement))
            : throw new ArgumentException("cuda: the tensor lives on another device", name);

    /// <summary>The address, or 0 for an absent tensor.</summary>
    public static ulong DevicePointerOrNull<TElement>(this Tensor<TElement> tensor)
        where TElement : unmanaged
        => tensor.IsAbsent ? 0 : tensor.DevicePointer();
}
