using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>
/// The operator of an affine transformation and ReLU against the two layers, which the CPU device computes one by one.
/// </summary>
public abstract class DenseReluSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Outputs that packs divide and outputs that they do not.
    [TestCase(1, 1, 1)]
    [TestCase(16, 100, 52)]
    [TestCase(17, 37, 23)]
    [TestCase(5, 300, 272)]
    [TestCase(33, 51, 49)]
    [TestCase(64, 31, 128)]
    public void DerivativesHold(int samples, int inputs, int outputs) => Prove(device => new Case(device, samples, inputs, outputs));

    [TestCase(7, 19, 24)]
    [TestCase(18, 30, 13)]
    public void ResultsAreTheBitsOfTheDevicesOwnLayers(int samples, int inputs, int outputs)
    {
        var mine = new Case(Device, samples, inputs, outputs);
        var layers = new Case(Device, samples, inputs, outputs, layerByLayer: true);
        mine.Forward();
        layers.Forward();
        var (dy, expectedDy) = (Device.Zeros(mine.Output.Shape), Device.Zeros(mine.Output.Shape));
        mine.Rop(mine.Directions(3), dy);
        layers.Rop(mine.Directions(3), expectedDy);
        var (adjoints, expected) = (mine.LikeInputs(), mine.LikeInputs());
        var u = Numbers.Normal(Device, mine.Output.Shape, 9);
        mine.Lop(u, adjoints);
        layers.Lop(u, expected);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mine.Output.ToArray(), Is.EqualTo(layers.Output.ToArray()).And.Some.GreaterThan(T.Zero));
            Assert.That(mine.Gates.ToArray(), Is.EqualTo(layers.Gates.ToArray()).And.Some.EqualTo(0).And.Some.EqualTo(1));
            Assert.That(dy.ToArray(), Is.EqualTo(expectedDy.ToArray()));
            for (var i = 0; i < 3; i++) Assert.That(adjoints[i].ToArray(), Is.EqualTo(expected[i].ToArray()), $"L-op {i}");
        }
    }

    [TestCase(4)]
    [TestCase(5)]
    public void NumbersAtTheKink(int repeats)
    {
        // One sample, W = 0: the outputs are the biases.
        double[] z = [0, -0.0, double.NaN, 1, -1, double.PositiveInfinity, double.NegativeInfinity];
        double[] y = [0, 0, double.NaN, 1, 0, double.PositiveInfinity, 0];
        byte[] open = [0, 0, 0, 1, 0, 1, 0];
        var operation = new Case(Device, 1, 1, z.Length * repeats);
        operation.Inputs[1].CopyFrom(new T[operation.Inputs[1].Count]);
        operation.Inputs[2].CopyFrom(Numbers1(Repeat(z, repeats)));
        operation.Forward();
        var (dy, adjoints) = (Device.Zeros(operation.Output.Shape), operation.LikeInputs());
        operation.Rop(operation.Directions(5), dy);
        operation.Lop(From(operation.Output.Shape, [.. Enumerable.Repeat(double.NaN, operation.Output.Count)]), adjoints);
        var gates = Repeat(open, repeats);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(operation.Output.ToArray(), Is.EqualTo(Numbers1(Repeat(y, repeats))));
            Assert.That(operation.Gates.ToArray(), Is.EqualTo(gates));
            Assert.That(dy.ToArray().Select(T.IsZero), Is.EqualTo(gates.Select(gate => gate == 0)), "a closed unit passes nothing on");
            Assert.That(adjoints[2].ToArray().Select(T.IsNaN), Is.EqualTo(gates.Select(gate => gate == 1)), "nor back");
        }
    }

    [TestCase(1, 8)]
    [TestCase(3, 8)]
    [TestCase(6, 7)]
    public void AStackOfAdjointsIsGatedByTheSameGates(int stack, int outputs)
    {
        if (Device.DenseRelu is not { } kernels) return;
        var operation = new Case(Device, 5, 6, outputs);
        operation.Forward();
        var (open, u) = (operation.Gates.ToArray(), Numbers.Normal(Device, new Shape(stack * 5, outputs), 4));
        var expected = u.ToArray().Select((value, i) => open[i % open.Length] == 1 ? value : T.Zero).ToArray();
        kernels.Gate(operation.Gates, u);
        Assert.That(u.ToArray(), Is.EqualTo(expected).And.Some.EqualTo(T.Zero));
        Assert.That(
            () => kernels.Gate(operation.Gates, Device.Zeros((5 * outputs) + 1)), Throws.ArgumentException.With.Message.Contains("whole batches"));
    }

    [Test]
    public void AbsentInputsAreLeftOut() => LeavesOutAbsentInputs(new Case(Device, 18, 30, 20));

    [TestCase(13)]
    [TestCase(16)]
    public void ProductsTakeViewsThatBeginAnywhere(int outputs) => ViewsGiveTheSameBits(new Case(Device, 5, 19, outputs));

    [Test]
    public void WrongShapesAreNamed()
    {
        if (Device.DenseRelu is not { } kernels) return;
        var (weight, bias) = (Device.Zeros(new Shape(3, 4)), Device.Zeros(3));
        var (x, y) = (Device.Zeros(new Shape(2, 4)), Device.Zeros(new Shape(2, 3)));
        var open = Device.Zeros<byte>(y.Shape);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => kernels.Forward(x, weight, bias, y, Device.Zeros<byte>(new Shape(5))),
                Throws.ArgumentException.With.Message.Contains("gates").And.Message.Contains("6").And.Message.Contains("5"));
            Assert.That(
                () => kernels.Rop(x, weight, open, Device.Zeros(7), weight, bias, y),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("7"));
            Assert.That(
                () => kernels.Lop(x, weight, open, y, Device.Zeros(9), weight, bias),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("9"));
        }
    }

    [TestCase(8)]
    [TestCase(40)]
    public void RepeatedCallsAllocateNothing(int samples) => AllocatesNothing(new Case(Device, samples, 40, 50));

    private static TElement[] Repeat<TElement>(TElement[] values, int repeats) => [.. Enumerable.Repeat(values, repeats).SelectMany(all => all)];

    /// <summary>By the one operator where the device has it, unless the layers are asked for.</summary>
    private sealed class Case(ComputeDevice<T> device, int samples, int inputs, int outputs, bool layerByLayer = false)
        : OperatorCase<T>(device)
    {
        private readonly Tensor<T> _sum = device.Zeros(new Shape(samples, outputs));

        public override Tensor<T>[] Inputs { get; } =
        [
            Numbers.Normal(device, new Shape(samples, inputs), 1), Numbers.Normal(device, new Shape(outputs, inputs), 2),
            Numbers.Normal(device, new Shape(outputs), 3),
        ];

        public override Tensor<T> Output { get; } = device.Zeros(new Shape(samples, outputs));

        public Tensor<byte> Gates { get; } = device.Zeros<byte>(new Shape(samples, outputs));

        private IDenseReluKernels<T>? Kernels => layerByLayer ? null : Device.DenseRelu;

        public override void Forward()
        {
            if (Kernels is { } kernels)
            {
                kernels.Forward(Inputs[0], Inputs[1], Inputs[2], Output, Gates);
                return;
            }
            Device.Dense.Forward(Inputs[0], Inputs[1], Inputs[2], _sum);
            Device.Relu.Forward(_sum, Output, Gates);
        }

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
        {
            if (Kernels is { } kernels)
            {
                kernels.Rop(Inputs[0], Inputs[1], Gates, direction[0], direction[1], direction[2], dy);
                return;
            }
            Device.Dense.Rop(Inputs[0], Inputs[1], direction[0], direction[1], direction[2], _sum);
            Device.Relu.Gate(Gates, _sum, dy);
        }

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
        {
            if (Kernels is { } kernels)
            {
                // In a copy: the operator changes the adjoint that it is given.
                Device.Vectors.Copy(u, _sum);
                kernels.Lop(Inputs[0], Inputs[1], Gates, _sum, adjoints[0], adjoints[1], adjoints[2]);
                return;
            }
            Device.Relu.Gate(Gates, u, _sum);
            Device.Dense.Lop(Inputs[0], Inputs[1], _sum, adjoints[0], adjoints[1], adjoints[2]);
        }
    }
}
