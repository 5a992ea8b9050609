using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kernels;

/// <summary>Operators from outside the engine: found by their interface, made once, disposed of with the device.</summary>
public sealed class DeviceFamilyTests
{
    private interface INowhereKernels<T>;

    private interface IOnlyOnFourThreads;

    private interface IReplaced;

    [Test]
    public void AFamilyIsMadeOnceAndDisposedOfWithTheDevice()
    {
        var made = new List<Owner>();
        DeviceFamilies.Register<double, Owner>(_ =>
        {
            made.Add(new Owner());
            return made[^1];
        });
        Owner first;
        using (var device = new CpuDevice<double>(1))
        {
            first = device.Family<Owner>();
            using (var around = new CountingDevice<double>())
            {
                Assert.That(around.Family<Owner>(), Is.Not.SameAs(first), "each device has its own");
                Assert.That(new ClockedDevice<double>(device).Family<Owner>(), Is.SameAs(first));
            }
            Assert.That(device.Family<Owner>(), Is.SameAs(first));
            Assert.That(made.Select(family => family.Disposals), Is.EqualTo(new[] { 0, 1 }));
        }
        Assert.That(made.Select(family => family.Disposals), Is.EqualTo(new[] { 1, 1 }));
    }

    [Test]
    public void ADeviceWithoutTheFamilySaysSo()
    {
        DeviceFamilies.Register<float, IOnlyOnFourThreads>(device => device is CpuDevice<float> { ThreadCount: 4 } ? new OnFour() : null);
        using var two = new CpuDevice<float>(2);
        using var four = new CpuDevice<float>(4);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(four.Family<IOnlyOnFourThreads>(), Is.InstanceOf<OnFour>());
            Assert.That(two.FindFamily<IOnlyOnFourThreads>(), Is.Null);
            Assert.That(
                () => two.Family<INowhereKernels<float>>(),
                Throws.InstanceOf<NotSupportedException>().With.Message.EqualTo(
                    "cpu: the device has no operators INowhereKernels<Single>; register an implementation for it with DeviceFamilies.Register, or take another device"));
        }
    }

    [Test]
    public void TheNewestRegistrationThatFitsWins()
    {
        DeviceFamilies.Register<double, IReplaced>(_ => new Older());
        DeviceFamilies.Register<double, IReplaced>(_ => new Newer());
        DeviceFamilies.Register<double, IReplaced>(_ => null);
        using var device = new CpuDevice<double>(1);
        Assert.That(device.Family<IReplaced>(), Is.InstanceOf<Newer>());
    }

    private sealed class Owner : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }

    private sealed class OnFour : IOnlyOnFourThreads;

    private sealed class Older : IReplaced;

    private sealed class Newer : IReplaced;
}
