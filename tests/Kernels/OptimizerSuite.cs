using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class OptimizerSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IDeviceFactory _devices = devices;

    /// <summary>By hand: g = 2, m = 0.2, v = 0.004; corrected 2 and 4; step 0.1 * 2 / (2 + 0).</summary>
    [Test]
    public void TheFirstStepHasTheLengthOfTheRate()
    {
        var (g, m, v, w) = (From(new Shape(9), [.. Enumerable.Repeat(2.0, 9)]), Device.Zeros(9), Device.Zeros(9), Device.Zeros(9));
        Device.Optimizers.Adam(Prepared(Device, new AdamStep(0.1, 0.9, 0.999, 0, 1)), g, m, v, w);
        using (Assert.EnterMultipleScope())
        {
            Close(m, From(new Shape(9), [.. Enumerable.Repeat(0.2, 9)]), Rounding, "m");
            Close(v, From(new Shape(9), [.. Enumerable.Repeat(0.004, 9)]), Rounding, "v");
            Close(w, From(new Shape(9), [.. Enumerable.Repeat(-0.1, 9)]), IsDouble ? 1e-12 : 1e-4, "w");
        }
    }

    [TestCase(1)]
    [TestCase(30)]
    [TestCase(40_001)]
    public void StepsFollowTheFormula(int count)
    {
        var settings = new AdamStep(0.01, 0.9, 0.99, 1e-3, 7);
        var start = Start(Device, count);
        var expected = new T[count];
        for (var i = 0; i < count; i++) expected[i] = Number(Expected(settings, start.Select(s => Numbers.Host(s.Slice(i, 1))[0])));
        Device.Optimizers.Adam(Prepared(Device, settings), start[0], start[1], start[2], start[3]);
        using var one = _devices.Create<T>(1);
        var twin = Start(one, count);
        one.Optimizers.Adam(Prepared(one, settings), twin[0], twin[1], twin[2], twin[3]);
        using (Assert.EnterMultipleScope())
        {
            Close(start[3], Device.From(expected), Rounding, "w");
            Assert.That(twin[3].ToArray(), Is.EqualTo(start[3].ToArray()), "one thread, the same bits");
        }
    }

    [TestCase(1)]
    [TestCase(30)]
    [TestCase(40_001)]
    public void TheMetricOfEq12FollowsItsFormula(int count)
    {
        var settings = new AdamStep(50, 0.9, 0.99, 1e-3, 7);
        var start = Start(Device, count);
        var (g, m, v) = (Numbers.Host(start[0]), Numbers.Host(start[1]), Numbers.Host(start[2]));
        Device.Optimizers.AdamMetric(Prepared(Device, settings), start[0], start[1], start[2], start[3]);
        var f = Math.Sqrt(1 - Math.Pow(0.99, 7)) / (1 - Math.Pow(0.9, 7));
        var expected = new T[3][];
        expected[0] = [.. m.Select((x, i) => Number((0.9 * x) + (0.1 * g[i])))];
        expected[1] = [.. v.Select((x, i) => Number((0.99 * x) + (0.01 * g[i] * g[i])))];
        expected[2] = [.. expected[1].Select(x => Number(1 / Math.Sqrt(50 * f * (Math.Sqrt(double.CreateTruncating(x)) + 1e-3))))];
        using var one = _devices.Create<T>(1);
        var twin = Start(one, count);
        one.Optimizers.AdamMetric(Prepared(one, settings), twin[0], twin[1], twin[2], twin[3]);
        using (Assert.EnterMultipleScope())
        {
            Close(start[1], Device.From(expected[0]), Rounding, "m");
            Close(start[2], Device.From(expected[1]), Rounding, "v");
            Close(start[3], Device.From(expected[2]), IsDouble ? 1e-12 : 1e-4, "s");
            Assert.That(twin[3].ToArray(), Is.EqualTo(start[3].ToArray()), "one thread, the same bits");
        }
    }

    [Test]
    public void NumbersOfAStepAreThoseOfTheFormula()
    {
        var scalars = Prepared(Device, new AdamStep(0.01, 0.9, 0.99, 1e-3, 2)).ToArray();
        Assert.That(scalars, Is.EqualTo([0.9, 0.1, 0.99, 0.01, 0.01 / 0.19, 1 / Math.Sqrt(1 - 0.9801), 1e-3, 0]).Within(1e-14));
    }

    [Test]
    public void WrongCountsAreNamed()
    {
        var scalars = Prepared(Device, new AdamStep(1, 0, 0, 0, 1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Device.Optimizers.Adam(scalars, Device.Zeros(4), Device.Zeros(7), Device.Zeros(7), Device.Zeros(7)),
                Throws.ArgumentException.With.Message.Contains("4").And.Message.Contains("7"));
            Assert.That(
                () => Device.Optimizers.PrepareAdam(new AdamStep(1, 0, 0, 0, 1), Device.Zeros<double>(new Shape(3))),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("3"));
            Assert.That(
                () => Prepared(Device, new AdamStep(1, 0, 0, 0, 0)),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("number of the step"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var start = Start(Device, 40_001);
        var scalars = Prepared(Device, new AdamStep(0.1, 0.9, 0.99, 1e-8, 2));
        AllocatesNothing(() =>
        {
            Device.Optimizers.PrepareAdam(new AdamStep(0.1, 0.9, 0.99, 1e-8, 3), scalars);
            Device.Optimizers.Adam(scalars, start[0], start[1], start[2], start[3]);
        });
    }

    private static Tensor<double> Prepared(ComputeDevice<T> device, AdamStep settings)
    {
        var scalars = device.Zeros<double>(new Shape(AdamStep.ScalarCount));
        device.Optimizers.PrepareAdam(settings, scalars);
        return scalars;
    }

    private static Tensor<T>[] Start(ComputeDevice<T> device, int count)
    {
        var start = Enumerable.Range(1, 4).Select(i => Numbers.Normal(device, new Shape(count), (ulong)i)).ToArray();
        start[2].CopyFrom(start[2].ToArray().Select(T.Abs).ToArray());
        return start;
    }

    private static double Expected(AdamStep s, IEnumerable<double> start)
    {
        var (g, m, v, w) = start.ToArray() is [var a, var b, var c, var d] ? (a, b, c, d) : default;
        m = (s.Beta1 * m) + ((1 - s.Beta1) * g);
        v = (s.Beta2 * v) + ((1 - s.Beta2) * g * g);
        return w - (s.Rate * m / (1 - Math.Pow(s.Beta1, s.Step)) / (Math.Sqrt(v / (1 - Math.Pow(s.Beta2, s.Step))) + s.Epsilon));
    }
}
