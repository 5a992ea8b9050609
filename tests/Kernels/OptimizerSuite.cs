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
        var square = Adam(Device, new AdamStep(0.1, 0.9, 0.999, 0, 1), [g, m, v, w]);
        using (Assert.EnterMultipleScope())
        {
            Close(m, From(new Shape(9), [.. Enumerable.Repeat(0.2, 9)]), Rounding, "m");
            Close(v, From(new Shape(9), [.. Enumerable.Repeat(0.004, 9)]), Rounding, "v");
            Close(w, From(new Shape(9), [.. Enumerable.Repeat(-0.1, 9)]), IsDouble ? 1e-12 : 1e-4, "w");
            Assert.That(square, Is.EqualTo(0.09).Within(IsDouble ? 1e-13 : 1e-5), "||dw||^2");
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
        var before = Numbers.Host(start[3]);
        var square = Adam(Device, settings, start);
        using var one = _devices.Create<T>(1);
        var twin = Start(one, count);
        var ofTwin = Adam(one, settings, twin);
        using (Assert.EnterMultipleScope())
        {
            Close(start[3], Device.From(expected), Rounding, "w");
            Assert.That(square, Is.EqualTo(before.Zip(Numbers.Host(start[3]), (a, b) => Math.Pow(a - b, 2)).Sum()).Within(1e-5).Percent, "||dw||^2");
            Assert.That(twin[3].ToArray(), Is.EqualTo(start[3].ToArray()), "one thread, the same bits");
            Assert.That(ofTwin, Is.EqualTo(square), "one thread, the same bits");
        }
    }

    /// <summary>Velocity and w are those of one vector operation after the other, to the bit.</summary>
    [TestCase(1)]
    [TestCase(30)]
    [TestCase(40_001)]
    public void DescentIsThatOfVectorOperations(int count)
    {
        var (rate, momentum) = (0.03, 0.7);
        var (moved, passes) = (Start(Device, count), Start(Device, count));
        var square = Momentum(Device, rate, momentum, moved[0], moved[1], moved[3]);
        Device.Vectors.Combine(1, passes[0], momentum, passes[1], passes[1]);
        Device.Vectors.Axpy(-rate, passes[1], passes[3]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(moved[1].ToArray(), Is.EqualTo(passes[1].ToArray()), "u");
            Assert.That(moved[3].ToArray(), Is.EqualTo(passes[3].ToArray()), "w");
            Assert.That(square, Is.EqualTo(Device.Vectors.Dot(passes[1], passes[1])).Within(1e-10).Percent);
        }
        Device.Optimizers.Sgd(Sgd(Device, rate, momentum), Device.Zeros<double>(new Shape(1)), moved[0], moved[3]);
        Device.Vectors.Axpy(-rate, passes[0], passes[3]);
        Assert.That(moved[3].ToArray(), Is.EqualTo(passes[3].ToArray()), "w without momentum");
        using var one = _devices.Create<T>(1);
        var twin = Start(one, count);
        Assert.That(Momentum(one, rate, momentum, twin[0], twin[1], twin[3]), Is.EqualTo(square), "one thread, the same bits");
    }

    /// <summary>One number among many: at the beginning, at the end, beyond a warp.</summary>
    [TestCase(0, double.NaN)]
    [TestCase(40, double.PositiveInfinity)]
    [TestCase(69, double.NegativeInfinity)]
    public void NothingMovesWhereAWatchedNumberIsNotFinite(int place, double number)
    {
        var watched = Device.Zeros<double>(new Shape(70));
        watched.CopyFrom([.. Enumerable.Range(0, 70).Select(i => i == place ? number : i)]);
        var (vectors, still) = (Start(Device, 5000), Start(Device, 5000));
        var (square, dual) = (Device.Zeros<double>(new Shape(1)), Device.Zeros<double>(new Shape(MultiplierStep.ScalarCount)));
        square.CopyFrom([7]);
        Device.Optimizers.Adam(Prepared(Device, new AdamStep(0.1, 0.9, 0.99, 1e-8, 2)), watched, vectors[0], vectors[1], vectors[2], vectors[3], square);
        Assert.That(square.ToArray(), Is.EqualTo(new[] { 0.0 }));
        Device.Optimizers.Momentum(Sgd(Device, 0.1, 0.5), watched, vectors[0], vectors[1], vectors[3], square);
        Device.Optimizers.Sgd(Sgd(Device, 0.1, 0.5), watched, vectors[0], vectors[3]);
        Device.Optimizers.PrepareMultipliers(new MultiplierStep(1, 1, 0.5, IsFirst: true), dual);
        Device.Optimizers.MultiplierAscent(dual, watched, Doubles(1, 2), Doubles(0, 0), vectors[1].Slice(0, 2), vectors[2].Slice(0, 2));
        Assert.That(square.ToArray(), Is.EqualTo(new[] { 0.0 }));
        for (var i = 0; i < vectors.Length; i++) Assert.That(vectors[i].ToArray(), Is.EqualTo(still[i].ToArray()));
    }

    /// <summary>By hand: e = 4 and -1; in the first step xi = e, so that kappa_I works alone; then both parts.</summary>
    [Test]
    public void MultipliersFollowTheirErrors()
    {
        var (multipliers, averages, weights) = (From(new Shape(2), 1, 0.25), From(new Shape(2), 100, 100), Device.Zeros(2));
        var (scalars, watched) = (Device.Zeros<double>(new Shape(MultiplierStep.ScalarCount)), Device.Zeros<double>(new Shape(1)));
        Device.Optimizers.PrepareMultipliers(new MultiplierStep(0.5, 0.25, 0.5, IsFirst: true), scalars);
        Device.Optimizers.MultiplierAscent(scalars, watched, Doubles(8, 3), Doubles(4, 4), multipliers, averages);
        Assert.That(Numbers.Host(multipliers), Is.EqualTo(new double[] { 3, 0 }));
        Assert.That(Numbers.Host(averages), Is.EqualTo(new double[] { 4, -1 }));
        // xi = (4 + 2) / 2 and (-1 + 1) / 2: 3 + 1 - 1/4, and 0 + 1/2 + 1/4.
        Device.Optimizers.PrepareMultipliers(new MultiplierStep(0.5, 0.25, 0.5, IsFirst: false), scalars);
        Device.Optimizers.MultiplierAscent(scalars, watched, Doubles(6, 5), Doubles(4, 4), multipliers, averages);
        Assert.That(Numbers.Host(multipliers), Is.EqualTo(new[] { 3.75, 0.75 }));
        Assert.That(Numbers.Host(averages), Is.EqualTo(new double[] { 3, 0 }));
        Device.Optimizers.MultiplierWeights(multipliers, 3, weights);
        Assert.That(Numbers.Host(weights), Is.EqualTo(new[] { 2.5, 0.5 }));
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
                () => Device.Optimizers.Adam(scalars, scalars, Device.Zeros(4), Device.Zeros(7), Device.Zeros(7), Device.Zeros(7), scalars),
                Throws.ArgumentException.With.Message.Contains("4").And.Message.Contains("7"));
            Assert.That(
                () => Device.Optimizers.PrepareAdam(new AdamStep(1, 0, 0, 0, 1), Device.Zeros<double>(new Shape(3))),
                Throws.ArgumentException.With.Message.Contains("8").And.Message.Contains("3"));
            Assert.That(
                () => Prepared(Device, new AdamStep(1, 0, 0, 0, 0)),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("number of the step"));
            Assert.That(
                () => Device.Optimizers.Momentum(Sgd(Device, 1, 0), scalars, Device.Zeros(7), Device.Zeros(4), Device.Zeros(7), scalars),
                Throws.ArgumentException.With.Message.Contains("velocity").And.Message.Contains("4"));
            Assert.That(() => Device.Optimizers.Sgd(scalars, scalars, Device.Zeros(7), Device.Zeros(7)), Throws.ArgumentException.With.Message.Contains("8"));
            Assert.That(
                () => Device.Optimizers.MultiplierAscent(Doubles(1, 1, 0, 0), scalars, Doubles(1), Doubles(1, 2), Device.Zeros(2), Device.Zeros(2)),
                Throws.ArgumentException.With.Message.Contains("mean squares"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var start = Start(Device, 40_001);
        var (scalars, sgd) = (Prepared(Device, new AdamStep(0.1, 0.9, 0.99, 1e-8, 2)), Sgd(Device, 0.1, 0.5));
        var (dual, numbers, square) = (Device.Zeros<double>(new Shape(MultiplierStep.ScalarCount)), Doubles(1, 2), Doubles(0));
        var (multipliers, averages, weights) = (Device.Zeros(2), Device.Zeros(2), Device.Zeros(2));
        AllocatesNothing(() =>
        {
            Device.Optimizers.PrepareAdam(new AdamStep(0.1, 0.9, 0.99, 1e-8, 3), scalars);
            Device.Optimizers.Adam(scalars, numbers, start[0], start[1], start[2], start[3], square);
            Device.Optimizers.Momentum(sgd, numbers, start[0], start[1], start[3], square);
            Device.Optimizers.Sgd(sgd, numbers, start[0], start[3]);
            Device.Optimizers.PrepareMultipliers(new MultiplierStep(1, 1, 0.5, IsFirst: false), dual);
            Device.Optimizers.MultiplierAscent(dual, numbers, numbers, numbers, multipliers, averages);
            Device.Optimizers.MultiplierWeights(multipliers, 3, weights);
        });
    }

    /// <summary>One step on (g, m, v, w); returns ||dw||^2.</summary>
    private static double Adam(ComputeDevice<T> device, AdamStep settings, Tensor<T>[] vectors)
    {
        var square = device.Zeros<double>(new Shape(1));
        device.Optimizers.Adam(Prepared(device, settings), device.Zeros<double>(new Shape(3)), vectors[0], vectors[1], vectors[2], vectors[3], square);
        return square.ToArray()[0];
    }

    private static double Momentum(ComputeDevice<T> device, double rate, double momentum, Tensor<T> g, Tensor<T> u, Tensor<T> w)
    {
        var square = device.Zeros<double>(new Shape(1));
        device.Optimizers.Momentum(Sgd(device, rate, momentum), device.Zeros<double>(new Shape(3)), g, u, w, square);
        return square.ToArray()[0];
    }

    private static Tensor<double> Sgd(ComputeDevice<T> device, double rate, double momentum)
    {
        var scalars = device.Zeros<double>(new Shape(SgdStep.ScalarCount));
        scalars.CopyFrom([rate, momentum]);
        return scalars;
    }

    private Tensor<double> Doubles(params double[] values)
    {
        var tensor = Device.Zeros<double>(new Shape(values.Length));
        tensor.CopyFrom(values);
        return tensor;
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
