using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Constraints;

public class LimbSymmetryTests
{
    [Test]
    public void CoincidentJointsGiveZeroGradientAndNoNaN()
    {
        using var device = new CpuDevice<double>(1);
        var constraint = new LimbSymmetry<double>(device);
        var generator = new RandomGenerator(6);
        var pose = Enumerable.Range(0, 51).Select(_ => generator.NextNormal()).ToArray();
        for (var d = 0; d < 3; d++) pose[(3 * 12) + d] = pose[(3 * 11) + d]; // left upper arm without length
        var y = device.From(pose, new Shape(1, 51));
        var (c, uy) = (device.Zeros(6), device.Zeros(new Shape(1, 51)));
        constraint.Evaluate(y, default, c);
        constraint.Lop(y, default, device.From([1, 0, 0, 0, 0, 0]), uy);
        var adjoint = uy.ToArray();
        Assert.That(c.ToArray(), Is.All.Matches<double>(double.IsFinite));
        Assert.That(adjoint[33..39], Is.All.Zero);
        Assert.That(adjoint.Sum(x => x * x), Is.EqualTo(2).Within(1e-12), "the right arm's unit vector at both of its ends");
    }

    [TestCase(17)]
    [TestCase(-1)]
    public void JointsOutsideTheOutputsAreRefused(int joint)
    {
        using var device = new CpuDevice<float>(1);
        var constraint = new LimbSymmetry<float>(device, [0, 1, 2, joint]);
        Assert.That(
            () => constraint.Lop(device.Zeros(new Shape(1, 51)), default, device.Zeros(1), device.Zeros(new Shape(1, 51))),
            Throws.ArgumentException.With.Message.Contains($"names joint {joint}, outputs of 51 values hold joints 0 to 16"));
    }

    [Test]
    public void JointTableMustHoldFours()
    {
        using var device = new CpuDevice<float>(1);
        Assert.That(() => new LimbSymmetry<float>(device, [1, 2, 3]), Throws.ArgumentException.With.Message.Contains("four joints a constraint, got 3"));
    }
}
