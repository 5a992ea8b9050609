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
}
