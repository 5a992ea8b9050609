using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cpu;

public class HostStorageTests
{
    [Test]
    public unsafe void AnAddressStaysValidUntilTheNextAllocation()
    {
        // The last use of the tensor is the taking of its address, as in a kernel; a collection must not free it then.
        using var device = new CpuDevice<double>(1);
        var address = AddressOfATemporary(device, out var storage);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(storage.IsAlive, Is.False);
        Assert.That(new ReadOnlySpan<double>(address, 4).ToArray(), Is.EqualTo(new double[] { 0, 1, 2, 3 }));
        Assert.That(device.LiveBytes, Is.Zero);
    }

    [Test]
    public void LiveBytesCountWhatNobodyGaveBack()
    {
        using var device = new CpuDevice<float>(1);
        var (one, two) = (device.Zeros(100), device.Zeros<int>(new Shape(7)));
        var both = device.LiveBytes;
        two.Storage.Dispose();
        two.Storage.Dispose();
        var first = device.LiveBytes;
        one.Storage.Dispose();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.GreaterThanOrEqualTo(400));
            Assert.That(both, Is.GreaterThanOrEqualTo(first + 28));
            Assert.That(device.LiveBytes, Is.Zero);
        }
    }

    [Test]
    public void TensorsOutliveTheirDevice()
    {
        var device = new CpuDevice<double>(1);
        var tensor = device.From([1, 2]);
        device.Dispose();
        Assert.That(tensor.ToArray(), Is.EqualTo(new double[] { 1, 2 }));
        tensor.Storage.Dispose();
        Assert.That(device.LiveBytes, Is.Zero);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static unsafe double* AddressOfATemporary(CpuDevice<double> device, out WeakReference storage)
    {
        var tensor = device.From([0, 1, 2, 3]);
        storage = new WeakReference(tensor.Storage);
        return tensor.Pointer();
    }
}
