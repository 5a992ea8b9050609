using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>Medians and mean squares of an active set's constraints.</summary>
public abstract class ViolationSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [Test]
    public void MediansByHand()
    {
        // Three samples of two constraints: |C| = 3, 1, 2 and 0, 0, 5.
        Assert.That(Medians(From(new Shape(3, 2), -3, 0, 1, -0.0, 2, 5), 2), Is.EqualTo(new double[] { 2, 0 }));
        // Four: the mean of the middle two.
        Assert.That(Medians(From(new Shape(4, 1), 8, -1, -4, 2), 1), Is.EqualTo(new double[] { 3 }));
    }

    // Samples fewer than a warp, a block of them, one more, many times as many; odd and even.
    [TestCase(1, 1)]
    [TestCase(2, 3)]
    [TestCase(31, 2)]
    [TestCase(128, 6)]
    [TestCase(256, 1)]
    [TestCase(257, 6)]
    [TestCase(4001, 2)]
    public void MediansAreThoseOfTheHostToTheBit(int samples, int constraints)
    {
        var c = Numbers.Normal(Device, new Shape(samples, constraints), 1);
        Assert.That(Medians(c, constraints), Is.EqualTo(OnHost(c, constraints)));
    }

    [Test]
    public void EqualMagnitudesAndAllSizesHaveTheirOrder()
    {
        var values = Enumerable.Range(0, 300).Select(k => (k % 2 == 0 ? 1 : -1) * Math.Pow(2, (k * 7 % 5 * 50) - 120) * (k % 3)).ToArray();
        foreach (var samples in (int[])[2, 3, 100, 299, 300])
        {
            var c = From(new Shape(samples, 1), values[..samples]);
            Assert.That(Medians(c, 1), Is.EqualTo(OnHost(c, 1)), $"{samples} samples");
        }
        Assert.That(Medians(From(new Shape(4, 1), 5, -5, 5, 5), 1), Is.EqualTo(new double[] { 5 }));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(double.NegativeInfinity)]
    public void WhatIsNotFiniteMakesTheMedianOfItsConstraintNaN(double value)
    {
        var numbers = Enumerable.Range(0, 600).Select(i => 0.1 * i).ToArray();
        foreach (var sample in (int[])[0, 150, 299])
        {
            var spoilt = numbers.ToArray();
            spoilt[(2 * sample) + 1] = value;
            var medians = Medians(From(new Shape(300, 2), spoilt), 2);
            Assert.That(medians[0], Is.EqualTo(OnHost(From(new Shape(300, 2), numbers), 2)[0]));
            Assert.That(medians[1], Is.NaN);
        }
    }

    [Test]
    public void MeanSquaresByHand() => Assert.That(MeanSquares(From(new Shape(2, 2), 1, -4, 3, 2), 2), Is.EqualTo(new double[] { 5, 10 }));

    [TestCase(1, 1)]
    [TestCase(257, 6)]
    [TestCase(4001, 2)]
    public void MeanSquaresFollowTheFormula(int samples, int constraints)
    {
        var c = Numbers.Normal(Device, new Shape(samples, constraints), 1);
        var host = Numbers.Host(c);
        var expected = Enumerable.Range(0, constraints).Select(j => Enumerable.Range(0, samples).Average(k => Math.Pow(host[(k * constraints) + j], 2)));
        Assert.That(MeanSquares(c, constraints), Is.EqualTo(expected).Within(1e-12));
    }

    [TestCase(1, 1)]
    [TestCase(2, 3)]
    [TestCase(257, 6)]
    [TestCase(0, 3)]
    public void EachConstraintHasItsWeight(int samples, int constraints)
    {
        var (c, weights) = (Numbers.Normal(Device, new Shape(samples, constraints), 1), Numbers.Normal(Device, new Shape(constraints), 2));
        var result = Device.Zeros(new Shape(samples, constraints));
        Device.Violations.Weigh(weights, c, result);
        var (host, factors) = (c.ToArray(), weights.ToArray());
        Assert.That(result.ToArray(), Is.EqualTo(host.Select((value, i) => factors[i % constraints] * value)));
    }

    [Test]
    public void WrongSizesAreNamed()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => Medians(Device.Zeros(7), 2), Throws.ArgumentException.With.Message.Contains("whole samples of 2"));
            Assert.That(() => Medians(Device.Zeros(0), 2), Throws.InstanceOf<ArgumentException>().With.Message.Contains("the constraints of an active set"));
            Assert.That(() => Device.Violations.Weigh(Device.Zeros(2), Device.Zeros(4), Device.Zeros(3)), Throws.ArgumentException.With.Message.Contains("weighed constraints"));
            Assert.That(() => MeanSquares(Device.Zeros(3), 2), Throws.ArgumentException.With.Message.Contains("whole samples of 2"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var (c, result) = (Numbers.Normal(Device, new Shape(100, 6), 1), Device.Zeros<double>(new Shape(6)));
        var (weights, weighed) = (Numbers.Normal(Device, new Shape(6), 2), Device.Zeros(new Shape(100, 6)));
        AllocatesNothing(() =>
        {
            Device.Violations.Medians(c, result);
            Device.Violations.MeanSquares(c, result);
            Device.Violations.Weigh(weights, c, weighed);
        });
    }

    private static double[] OnHost(Tensor<T> c, int constraints)
    {
        var host = Numbers.Host(c);
        return [.. Enumerable.Range(0, constraints).Select(j => Statistics.Quantile(
            host.Where((_, i) => i % constraints == j).Select(Math.Abs).ToArray(), 0.5))];
    }

    private double[] Medians(Tensor<T> c, int constraints)
    {
        var medians = Device.Zeros<double>(new Shape(constraints));
        Device.Violations.Medians(c, medians);
        return medians.ToArray();
    }

    private double[] MeanSquares(Tensor<T> c, int constraints)
    {
        var squares = Device.Zeros<double>(new Shape(constraints));
        Device.Violations.MeanSquares(c, squares);
        return squares.ToArray();
    }
}
