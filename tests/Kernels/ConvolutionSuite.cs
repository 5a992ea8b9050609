using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class ConvolutionSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static IEnumerable<ConvolutionGeometry> Shapes()
    {
        yield return new(1, 1, 5, 5, 1, 5, 5, 1, 0);
        yield return new(2, 3, 28, 29, 8, 5, 5, 1, 0);
        yield return new(3, 8, 13, 13, 8, 3, 3, 1, 0);
        yield return new(1, 2, 9, 40, 5, 3, 3, 1, 1);
        yield return new(2, 2, 11, 23, 3, 5, 3, 1, 2);
        yield return new(1, 3, 17, 19, 4, 4, 4, 3, 2);
        yield return new(2, 2, 6, 6, 3, 1, 1, 1, 0);
        yield return new(1, 1, 8, 9, 2, 3, 3, 1, 3);
        yield return new(1, 2, 5, 70, 2, 1, 11, 1, 0);
        yield return new(70, 1, 6, 6, 2, 3, 3, 1, 0);
        yield return new(1, 2, 40, 41, 3, 3, 3, 1, 1);
        for (var size = 7; size <= 12; size++)
        {
            yield return new(2, 2, size, size + 1, 3, 3, 3, 2, 0);
            yield return new(2, 2, size, size + 1, 3, 3, 3, 2, 1);
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void DerivativesHold(ConvolutionGeometry geometry)
    {
        // The layers of Eq. 13 with 8 channels are the large ones.
        var sized = geometry with { Batch = geometry.OutChannels == 8 ? Sized(geometry.Batch, 1) : geometry.Batch };
        Prove(device => new Case(device, sized));
    }

    [TestCaseSource(nameof(Shapes))]
    public void RowsOfAStackAreTheLopsOfItsSamples(ConvolutionGeometry geometry)
    {
        geometry = geometry with { Batch = Sized(geometry.Batch, Math.Min(geometry.Batch, 3)) };
        using var scalar = new CpuDevice<T>(1, useSimd: false);
        var (mine, reference) = (Rows(Device), Rows(scalar));
        for (var i = 0; i < mine.Length; i++) Close(mine[i], reference[i], ReferenceTolerance, $"rows, adjoints of the input, rows alone: {i}");

        Tensor<T>[] Rows(ComputeDevice<T> device)
        {
            const int stack = 2;
            var (x, weight) = (Numbers.Normal(device, geometry.Input, 1), Numbers.Normal(device, geometry.Weight, 2));
            var u = Numbers.Normal(device, new Shape(stack, geometry.Output.Count), 3);
            var rows = new Shape(stack * geometry.Batch, geometry.Weight.Count + geometry.OutChannels);
            Tensor<T>[] results = [device.Zeros(rows), device.Zeros(new Shape(stack, geometry.Input.Count)), device.Zeros(rows)];
            device.Convolution.LopSamples(geometry, x, weight, u, results[1], results[0]);
            device.Convolution.LopSamples(geometry, x, weight, u, default, results[2]);
            return results;
        }
    }

    [Test]
    public void RowsCutByTheFloorGetNoGradient()
    {
        var geometry = new ConvolutionGeometry(1, 1, 8, 8, 1, 3, 3, 2, 0);
        var operation = new Case(Device, geometry);
        operation.Inputs[1].CopyFrom([.. Enumerable.Repeat(T.One, 9)]);
        var ux = Lop(operation, [.. Enumerable.Repeat(T.One, operation.Output.Count)])[0].ToArray();
        int[] reads = [1, 1, 2, 1, 2, 1, 1, 0];
        for (var place = 0; place < 64; place++)
        {
            Assert.That(ux[place], Is.EqualTo(Number(reads[place / 8] * reads[place % 8])), $"input {place / 8}, {place % 8}");
        }
    }

    [TestCase(5, 1, 0)]
    [TestCase(3, 2, 1)]
    public void ZerosInTheAdjointAreSkippedWithoutATrace(int kernel, int stride, int padding)
    {
        var geometry = new ConvolutionGeometry(3, 3, 31, 30, 8, kernel, kernel, stride, padding);
        using var scalar = new CpuDevice<T>(1, useSimd: false);
        var random = new RandomGenerator(3);
        var u = new T[geometry.Output.Count];
        for (var i = 0; i < u.Length; i++) u[i] = random.NextInt(16) == 0 ? Number(random.NextNormal()) : Number(-0.0);
        var mine = Lop(new Case(Device, geometry), u);
        var reference = Lop(new Case(scalar, geometry), u);
        foreach (var (a, b) in mine.Zip(reference)) Close(a, b, 10 * Rounding, "sparse adjoint");
    }

    [Test]
    public void LargeSumsKeepTheirPrecision()
    {
        var geometry = new ConvolutionGeometry(Sized(64, 3), 1, 66, 66, 1, 3, 3, 1, 0);
        var operation = new Case(Device, geometry);
        operation.Inputs[0].CopyFrom(Enumerable.Repeat(Number(0.1), operation.Inputs[0].Count).ToArray());
        var u = Enumerable.Repeat(T.One, operation.Output.Count).ToArray();
        var weight = Numbers.Host(Lop(operation, u)[1]);
        var expected = double.CreateTruncating(Number(0.1)) * geometry.Batch * 64 * 64;

        // A running float32 sum over 262,144 equal terms is off by a per cent.
        Assert.That(weight, Is.All.EqualTo(expected).Within(expected * (IsDouble ? 1e-10 : 1e-5)));
    }

    [Test]
    public void AbsentInputsAreLeftOut() => LeavesOutAbsentInputs(new Case(Device, new ConvolutionGeometry(2, 2, 9, 20, 3, 3, 3, 1, 0)));

    [Test]
    public void NaNComesOut()
    {
        var operation = new Case(Device, new ConvolutionGeometry(1, 1, 20, 20, 1, 3, 3, 1, 0));
        var x = operation.Inputs[0].ToArray();
        x[(5 * 20) + 5] = T.NaN;
        operation.Inputs[0].CopyFrom(x);
        operation.Forward();
        var y = operation.Output.ToArray();
        for (var i = 0; i < y.Length; i++)
        {
            var reads = i / 18 is >= 3 and <= 5 && i % 18 is >= 3 and <= 5;
            Assert.That(T.IsNaN(y[i]), Is.EqualTo(reads), $"output {i}");
        }
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, new ConvolutionGeometry(2, 2, 9, 20, 3, 3, 3, 1, 0)));

    [Test]
    public void WrongShapesAreNamed()
    {
        var geometry = new ConvolutionGeometry(1, 2, 6, 6, 3, 3, 3, 1, 0);
        var (x, weight) = (Device.Zeros(geometry.Input), Device.Zeros(geometry.Weight));
        var (bias, y) = (Device.Zeros(3), Device.Zeros(geometry.Output));
        Assert.That(
            () => Device.Convolution.Forward(geometry, Device.Zeros(71), weight, bias, y),
            Throws.ArgumentException.With.Message.Contains("72").And.Message.Contains("71"));
        Assert.That(
            () => Device.Convolution.Forward(geometry, x, weight, Device.Zeros(4), y),
            Throws.ArgumentException.With.Message.Contains("3").And.Message.Contains("4"));
        Assert.That(
            () => Device.Convolution.Lop(geometry, x, weight, y, Device.Zeros(5), weight, bias),
            Throws.ArgumentException.With.Message.Contains("72").And.Message.Contains("5"));
        Assert.That(
            () => Device.Convolution.LopSamples(geometry, x, weight, y, default, Device.Zeros(56)),
            Throws.ArgumentException.With.Message.Contains("57").And.Message.Contains("56"));
    }

    [TestCase(1, 0)]
    [TestCase(2, 1)]
    public void RepeatedCallsAllocateNothing(int stride, int padding)
        => AllocatesNothing(new Case(Device, new ConvolutionGeometry(4, 2, 12, 20, 3, 3, 3, stride, padding)));

    private static Tensor<T>[] Lop(Case operation, T[] u)
    {
        var adjoints = operation.LikeInputs();
        operation.Lop(operation.Device.From(u, operation.Output.Shape), adjoints);
        return adjoints;
    }

    private sealed class Case : OperatorCase<T>
    {
        private readonly ConvolutionGeometry _geometry;

        public Case(ComputeDevice<T> device, ConvolutionGeometry geometry)
            : base(device)
        {
            _geometry = geometry;
            Inputs =
            [
                Numbers.Normal(device, geometry.Input, 1), Numbers.Normal(device, geometry.Weight, 2),
                Numbers.Normal(device, new Shape(geometry.OutChannels), 3),
            ];
            Output = device.Zeros(geometry.Output);
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public override void Forward() => Device.Convolution.Forward(_geometry, Inputs[0], Inputs[1], Inputs[2], Output);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
            => Device.Convolution.Rop(_geometry, Inputs[0], Inputs[1], direction[0], direction[1], direction[2], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
            => Device.Convolution.Lop(_geometry, Inputs[0], Inputs[1], u, adjoints[0], adjoints[1], adjoints[2]);
    }
}
