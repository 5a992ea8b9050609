using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class VectorSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IDeviceFactory _devices = devices;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(13)]
    [TestCase(16_384)]
    [TestCase(50_001)]
    public void ElementsFollowTheirFormulas(int count)
    {
        var (x, y) = (Numbers.Normal(Device, new Shape(count), 1), Numbers.Normal(Device, new Shape(count), 2));
        var z = Device.Zeros(count);
        using (Assert.EnterMultipleScope())
        {
            Device.Vectors.Fill(z, Number(3));
            Assert.That(z.ToArray(), Is.All.EqualTo(Number(3)));
            Device.Vectors.Copy(x, z);
            Assert.That(z.ToArray(), Is.EqualTo(x.ToArray()));
            Device.Vectors.Axpy(0.5, y, z);
            Close(z, Numbers.Combine(Device, 1, x, 0.5, y), Rounding, "axpy");
            var (factors, byNumber) = (Device.Zeros<double>(new Shape(3)), Device.From(x.ToArray()));
            factors.CopyFrom([7, 1.0 / 3, 7]);
            Device.Vectors.Copy(x, z);
            Device.Vectors.Axpy(factors.Slice(1, 1), y, z);
            Device.Vectors.Axpy(1.0 / 3, y, byNumber);
            Assert.That(z.ToArray(), Is.EqualTo(byNumber.ToArray()), "the factor on the device");
            Device.Vectors.Scale(-2, x, z);
            Close(z, Numbers.Combine(Device, -2, x, 0, y), Rounding, "scale");
            Device.Vectors.Combine(0.25, x, -4, y, z);
            Close(z, Numbers.Combine(Device, 0.25, x, -4, y), Rounding, "combine");
            Device.Vectors.Multiply(x, y, z);
            Close(z, Device.From([.. x.ToArray().Zip(y.ToArray(), (a, b) => a * b)]), Rounding, "multiply");
            Device.Vectors.Scale(2, y, y);
            Device.Vectors.Scale(0.5, y, z);
            Device.Vectors.Scale(0.5, y, y);
            Assert.That(z.ToArray(), Is.EqualTo(y.ToArray()), "a result in the place of an argument");
        }
    }

    [TestCase(0)]
    [TestCase(5)]
    [TestCase(50_001)]
    public void SumsRunInFloat64(int count)
    {
        var (x, y) = (Numbers.Normal(Device, new Shape(count), 1), Numbers.Normal(Device, new Shape(count), 2));
        using var one = _devices.Create<T>(1);
        var (x1, y1) = (one.From(x.ToArray()), one.From(y.ToArray()));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Device.Vectors.Dot(x, y), Is.EqualTo(Numbers.Dot(x, y)).Within(1e-11));
            var result = Device.Zeros<double>(new Shape(3));
            Device.Vectors.Dot(x, y, result.Slice(1, 1));
            Assert.That(result.ToArray(), Is.EqualTo(new[] { 0, Device.Vectors.Dot(x, y), 0 }), "the same bits on the device");
            Assert.That(Device.Vectors.Norm(x), Is.EqualTo(Numbers.Norm(x)).Within(1e-11));
            Assert.That(Device.Vectors.MaxAbs(x), Is.EqualTo(Numbers.Host(x).Select(Math.Abs).DefaultIfEmpty(0).Max()));
            Assert.That(one.Vectors.Dot(x1, y1), Is.EqualTo(Device.Vectors.Dot(x, y)), "one thread, the same bits");
        }
    }

    [TestCase(3)]
    [TestCase(40_000)]
    public void NaNComesOut(int count)
    {
        var numbers = new T[count];
        numbers[count / 2] = T.NaN;
        var x = Device.From(numbers);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Device.Vectors.MaxAbs(x), Is.NaN);
            Assert.That(Device.Vectors.Norm(x), Is.NaN);
        }
    }

    [Test]
    public void WrongCountsAreNamed()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Device.Vectors.Dot(Device.Zeros(4), Device.Zeros(7)), Names4And7);
            Assert.That(() => Device.Vectors.Axpy(1, Device.Zeros(4), Device.Zeros(7)), Names4And7);
            Assert.That(() => Device.Vectors.Axpy(Device.Zeros<double>(new Shape(1)), Device.Zeros(4), Device.Zeros(7)), Names4And7);
            Assert.That(() => Device.Vectors.Copy(Device.Zeros(4), Device.Zeros(7)), Names4And7);
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var (x, y) = (Device.Zeros(40_001), Device.Zeros(40_001));
        AllocatesNothing(() =>
        {
            Device.Vectors.Axpy(1, x, y);
            Device.Vectors.Dot(x, y);
            Device.Vectors.MaxAbs(x);
        });
    }

    private static NUnit.Framework.Constraints.Constraint Names4And7
        => Throws.ArgumentException.With.Message.Contains("4").And.Message.Contains("7");
}
