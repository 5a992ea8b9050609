using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cpu;

public class HostStorageTests
{
    [Test]
    public unsafe void AStorageLivesWhileItsAddressIsInUse()
    {
        // The last use of the tensor is the taking of its address, as in a kernel; a collection must not free it then.
        using var device = new CpuDevice<double>(1);
        var address = AddressOfATemporary(device, out var storage);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(storage.IsAlive);
        Assert.That(address[3], Is.EqualTo(3));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static unsafe double* AddressOfATemporary(CpuDevice<double> device, out WeakReference storage)
    {
        var tensor = device.From([0, 1, 2, 3]);
        storage = new WeakReference(tensor.Storage);
        return tensor.Pointer();
    }
}
