using System.Numerics;
using PoseEngine.Kernels;

namespace PoseEngine.Tests.Support;

/// <summary>A fixture on one device, by its name in <see cref="Devices"/>.</summary>
public abstract class DeviceFixture<T>(string deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private ComputeDevice<T>? _opened;

    protected string DeviceName => deviceName;

    protected ComputeDevice<T> Device => _opened!;

    [OneTimeSetUp]
    public void OpenDevice() => _opened = Devices.Create<T>(deviceName);

    [OneTimeTearDown]
    public void CloseDevice() => _opened?.Dispose();
}
