using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Expressions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Constraints;

/// <summary>Eq. 15 as text, by hand and at its kinks; the oracles of the paper's network have its values and products.</summary>
[TestFixture(typeof(float), "cpu-simd")]
[TestFixture(typeof(double), "cpu-scalar")]
[TestFixture(typeof(float), "cuda-checked")]
[TestFixture(typeof(double), "cuda-checked")]
[TestFixture(typeof(float), "cuda-gpu")]
[TestFixture(typeof(double), "cuda-gpu")]
public class LimbSymmetryTests<T>(string deviceName) : DeviceFixture<T>(deviceName)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly (int A, int B, int C, int D)[] Limbs = [(0, 1, 0, 2), (1, 3, 2, 4), (3, 5, 4, 6)];

    [Test]
    public void LengthsAreSubtracted()
    {
        var pose = new double[21];
        (pose[3], pose[4], pose[8]) = (3, 4, 2);
        Assert.That(Evaluate(pose)[0], Is.EqualTo(3));
    }

    [Test]
    public void ALimbWithoutLengthHasNoGradientAndHarmsNoOtherConstraint()
    {
        var constraint = new LimbSymmetry<T>(Device);
        var pose = Pose(51, 6);
        for (var d = 0; d < 3; d++) pose[(3 * 12) + d] = pose[(3 * 11) + d]; // left upper arm
        var y = From(pose);
        var (c, uy) = (Device.Zeros(6), Device.Zeros(new Shape(1, 51)));
        constraint.Evaluate(y, default, c);
        constraint.Lop(y, default, From([1, 0, 0, 0, 0, 0]), uy);
        var adjoint = Numbers.Host(uy);
        Assert.That(c.ToArray(), Is.All.Matches<T>(T.IsFinite));
        Assert.That(adjoint[33..39], Is.All.Zero);
        Assert.That(adjoint.Sum(x => x * x), Is.EqualTo(2).Within(typeof(T) == typeof(double) ? 1e-12 : 1e-6), "the right arm's unit vector at both of its ends");

        constraint.Lop(Device.Zeros(new Shape(1, 51)), default, From([1, 2, 3, 4, 5, 6]), uy);
        Assert.That(uy.ToArray(), Is.All.EqualTo(T.Zero), "an untrained network's pose");
        constraint.Curvature(y, default, From([1, 0, 0, 0, 0, 0]), From(Pose(51, 7)), uy);
        Assert.That(uy.ToArray(), Is.All.Matches<T>(T.IsFinite));
    }

    [Test]
    public void NaNComesOutInItsRow()
    {
        var pose = Pose(21, 1);
        pose[16] = double.NaN;
        Assert.That(Evaluate(pose).Select(double.IsNaN), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void JointsOutsideTheOutputsAreRefused()
    {
        Assert.That(() => new LimbSymmetry<T>(Device, 17, (0, 1, 2, 17)), Throws.TypeOf<ExpressionException>().With.Message.Contains("joint_17"));
        Assert.That(() => new LimbSymmetry<T>(Device, 17, (0, -1, 2, 3)), Throws.TypeOf<ExpressionException>());
        Assert.That(() => new LimbSymmetry<T>(Device, 17), Throws.ArgumentException.With.Message.Contains("at least one row"));
    }

    private static double[] Pose(int values, ulong seed)
    {
        var random = new RandomGenerator(seed);
        return [.. Enumerable.Range(0, values).Select(_ => random.NextNormal())];
    }

    private Tensor<T> From(double[] numbers) => Device.From(Array.ConvertAll(numbers, T.CreateTruncating), new Shape(1, numbers.Length));

    /// <summary>The three rows of seven joints.</summary>
    private double[] Evaluate(double[] pose)
    {
        var c = Device.Zeros(3);
        new LimbSymmetry<T>(Device, 7, Limbs).Evaluate(From(pose), default, c);
        return Numbers.Host(c);
    }
}
