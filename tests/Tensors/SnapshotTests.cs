using PoseEngine.Cuda;
using PoseEngine.Tensors;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Tensors;

/// <summary>Copies of one moment.</summary>
[TestFixture("cpu-simd")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-gpu")]
public sealed class SnapshotTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    [Test]
    public void LaterWorkIsNoPartOfIt()
    {
        var (x, flags) = (Device.From([1, 2, 3, 4]), Device.Zeros<byte>(new Shape(3)));
        flags.CopyFrom([7, 8, 9]);
        using var snapshot = Device.CreateSnapshot();
        var (part, middle, bytes, nothing) = (snapshot.Add(x), snapshot.Add(x.Slice(1, 2)), snapshot.Add(flags), snapshot.Add(Device.Zeros(0)));
        for (var round = 1; round <= 3; round++)
        {
            Device.Vectors.Scale(2, x, x);
            snapshot.Take();
            Device.Vectors.Fill(x, round);
            snapshot.Await();
            double[] expected = round == 1 ? [2, 4, 6, 8] : [.. Enumerable.Repeat(2.0 * (round - 1), 4)];
            using (Assert.EnterMultipleScope())
            {
                Assert.That(snapshot.HasArrived, Is.True);
                Assert.That(part.Numbers.ToArray(), Is.EqualTo(expected));
                Assert.That(middle.Numbers.ToArray(), Is.EqualTo(expected[1..3]));
                Assert.That(bytes.Numbers.ToArray(), Is.EqualTo((byte[])[7, 8, 9]));
                Assert.That(nothing.Numbers.IsEmpty, Is.True);
            }
        }
    }

    /// <summary>Pinned memory does not wait for the garbage collector, and one wait is enough for all parts.</summary>
    [Test]
    public void ItWaitsOnceAndGivesItsMemoryBack()
    {
        if (Device is not CudaDevice<double> cuda)
        {
            Assert.Ignore("the CPU has no pinned memory");
            return;
        }
        var (x, large, before) = (Device.Zeros(3), Device.Zeros(100_000), cuda.Context.PinnedBytes);
        using (var snapshot = Device.CreateSnapshot())
        {
            (_, _) = (snapshot.Add(x), snapshot.Add(large));
            Assert.That(cuda.Context.PinnedBytes - before, Is.EqualTo(sizeof(double) * 100_003));
            var counters = cuda.Counters!.Value;
            snapshot.Read();
            var taken = cuda.Counters!.Value - counters;
            Assert.That((taken.HostWaits, taken.BytesToHost), Is.EqualTo((1, sizeof(double) * 100_003)));
        }
        Assert.That(cuda.Context.PinnedBytes, Is.EqualTo(before));
    }

    /// <summary>Systems limit what may be pinned: such copies wait, and are right.</summary>
    [Test]
    public void WhereNothingMoreIsPinnedItCopiesAtOnce()
    {
        if (Device is not CudaDevice<double> cuda || DeviceName == "cuda-gpu")
        {
            Assert.Ignore("only the stand-in refuses to pin memory when told");
            return;
        }
        var (x, before) = (Device.From([1, 2, 3]), cuda.Context.PinnedBytes);
        StandIn.Configure("pinned=8");
        try
        {
            using var snapshot = Device.CreateSnapshot();
            var (part, pinned) = (snapshot.Add(x), snapshot.Add(x.Slice(1, 1)));
            Assert.That(cuda.Context.PinnedBytes - before, Is.EqualTo(sizeof(double)));
            Device.Vectors.Scale(2, x, x);
            snapshot.Read();
            Assert.That(part.Numbers.ToArray(), Is.EqualTo((double[])[2, 4, 6]));
            Assert.That(pinned.Numbers.ToArray(), Is.EqualTo((double[])[4]));
        }
        finally
        {
            StandIn.Configure($"pinned={long.MaxValue}");
        }
    }

    [Test]
    public void OfAnotherDeviceNothingIsTaken()
    {
        using var other = Devices.Create<double>("cpu-simd");
        if (Device is not CudaDevice<double>) Assert.Ignore("tensors of all devices can be read by the CPU");
        using var snapshot = Device.CreateSnapshot();
        Assert.That(() => snapshot.Add(other.Zeros(2)), Throws.ArgumentException.With.Message.Contains("another device"));
    }
}
