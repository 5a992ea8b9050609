using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Cpu;

/// <summary>
/// Images for the CPU device: the slot is the memory that the kernels read. Where the images are in memory, filling a slot
/// ahead gains nothing and costs nothing that could be measured; where they come from a disk, the kernels need not wait.
/// </summary>
internal sealed class HostImageStream<T> : IImageStream<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<byte>[] _slots;

    public HostImageStream(CpuDevice<T> device, Shape images)
        => _slots = [.. Enumerable.Range(0, IImageStream<T>.Slots).Select(_ => device.Zeros<byte>(images))];

    public bool WantsPrefetch => true;

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
