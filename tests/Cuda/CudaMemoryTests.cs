using System.Runtime.CompilerServices;
using PoseEngine.Cuda;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>What becomes of device memory that nobody gives back.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Gpu)]
public sealed class CudaMemoryTests(string mode)
{
    private const int Count = 1 << 20;
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void Report() => _devices.AfterTest();

    /// <summary>Through pinned memory a read is one wait; beyond a slot of it a copy through pageable memory and another one.</summary>
    [TestCase(1)]
    [TestCase(8192)]
    [TestCase(8193)]
    [TestCase(50_000)]
    public void ReadsGiveWhatWasWritten(int count)
    {
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        double[] numbers = [.. Enumerable.Range(0, count + 3).Select(i => i - 0.5)];
        var tensor = device.From(numbers, new Shape(count + 3)).Slice(2, count);
        var before = mode == CudaModes.Gpu ? default : StandIn.Count();
        Assert.That(tensor.ToArray(), Is.EqualTo(numbers[2..^1]));
        if (mode == CudaModes.Gpu) return;
        Assert.That((StandIn.Count() - before).HostWaits, count <= 8192 ? Is.EqualTo(1) : Is.LessThanOrEqualTo(2));
    }

    /// <summary>More small writes than there are slots: each takes the place of one that the device has copied.</summary>
    [Test]
    public void SmallWritesArriveAndNobodyWaitsForThem()
    {
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        var tensors = Enumerable.Range(0, 100).Select(_ => device.Zeros(2)).ToArray();
        device.Synchronize();
        var before = mode == CudaModes.Gpu ? default : StandIn.Count();
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i].CopyFrom([i, -i]);
            if (i % 20 == 19) Assert.That(tensors[i].ToArray(), Is.EqualTo(new double[] { i, -i }));
        }
        if (mode != CudaModes.Gpu) Assert.That((StandIn.Count() - before).HostWaits, Is.EqualTo(tensors.Length / 20), "the reads");
        for (var i = 0; i < tensors.Length; i++) Assert.That(tensors[i].ToArray(), Is.EqualTo(new double[] { i, -i }));
    }

    [Test]
    public void AClosedDeviceKeepsNoTensorsMemory()
    {
        using var other = (CudaDevice<double>)_devices.Create<double>(1);
        var before = other.ResidentBytes;
        var device = (CudaDevice<double>)_devices.Create<double>(1);
        Tensor<double>[] kept = [.. Enumerable.Range(0, 8).Select(_ => device.Zeros(Count))];
        Assert.That(other.ResidentBytes, Is.LessThanOrEqualTo(before - (4L * Count * sizeof(double))), "half of what is free");
        device.Dispose();
        Assert.That(other.ResidentBytes, Is.EqualTo(before));
        Assert.That(() => kept[0].ToArray(), Throws.InstanceOf<ObjectDisposedException>());
        kept[1].Storage.Dispose();
        Assert.That(other.ResidentBytes, Is.EqualTo(before), "nothing is given back twice");
    }

    [Test]
    public void LostPinnedMemoryIsGivenBackAtTheNextAllocation()
    {
        _devices.Prepare();
        using var context = new CudaContext(0);
        var before = context.PinnedBytes;
        Lose(context);
        Assert.That(context.PinnedBytes, Is.EqualTo(before + Count), "nobody has collected it");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        context.Free(context.Allocate(16), 16);
        Assert.That(context.PinnedBytes, Is.EqualTo(before));
        using var kept = new PinnedMemory(context, Count);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(context.PinnedBytes, Is.EqualTo(before + Count), "what somebody has stays");
    }

    [Test]
    public void ALostImageStreamLeavesNothing()
    {
        _devices.Prepare();
        using var context = new CudaContext(0);
        var (pinned, live) = (context.PinnedBytes, context.LiveBytes);
        LoseImages(context);
        Assert.That(context.PinnedBytes, Is.GreaterThan(pinned), "nobody has collected it");
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That((context.PinnedBytes, context.LiveBytes), Is.EqualTo((pinned, live)));
    }

    /// <summary>Nothing is allocated between the loss and the end of the device: whatever the stand-in finds left behind fails this.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void ADeviceEndsWithoutWhatWasLost(bool isCollected)
    {
        _devices.Prepare();
        using var context = new CudaContext(0);
        LoseSnapshot(context);
        if (!isCollected) return;
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoseSnapshot(CudaContext context) => _ = new CudaSnapshot(context);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Lose(CudaContext context) => _ = new PinnedMemory(context, Count);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoseImages(CudaContext context)
        => _ = new CudaImageStream<float>(context, new Shape(4, 16, 16, 3));
}
