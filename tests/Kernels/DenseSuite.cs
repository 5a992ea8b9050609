using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class DenseSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Tiles of 6 rows and 8 or 16 columns, blocks of 256 in depth and 240 rows, and the path for up to 16 rows.
    [TestCase(1, 1, 1)]
    [TestCase(1, 9, 3)]
    [TestCase(16, 100, 51)]
    [TestCase(17, 37, 23)]
    [TestCase(5, 300, 270)]
    [TestCase(33, 515, 49)]
    [TestCase(245, 64, 32)]
    [TestCase(64, 31, 250)]
    public void DerivativesHold(int samples, int inputs, int outputs) => Prove(device => new Case(device, samples, inputs, outputs));

    [Test]
    public void ASampleComesOutTheSameInAnyBatchOfOneSize()
    {
        var (all, one) = (new Case(Device, 40, 70, 50), new Case(Device, 40, 70, 50));
        all.Forward();
        var x = new T[40 * 70];
        all.Inputs[0].ToArray().AsSpan(13 * 70, 70).CopyTo(x.AsSpan(39 * 70));
        one.Inputs[0].CopyFrom(x);
        one.Forward();
        Assert.That(one.Output.ToArray()[(39 * 50)..], Is.EqualTo(all.Output.ToArray()[(13 * 50)..(14 * 50)]));
    }

    [Test]
    public void AbsentInputsAreLeftOut() => LeavesOutAbsentInputs(new Case(Device, 18, 30, 20));

    [TestCase(4)]
    [TestCase(20)]
    public void NaNComesOutOfItsRowOnly(int samples)
    {
        var operation = new Case(Device, samples, 10, 7);
        var x = operation.Inputs[0].ToArray();
        x[13] = T.NaN;
        operation.Inputs[0].CopyFrom(x);
        operation.Forward();
        var y = operation.Output.ToArray();
        for (var i = 0; i < y.Length; i++) Assert.That(T.IsNaN(y[i]), Is.EqualTo(i / 7 == 1), $"output {i}");
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, 5, 19, 13));

    [Test]
    public void WrongShapesAreNamed()
    {
        var (weight, bias) = (Device.Zeros(new Shape(3, 4)), Device.Zeros(3));
        var (x, y) = (Device.Zeros(new Shape(2, 4)), Device.Zeros(new Shape(2, 3)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Device.Dense.Forward(Device.Zeros(new Shape(2, 5)), weight, bias, y),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("10"));
            Assert.That(
                () => Device.Dense.Forward(x, weight, Device.Zeros(4), y),
                Throws.ArgumentException.With.Message.Contains("3").And.Message.Contains("4"));
            Assert.That(
                () => Device.Dense.Lop(x, weight, y, Device.Zeros(9), weight, bias),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("9"));
        }
    }

    [TestCase(8)]
    [TestCase(40)]
    public void RepeatedCallsAllocateNothing(int samples) => AllocatesNothing(new Case(Device, samples, 40, 50));

    private sealed class Case(ComputeDevice<T> device, int samples, int inputs, int outputs) : OperatorCase<T>(device)
    {
        public override Tensor<T>[] Inputs { get; } =
        [
            Numbers.Normal(device, new Shape(samples, inputs), 1), Numbers.Normal(device, new Shape(outputs, inputs), 2),
            Numbers.Normal(device, new Shape(outputs), 3),
        ];

        public override Tensor<T> Output { get; } = device.Zeros(new Shape(samples, outputs));

        public override void Forward() => Device.Dense.Forward(Inputs[0], Inputs[1], Inputs[2], Output);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
            => Device.Dense.Rop(Inputs[0], Inputs[1], direction[0], direction[1], direction[2], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
            => Device.Dense.Lop(Inputs[0], Inputs[1], u, adjoints[0], adjoints[1], adjoints[2]);
    }
}
