using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class ReluSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(64)]
    [TestCase(16_384 + 5)]
    [TestCase(40_003)]
    public void DerivativesHold(int count) => Prove(device => new Case(device, count));

    [Test]
    public void NumbersAtTheKink()
    {
        // Twice over, so that both the vectors and the tail see each of them.
        double[] x = [0, -0.0, double.NaN, 1, -1, double.PositiveInfinity, double.NegativeInfinity, 2, 3];
        double[] y = [0, 0, double.NaN, 1, 0, double.PositiveInfinity, 0, 2, 3];
        byte[] open = [0, 0, 0, 1, 0, 1, 0, 1, 1];
        var input = From(new Shape(18), [.. x, .. x]);
        var (output, gates) = (Device.Zeros(18), Device.Zeros<byte>(new Shape(18)));
        Device.Relu.Forward(input, output, gates);
        var passed = Device.Zeros(18);
        Device.Relu.Gate(gates, From(new Shape(18), [.. Enumerable.Repeat(double.NaN, 18)]), passed);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(output.ToArray(), Is.EqualTo(Numbers1([.. y, .. y])));
            Assert.That(output.ToArray().Count(T.IsNegative), Is.LessThanOrEqualTo(2), "no -0, signs only of NaN");
            Assert.That(gates.ToArray(), Is.EqualTo((byte[])[.. open, .. open]));
            Assert.That(passed.ToArray().Select(T.IsNaN), Is.EqualTo(gates.ToArray().Select(gate => gate == 1)));
        }
    }

    [Test]
    public void SubnormalsAreNotFlushed()
    {
        var smallest = T.Epsilon;
        var x = Device.From([.. Enumerable.Range(0, 11).Select(i => i % 2 == 0 ? smallest : -smallest)]);
        var (y, open) = (Device.Zeros(11), Device.Zeros<byte>(new Shape(11)));
        Device.Relu.Forward(x, y, open);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(y.ToArray(), Is.EqualTo(Enumerable.Range(0, 11).Select(i => i % 2 == 0 ? smallest : T.Zero)));
            Assert.That(open.ToArray(), Is.EqualTo(Enumerable.Range(0, 11).Select(i => (byte)((i + 1) % 2))));
        }
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, 67));

    [Test]
    public void WrongShapesAreNamed() => Assert.That(
        () => Device.Relu.Forward(Device.Zeros(6), Device.Zeros(5), Device.Zeros<byte>(new Shape(6))),
        Throws.ArgumentException.With.Message.Contains("6").And.Message.Contains("5"));

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, 40_003));

    private sealed class Case(ComputeDevice<T> device, int count) : OperatorCase<T>(device)
    {
        private readonly Tensor<byte> _open = device.Zeros<byte>(new Shape(count));

        public override Tensor<T>[] Inputs { get; } = [Numbers.Normal(device, new Shape(count), 1)];

        public override Tensor<T> Output { get; } = device.Zeros(count);

        public override void Forward() => Device.Relu.Forward(Inputs[0], Output, _open);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => Device.Relu.Gate(_open, direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => Device.Relu.Gate(_open, u, adjoints[0]);
    }
}
