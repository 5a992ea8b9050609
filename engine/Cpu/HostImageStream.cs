using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// Images for the CPU device: the slot is the memory that the kernel reads. Filling ahead would take a processor from the
/// kernels, so it is not asked for.
/// </summary>
internal sealed class HostImageStream<T> : IImageStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<byte>[] _slots;

    public HostImageStream(CpuDevice<T> device, Shape images)
        => _slots = [.. Enumerable.Range(0, IImageStream<T>.Slots).Select(_ => device.Zeros<byte>(images))];

    public bool WantsPrefetch => false;

    public unsafe Span<byte> Host(int slot) => new(_slots[slot].Pointer(), _slots[slot].Count);

    public void Send(int slot)
    {
    }

    public NetworkInput<T> Deliver(int slot) => new(_slots[slot]);

    public void Dispose()
    {
        foreach (var slot in _slots) slot.Storage.Dispose();
    }
}
