using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class LimbSymmetrySuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly int[] Joints = [0, 1, 0, 2, 1, 3, 2, 4, 3, 5, 4, 6];

    [TestCase(1)]
    [TestCase(9)]
    public void DerivativesHold(int samples) => Prove(device => new Case(device, samples));

    [Test]
    public void LengthsAreSubtracted()
    {
        var operation = new Case(Device, 1);
        var y = new T[21];
        y[3] = Number(3);
        y[4] = Number(4);
        y[8] = Number(2);
        operation.Inputs[0].CopyFrom(y);
        operation.Forward();
        Assert.That(operation.Output.ToArray()[0], Is.EqualTo(Number(3)));
    }

    [Test]
    public void CoincidentJointsHaveNoGradientAndHarmNoOtherConstraint()
    {
        var (operation, other) = (new Case(Device, 2), new Case(Device, 2));
        var y = operation.Inputs[0].ToArray();
        y.AsSpan(9, 3).CopyTo(y.AsSpan(15, 3));
        operation.Inputs[0].CopyFrom(y);
        var u = From(new Shape(2, 3), 1, 2, 0, 3, 4, 5);
        var (mine, untouched) = (operation.LikeInputs(), other.LikeInputs());
        operation.Lop(u, mine);
        other.Lop(u, untouched);
        var (dy, dyOther) = (Device.Zeros(new Shape(2, 3)), Device.Zeros(new Shape(2, 3)));
        operation.Rop(operation.Directions(1), dy);
        other.Rop(operation.Directions(1), dyOther);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mine[0].ToArray(), Is.EqualTo(untouched[0].ToArray()), "weight 0 on the degenerate limb");
            Assert.That(dy.ToArray().Select(T.IsFinite), Is.All.True);
            Assert.That(dy.ToArray()[0], Is.EqualTo(dyOther.ToArray()[0]));
            Assert.That(dy.ToArray()[1], Is.EqualTo(dyOther.ToArray()[1]));
        }
        operation.Inputs[0].CopyFrom(new T[42]);
        operation.Lop(u, mine);
        Assert.That(mine[0].ToArray(), Is.All.EqualTo(T.Zero), "an untrained network's pose");
    }

    [Test]
    public void NaNComesOut()
    {
        var operation = new Case(Device, 1);
        var y = operation.Inputs[0].ToArray();
        y[16] = T.NaN;
        operation.Inputs[0].CopyFrom(y);
        operation.Forward();
        Assert.That(operation.Output.ToArray().Select(T.IsNaN), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, 5));

    [Test]
    public void WrongShapesAreNamed()
    {
        var joints = Device.Zeros<int>(new Shape(3, 4));
        Assert.That(
            () => Device.LimbSymmetry.Forward(joints, Device.Zeros(new Shape(2, 21)), Device.Zeros(5)),
            Throws.ArgumentException.With.Message.Contains("6").And.Message.Contains("5"));
    }

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, 5));

    private sealed class Case : OperatorCase<T>
    {
        private readonly Tensor<int> _joints;

        public Case(ComputeDevice<T> device, int samples)
            : base(device)
        {
            _joints = device.Zeros<int>(new Shape(3, 4));
            _joints.CopyFrom(Joints);
            Inputs = [Numbers.Normal(device, new Shape(samples, 21), 1)];
            Output = device.Zeros(new Shape(samples, 3));
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public override void Forward() => Device.LimbSymmetry.Forward(_joints, Inputs[0], Output);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => Device.LimbSymmetry.Rop(_joints, Inputs[0], direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => Device.LimbSymmetry.Lop(_joints, Inputs[0], u, adjoints[0]);
    }
}
