using System.Numerics;
using System.Text.Json;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class ElementwiseSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double LeakySlope = 0.125;

    private static readonly JsonElement Oracle = JsonDocument.Parse(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "oracles", "elementwise.json"))).RootElement;

    [Test]
    public void DerivativesHold([Values] ElementwiseFunction function, [Values(5, 16_384 + 5)] int count)
        => Prove(device => new Case(device, function, count));

    /// <summary>Within 8 units in the last place of figures that were computed in 60 digits, in the tails too.</summary>
    [Test]
    public void ValuesAndSlopesAreAccurateEverywhere([Values] ElementwiseFunction function)
    {
        var x = Of("x");
        var (values, slopes) = (Of($"{function}", "value"), Of($"{function}", "slope"));
        var (y, slope) = Evaluate(function, x);
        using (Assert.EnterMultipleScope())
        {
            for (var i = 0; i < x.Length; i++)
            {
                // The slopes of silu and gelu are sums that vanish at x near -1; a term is as large as the value.
                var sum = function is ElementwiseFunction.Silu or ElementwiseFunction.Gelu ? Math.Abs(values[i]) : 0;
                Assert.That(y[i], Is.EqualTo(values[i]).Within(Rounding8(values[i])), $"f({x[i]:R})");
                Assert.That(slope[i], Is.EqualTo(slopes[i]).Within(Rounding8(slopes[i]) + Rounding8(sum)), $"f'({x[i]:R})");
            }
        }
    }

    [TestCase(ElementwiseFunction.Tanh, -1.0, 0.0, 1.0, 0.0)]
    [TestCase(ElementwiseFunction.Sigmoid, 0.0, 0.0, 1.0, 0.0)]
    [TestCase(ElementwiseFunction.Softplus, 0.0, 0.0, double.PositiveInfinity, 1.0)]
    [TestCase(ElementwiseFunction.Silu, 0.0, 0.0, double.PositiveInfinity, 1.0)]
    [TestCase(ElementwiseFunction.Gelu, 0.0, 0.0, double.PositiveInfinity, 1.0)]
    [TestCase(ElementwiseFunction.LeakyRelu, double.NegativeInfinity, LeakySlope, double.PositiveInfinity, 1.0)]
    public void InfinitiesGiveLimitsAndNanStays(ElementwiseFunction function, double below, double slopeBelow, double above, double slopeAbove)
    {
        // Enough for a vector and for what is left over.
        var (y, slope) = Evaluate(function, [.. Enumerable.Repeat<double[]>([double.NegativeInfinity, double.PositiveInfinity, double.NaN], 7).SelectMany(x => x)]);
        for (var i = 0; i < y.Length; i += 3)
        {
            Assert.That((double[])[y[i], slope[i], y[i + 1], slope[i + 1], y[i + 2]], Is.EqualTo((double[])[below, slopeBelow, above, slopeAbove, double.NaN]));
        }
    }

    [Test]
    public void ARecordingComputesAnew()
    {
        var (x, y, slope) = (Device.Zeros(9), Device.Zeros(9), Device.Zeros(9));
        using var recording = Device.Record("elementwise", () => Device.Elementwise.Forward(ElementwiseFunction.Gelu, 0, x, y, slope));
        for (var i = 0; i < 4; i++)
        {
            var arguments = Enumerable.Range(i, 9).Select(k => 0.5 * k).ToArray();
            x.CopyFrom(Numbers1(arguments));
            recording.Run();
            Assert.That((Numbers.Host(y), Numbers.Host(slope)), Is.EqualTo(Evaluate(ElementwiseFunction.Gelu, arguments)));
        }
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, ElementwiseFunction.Tanh, 67));

    [Test]
    public void WrongShapesAreNamed() => Assert.That(
        () => Device.Elementwise.Forward(ElementwiseFunction.Silu, 0, Device.Zeros(6), Device.Zeros(5), Device.Zeros(6)),
        Throws.ArgumentException.With.Message.Contains("Silu output").And.Message.Contains("6").And.Message.Contains("5"));

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, ElementwiseFunction.Gelu, 40_003));

    private static double[] Of(params string[] path) => [.. path.Aggregate(Oracle, (at, name) => at.GetProperty(name)).EnumerateArray().Select(x => x.GetDouble())];

    /// <summary>8 units in the last place, with the smallest numbers' absolute spacing.</summary>
    private static double Rounding8(double value) => IsDouble ? (8 * Math.Abs(value) * Math.Pow(2, -52)) + double.Epsilon : (8 * Math.Abs(value) * Math.Pow(2, -23)) + float.Epsilon;

    private (double[] Y, double[] Slope) Evaluate(ElementwiseFunction function, double[] arguments)
    {
        var x = Device.From(Numbers1(arguments));
        var (y, slope) = (Device.Zeros(x.Count), Device.Zeros(x.Count));
        Device.Elementwise.Forward(function, LeakySlope, x, y, slope);
        return (Numbers.Host(y), Numbers.Host(slope));
    }

    private sealed class Case(ComputeDevice<T> device, ElementwiseFunction function, int count) : OperatorCase<T>(device)
    {
        private readonly Tensor<T> _slope = device.Zeros(count);

        public override Tensor<T>[] Inputs { get; } = [Numbers.Normal(device, new Shape(count), 1)];

        public override Tensor<T> Output { get; } = device.Zeros(count);

        public override void Forward() => Device.Elementwise.Forward(function, LeakySlope, Inputs[0], Output, _slope);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => Device.Vectors.Multiply(_slope, direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => Device.Vectors.Multiply(_slope, u, adjoints[0]);
    }
}
