using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Kernels;

/// <summary>
/// The operator of convolution, pooling and ReLU against the three layers, which the CPU device computes one by one.
/// </summary>
public abstract class PooledConvolutionSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static IEnumerable<PooledConvolutionGeometry> Shapes()
    {
        yield return Geometry(2, 3, 28, 29, 8, 5, 5, 4, true);
        yield return Geometry(1, 8, 29, 31, 8, 5, 5, 2, true);
        yield return Geometry(3, 8, 13, 13, 8, 3, 3, 1, false);
        yield return Geometry(2, 2, 16, 32, 4, 5, 5, 4, true);
        yield return Geometry(2, 2, 9, 10, 3, 2, 3, 3, true);
        yield return Geometry(1, 1, 20, 41, 9, 3, 3, 15, false);
        yield return Geometry(2, 2, 13, 17, 3, 3, 3, 5, true);
        yield return Geometry(1, 3, 12, 75, 5, 3, 3, 2, false);
        yield return Geometry(2, 5, 11, 11, 10, 4, 4, 4, true);
        yield return Geometry(1, 60, 8, 9, 9, 3, 3, 2, true);
        yield return Geometry(1, 1, 8, 8, 1, 8, 8, 1, true);
    }

    [TestCaseSource(nameof(Shapes))]
    public void DerivativesHold(PooledConvolutionGeometry geometry)
        => Prove(device => PooledConvolutionCase<T>.Create(device, geometry));

    [TestCaseSource(nameof(Shapes))]
    public void RowsOfAStackAreTheLopsOfItsSamples(PooledConvolutionGeometry geometry)
    {
        const int stack = 2;
        var operation = Case(geometry);
        operation.Forward();
        var (convolution, count) = (geometry.Convolution, stack * geometry.Convolution.Batch);
        var parameters = convolution.Weight.Count + convolution.OutChannels;
        var u = Numbers.Normal(Device, new Shape(stack, geometry.Output.Count), 3);
        var (rows, alone) = (Device.Zeros(new Shape(count, parameters)), Device.Zeros(new Shape(count, parameters)));
        var ux = Device.Zeros(new Shape(stack, convolution.Input.Count));
        Device.PooledConvolution!.LopSamples(geometry, operation.Inputs[0], operation.Inputs[1], Winners(Device), u, ux, rows);
        Device.PooledConvolution!.LopSamples(geometry, operation.Inputs[0], operation.Inputs[1], Winners(Device), u, default, alone);

        using var cpu = new CpuDevice<T>(1);
        var one = geometry with { Convolution = convolution with { Batch = 1 } };
        var (input, output) = (one.Convolution.Input, one.Output);
        Tensor<T> OnCpu(Tensor<T> tensor) => cpu.From(tensor.ToArray(), tensor.Shape);
        var (x, weight, adjoints, winners) = (OnCpu(operation.Inputs[0]), OnCpu(operation.Inputs[1]), OnCpu(u), Winners(cpu));
        var (row, rowInput) = (cpu.Zeros(parameters), cpu.Zeros(input));
        for (var r = 0; r < count; r++)
        {
            var k = r % convolution.Batch;
            cpu.PooledConvolution!.Lop(
                one, x.Slice(k * input.Count, input), weight, winners.Slice(k * output.Count, output), adjoints.Slice(r * output.Count, output),
                rowInput, convolution.WeightIn(row), convolution.BiasIn(row));
            Close(rows.Slice(r * parameters, parameters), row, ReferenceTolerance, $"row {r}");
            Close(alone.Slice(r * parameters, parameters), row, ReferenceTolerance, $"row {r} alone");
            Close(ux.Slice(r * input.Count, input), rowInput, ReferenceTolerance, $"adjoint {r} of the input");
        }

        Tensor<byte> Winners(ComputeDevice<T> device)
        {
            var tensor = device.Zeros<byte>(geometry.Output);
            tensor.CopyFrom(operation.Winners());
            return tensor;
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void WinnersAreThoseOfTheLayers(PooledConvolutionGeometry geometry)
    {
        using var cpu = new CpuDevice<T>(1, useSimd: false);
        var (mine, layers) = (Case(geometry), PooledConvolutionCase<T>.Create(cpu, geometry));

        // Small whole numbers: every sum is exact, so that equal ones are equal on both sides, and many are. Every other
        // filter is closed by its bias.
        var random = new RandomGenerator(7);
        for (var i = 0; i < mine.Inputs.Length; i++)
        {
            var numbers = new T[mine.Inputs[i].Count];
            for (var k = 0; k < numbers.Length; k++) numbers[k] = Number(random.NextInt(3) - 1 - (i == 2 ? k % 2 * 100 : 0));
            mine.Inputs[i].CopyFrom(numbers);
            layers.Inputs[i].CopyFrom(numbers);
        }
        mine.Forward();
        layers.Forward();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(mine.Output.ToArray(), Is.EqualTo(layers.Output.ToArray()));
            Assert.That(mine.Winners(), Is.EqualTo(layers.Winners()));
            if (geometry.Relu && geometry.Convolution.OutChannels > 1)
            {
                Assert.That(layers.Winners().Distinct(), Has.Some.EqualTo(255).And.Some.LessThan(255));
            }
        }
    }

    [Test]
    public void WinnersAreThoseOfTheDevicesOwnLayersToTheBit()
    {
        var geometry = Geometry(4, 3, 28, 29, 8, 5, 5, 4, true);
        var mine = Case(geometry);
        mine.Forward();
        var convolved = Device.Zeros(geometry.Convolution.Output);
        Device.Convolution.Forward(geometry.Convolution, mine.Inputs[0], mine.Inputs[1], mine.Inputs[2], convolved);
        var places = Device.Zeros<int>(geometry.Output);
        var pooled = Device.Zeros(geometry.Output);
        var convolution = geometry.Convolution;
        Device.MaxPool.Forward(new MaxPoolGeometry(32, convolution.OutHeight, convolution.OutWidth, 4, 4, 0), convolved, pooled, places);
        Assert.That(
            mine.Output.ToArray(), Is.EqualTo(pooled.ToArray().Select(value => T.Max(value, T.Zero))), "sums in the same order");
    }

    [Test]
    public void ANaNWinsItsWindowAndIsClosedByRelu()
    {
        foreach (var relu in (bool[])[true, false])
        {
            var operation = Case(Geometry(1, 1, 10, 10, 1, 3, 3, 4, relu));
            var x = operation.Inputs[0].ToArray();
            x[0] = T.NaN;
            operation.Inputs[0].CopyFrom(x);
            operation.Forward();
            var dy = Device.Zeros(operation.Output.Shape);
            operation.Rop(operation.Directions(5), dy);
            var (y, winners) = (operation.Output.ToArray(), operation.Winners());
            using (Assert.EnterMultipleScope())
            {
                Assert.That(y.Select(T.IsNaN), Is.EqualTo((bool[])[true, false, false, false]));
                Assert.That(winners[0], Is.EqualTo(relu ? 255 : 0));
                Assert.That(T.IsNaN(dy.ToArray()[0]), Is.EqualTo(!relu), "a closed position passes nothing on");
            }
        }
    }

    [Test]
    public void AClosedReluPassesNothing()
    {
        var geometry = Geometry(1, 2, 8, 8, 3, 3, 3, 2, true);
        var operation = Case(geometry);
        operation.Inputs[2].CopyFrom(Numbers1(-1000, 0, 1000));
        operation.Forward();
        var dy = Device.Zeros(geometry.Output);
        operation.Rop(operation.Directions(5), dy);
        var adjoints = operation.LikeInputs();
        operation.Lop(Numbers.Normal(Device, geometry.Output, 6), adjoints);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(operation.Output.Slice(0, 9).ToArray(), Is.All.EqualTo(T.Zero));
            Assert.That(operation.Winners()[..9], Is.All.EqualTo(255));
            Assert.That(operation.Winners()[18..], Is.All.LessThan(4));
            Assert.That(dy.Slice(0, 9).ToArray(), Is.All.EqualTo(T.Zero));
            Assert.That(adjoints[1].Slice(0, 18).ToArray(), Is.All.EqualTo(T.Zero));
            Assert.That(adjoints[2].ToArray()[0], Is.EqualTo(T.Zero));
        }
    }

    [Test]
    public void RowsCutByTheFloorGetNoGradient()
    {
        // 9 convolution rows, of which 8 are pooled: the last row and column of the input are never read.
        var geometry = Geometry(1, 1, 10, 10, 1, 2, 2, 4, false);
        var operation = Case(geometry);
        operation.Forward();
        var adjoints = operation.LikeInputs();
        operation.Lop(From(new Shape(4), 1, 1, 1, 1), adjoints);
        var ux = adjoints[0].ToArray();
        Assert.That(Enumerable.Range(0, 10).SelectMany(i => new[] { ux[90 + i], ux[(10 * i) + 9] }), Is.All.EqualTo(T.Zero));
    }

    [TestCase(3)]
    [TestCase(4)]
    public void ViewsMayBeginAnywhere(int channels)
    {
        // Vector loads want 16-byte boundaries, which a view of a longer vector need not keep.
        var geometry = Geometry(2, channels, 16, 32, 8, 5, 5, 4, true);
        var (aligned, shifted) = (Case(geometry), Case(geometry));
        for (var i = 0; i < 3; i++) shifted.Inputs[i] = Shifted(aligned.Inputs[i]);
        var directions = aligned.Directions(3);
        var moved = directions.Select(Shifted).ToArray();
        var (dy, dyShifted) = (Device.Zeros(geometry.Output), Device.Zeros(geometry.Output));
        aligned.Forward();
        shifted.Forward();
        aligned.Rop(directions, dy);
        shifted.Rop(moved, dyShifted);
        var (adjoints, adjointsShifted) = (aligned.LikeInputs(), aligned.LikeInputs().Select(Shifted).ToArray());
        aligned.Lop(dy, adjoints);
        shifted.Lop(Shifted(dy), adjointsShifted);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shifted.Output.ToArray(), Is.EqualTo(aligned.Output.ToArray()));
            Assert.That(dyShifted.ToArray(), Is.EqualTo(dy.ToArray()));
            for (var i = 0; i < 3; i++) Assert.That(adjointsShifted[i].ToArray(), Is.EqualTo(adjoints[i].ToArray()), $"L-op {i}");
        }
    }

    // Rows that begin on boundaries of words and others, tiles that reach beyond the image, channels that exceed a word, chunks
    // of channels, windows that are computed place by place.
    [TestCase(3, 5, 4, 41, 48)]
    [TestCase(3, 5, 4, 16, 168)]
    [TestCase(4, 3, 4, 13, 16)]
    [TestCase(1, 3, 2, 20, 40)]
    [TestCase(2, 3, 2, 11, 24)]
    [TestCase(3, 5, 4, 37, 45)]
    [TestCase(3, 5, 2, 37, 45)]
    [TestCase(1, 3, 2, 37, 45)]
    [TestCase(9, 3, 3, 37, 45)]
    [TestCase(60, 3, 2, 8, 12)]
    [TestCase(2, 3, 5, 13, 20)]
    public void ImagesGiveTheBitsOfTheirNumbers(int channels, int kernel, int window, int height, int width)
    {
        var geometry = Geometry(3, channels, height, width, 5, kernel, kernel, window, true);
        var (kernels, operation) = (Device.PooledConvolution!, Case(geometry));
        var convolution = geometry.Convolution;
        var random = new RandomGenerator(6);
        var shape = new Shape(convolution.Batch, convolution.InHeight, convolution.InWidth, channels);
        var images = Device.Zeros<byte>(shape);
        images.CopyFrom([.. Enumerable.Range(0, images.Count).Select(_ => (byte)random.NextInt(256))]);
        Device.Images.Normalize(images, operation.Inputs[0]);
        operation.Inputs[2].CopyFrom(new T[convolution.OutChannels]);
        var expected = Results(operation.Inputs[0]);
        Assert.That(expected[0], Has.Some.GreaterThan(T.Zero));
        var moved = Device.Zeros<byte>(new Shape(images.Count + 1)).Slice(1, shape);
        moved.CopyFrom(images.ToArray());
        foreach (var input in (Tensor<byte>[])[images, moved])
        {
            foreach (var (mine, numbers) in Results(new NetworkInput<T>(input)).Zip(expected)) Same.Numbers<T>(mine, numbers);
        }

        List<T[]> Results(NetworkInput<T> x)
        {
            var (weight, bias) = (operation.Inputs[1], operation.Inputs[2]);
            var (y, dy, winners) = (Device.Zeros(geometry.Output), Device.Zeros(geometry.Output), Device.Zeros<byte>(geometry.Output));
            kernels.Forward(geometry, x, weight, bias, y, winners);
            var direction = operation.Directions(3);
            kernels.Rop(geometry, x, weight, winners, default, direction[1], direction[2], dy);
            var (uw, ub) = (Device.Zeros(weight.Shape), Device.Zeros(bias.Shape));
            kernels.Lop(geometry, x, weight, winners, dy, default, uw, ub);
            var rows = Device.Zeros(new Shape(2 * convolution.Batch, weight.Count + bias.Count));
            kernels.LopSamples(geometry, x, weight, winners, Numbers.Normal(Device, new Shape(2, y.Count), 8), default, rows);
            return [y.ToArray(), [.. winners.ToArray().Select(winner => T.CreateTruncating(winner))], dy.ToArray(), uw.ToArray(), ub.ToArray(), rows.ToArray()];
        }
    }

    [Test]
    public void AbsentInputsAreLeftOut() => LeavesOutAbsentInputs(Case(Geometry(2, 2, 12, 20, 3, 3, 3, 2, true)));

    [Test]
    public void LargeSumsKeepTheirPrecision()
    {
        var geometry = Geometry(Sized(64, 3), 1, 66, 66, 1, 3, 3, 1, false);
        var operation = Case(geometry);
        operation.Inputs[0].CopyFrom(Enumerable.Repeat(Number(0.1), operation.Inputs[0].Count).ToArray());
        operation.Forward();
        var adjoints = operation.LikeInputs();
        operation.Lop(Device.From(Enumerable.Repeat(T.One, operation.Output.Count).ToArray(), geometry.Output), adjoints);
        var expected = double.CreateTruncating(Number(0.1)) * Sized(64, 3) * 64 * 64;
        Assert.That(Numbers.Host(adjoints[1]), Is.All.EqualTo(expected).Within(expected * (IsDouble ? 1e-10 : 1e-5)));
    }

    [Test]
    public void SizesOutsideAreLeftToTheLayers()
    {
        var kernels = Device.PooledConvolution!;
        var fits = Geometry(1, 2, 40, 40, 3, 3, 3, 2, true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(kernels.Supports(fits));
            Assert.That(kernels.Supports(fits with { Window = 15 }));
            Assert.That(kernels.Supports(fits with { Window = 16 }), Is.False, "16 x 16 places do not fit a byte beside 255");
            Assert.That(kernels.Supports(fits with { Convolution = fits.Convolution with { Stride = 2 } }), Is.False);
            Assert.That(kernels.Supports(fits with { Convolution = fits.Convolution with { Padding = 1 } }), Is.False);
            Assert.That(kernels.Supports(fits with { Convolution = fits.Convolution with { InHeight = 3 } }), Is.False, "no whole window");
        }
    }

    [Test]
    public void WrongShapesAreNamed()
    {
        var geometry = Geometry(1, 2, 6, 6, 3, 3, 3, 2, true);
        var kernels = Device.PooledConvolution!;
        var (x, weight) = (Device.Zeros(geometry.Convolution.Input), Device.Zeros(geometry.Convolution.Weight));
        var (bias, y) = (Device.Zeros(3), Device.Zeros(geometry.Output));
        var winners = Device.Zeros<byte>(geometry.Output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => kernels.Forward(geometry, Device.Zeros(71), weight, bias, y, winners),
                Throws.ArgumentException.With.Message.Contains("72").And.Message.Contains("71"));
            Assert.That(
                () => kernels.Forward(geometry, x, weight, bias, y, Device.Zeros<byte>(new Shape(11))),
                Throws.ArgumentException.With.Message.Contains("12").And.Message.Contains("11"));
            Assert.That(
                () => kernels.Lop(geometry, x, weight, winners, y, Device.Zeros(5), weight, bias),
                Throws.ArgumentException.With.Message.Contains("72").And.Message.Contains("5"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing()
    {
        var operation = Case(Geometry(4, 2, 12, 20, 3, 3, 3, 2, true));
        AllocatesNothing(operation);
    }

    private static PooledConvolutionGeometry Geometry(
        int batch, int channels, int height, int width, int filters, int kernelHeight, int kernelWidth, int window, bool relu)
        => new(new ConvolutionGeometry(batch, channels, height, width, filters, kernelHeight, kernelWidth, 1, 0), window, relu);

    private PooledConvolutionCase<T> Case(PooledConvolutionGeometry geometry)
        => PooledConvolutionCase<T>.Create(Device, geometry);
}
