using System.Numerics;
using PoseEngine.Cpu;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

/// <summary>Sums of products of constraint rows, and the L-ops that keep the rows of samples apart.</summary>
public abstract class GramSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IDeviceFactory _devices = devices;

    // Panels of 6 or 12 rows, strips of 8 to 32, blocks of 256 columns, and what is left over of each.
    [TestCase(1, 1)]
    [TestCase(4, 3)]
    [TestCase(12, 128)]
    [TestCase(13, 129)]
    [TestCase(23, 260)]
    [TestCase(48, 31)]
    public void ProductsOfRowsAreAdded(int rows, int columns)
    {
        var a = Numbers.Normal(Device, new Shape(rows, columns), 1);
        var s = Start(rows);
        var start = s.ToArray();
        Device.Gram.AddRows(a, s);
        Device.Gram.AddRows(a, s);
        var host = Numbers.Host(a);
        Agree(s, rows, (r, c) => start[(r * rows) + c] + (2 * Product(host, columns, r, c)), columns);
        Device.Gram.Clear(s);
        Assert.That(s.ToArray(), Is.All.Zero);
    }

    [TestCase(1, 1)]
    [TestCase(33, 257)]
    [TestCase(96, 600)]
    public void SumsInBlocksComeCloseToExactOnes(int rows, int columns)
    {
        var (d, x) = (Numbers.Normal(Device, new Shape(rows, columns), 1), Numbers.Normal(Device, new Shape(1, 70), 2));
        var (exact, blocked) = (Device.Zeros<double>(new Shape(rows, rows)), Device.Zeros<double>(new Shape(rows, rows)));
        foreach (var (s, isExact) in new[] { (exact, true), (blocked, false) })
        {
            Device.Gram.AddRows(d, s, isExact);
            Device.Gram.AddDense(d, x, s, isExact);
        }
        var (expected, sums) = (exact.ToArray(), blocked.ToArray());
        var worst = 0.0;
        for (var r = 0; r < rows; r++)
        {
            for (var c = r; c < rows; c++) worst = Math.Max(worst, Math.Abs(sums[(r * rows) + c] - expected[(r * rows) + c]) / Math.Sqrt(expected[r * (rows + 1)] * expected[c * (rows + 1)]));
        }
        Assert.That(worst, Is.LessThan(IGramKernels<T>.BlockedAccuracy));
    }

    // An affine layer of 7 inputs, one of 40, and formed rows, which stand in w one behind the other.
    [TestCase(1, 1, 1, 1)]
    [TestCase(5, 3, 70, 9)]
    [TestCase(11, 6, 51, 300)]
    public void SharesOfSeveralLayersSumAndMultiply(int samples, int stack, int outputs, int formed)
    {
        var rows = stack * samples;
        var (d1, x1) = (Numbers.Normal(Device, new Shape(rows, outputs), 1), Numbers.Normal(Device, new Shape(samples, 7), 2));
        var (d2, x2) = (Numbers.Normal(Device, new Shape(rows, 3), 3), Numbers.Normal(Device, new Shape(samples, 5, 8), 4));
        var a = Numbers.Normal(Device, new Shape(rows, formed), 5);
        var (second, third) = (outputs * 8, (outputs * 8) + (3 * 41));
        var length = third + formed;
        using var shares = Device.Gram.CreateShares(Device);
        for (var time = 0; time < 2; time++) shares.Set([new(0, d1, x1), new(third, a, default), new(second, d2, x2)], rows, samples);

        var matrix = new double[rows * length];
        PutAffine(matrix, length, 0, Numbers.Host(d1), Numbers.Host(x1), rows, samples);
        PutAffine(matrix, length, second, Numbers.Host(d2), Numbers.Host(x2), rows, samples);
        var ar = Numbers.Host(a);
        for (var i = 0; i < ar.Length; i++) matrix[(i / formed * length) + third + (i % formed)] = ar[i];
        var s = Start(rows);
        var start = s.ToArray();
        shares.AddTo(s, isExact: true);
        Agree(s, rows, (r, c) => start[(r * rows) + c] + Product(matrix, length, r, c), length);

        var (v, u) = (Numbers.Normal(Device, new Shape(length), 6), Numbers.Normal(Device, new Shape(rows), 7));
        var (forth, back) = (Numbers.Normal(Device, new Shape(rows), 8), Numbers.Normal(Device, new Shape(length), 9));
        shares.Rop(v, forth);
        shares.Lop(u, back);
        var (vs, us) = (Numbers.Host(v), Numbers.Host(u));
        Close(forth, From(forth.Shape, [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, length).Sum(i => matrix[(r * length) + i] * vs[i]))]), 10 * Rounding, "A v");
        Close(back, From(back.Shape, [.. Enumerable.Range(0, length).Select(i => Enumerable.Range(0, rows).Sum(r => matrix[(r * length) + i] * us[r]))]), 10 * Rounding, "A^T u");
        Assert.That(() => shares.Rop(v, Device.Zeros(rows + 1)), Throws.ArgumentException.With.Message.Contains("the constraint rows"));
        Assert.That(() => shares.Set([new(0, Device.Zeros(rows + 1), default)], rows + 2, samples), Throws.ArgumentException);
    }

    /// <summary>The rows [d_r x_k^T, d_r] of an affine layer, from a place in w on.</summary>
    private static void PutAffine(double[] matrix, int length, int offset, double[] d, double[] x, int rows, int samples)
    {
        var (outputs, inputs) = (d.Length / rows, x.Length / samples);
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o++)
            {
                var adjoint = d[(r * outputs) + o];
                for (var i = 0; i < inputs; i++) matrix[(r * length) + offset + (o * inputs) + i] = adjoint * x[(r % samples * inputs) + i];
                matrix[(r * length) + offset + (outputs * inputs) + o] = adjoint;
            }
        }
    }

    [TestCase(1, 1, 1, 1)]
    [TestCase(1, 6, 5, 3)]
    [TestCase(5, 3, 7, 130)]
    [TestCase(16, 2, 140, 20)]
    [TestCase(11, 6, 51, 64)]
    public void ADenseLayersRowsAreNeverFormed(int samples, int stack, int outputs, int inputs)
    {
        var rows = stack * samples;
        var d = Numbers.Normal(Device, new Shape(rows, outputs), 1);
        var x = Numbers.Normal(Device, new Shape(samples, inputs), 2);
        var s = Start(rows);
        var start = s.ToArray();
        Device.Gram.AddDense(d, x, s);

        // The rows themselves: [d_r x_k^T, d_r].
        var (ds, xs) = (Numbers.Host(d), Numbers.Host(x));
        var length = outputs * (inputs + 1);
        var formed = new double[rows * length];
        for (var r = 0; r < rows; r++)
        {
            for (var o = 0; o < outputs; o++)
            {
                var at = (r * length) + (o * (inputs + 1));
                for (var i = 0; i < inputs; i++) formed[at + i] = ds[(r * outputs) + o] * xs[(r % samples * inputs) + i];
                formed[at + inputs] = ds[(r * outputs) + o];
            }
        }
        Agree(s, rows, (r, c) => start[(r * rows) + c] + Product(formed, length, r, c), length);
    }

    [Test]
    public void AnyNumberOfThreadsGivesTheSameBits()
    {
        double[] Sums(int threads)
        {
            using var device = _devices.Create<T>(threads);
            var s = device.Zeros<double>(new Shape(51, 51));
            device.Gram.AddRows(Numbers.Normal(device, new Shape(51, 300), 3), s);
            device.Gram.AddDense(Numbers.Normal(device, new Shape(51, 70), 4), Numbers.Normal(device, new Shape(17, 40), 5), s);
            return s.ToArray();
        }
        Assert.That(Sums(3), Is.EqualTo(Sums(1)));
    }

    [Test]
    public void NothingIsAllocatedTheSecondTime()
    {
        var s = Device.Zeros<double>(new Shape(30, 30));
        var (d, x) = (Numbers.Normal(Device, new Shape(30, 70), 4), Numbers.Normal(Device, new Shape(10, 40), 5));
        AllocatesNothing(() =>
        {
            Device.Gram.Clear(s);
            Device.Gram.AddRows(d, s);
            Device.Gram.AddDense(d, x, s);
        });
    }

    [Test]
    public void WrongShapesAreNamed()
    {
        var s = Device.Zeros<double>(new Shape(4, 4));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Device.Gram.AddRows(Device.Zeros(new Shape(3, 2)), s),
                Throws.ArgumentException.With.Message.Contains("Gram matrix").And.Message.Contains("16"));
            Assert.That(
                () => Device.Gram.AddDense(Device.Zeros(new Shape(4, 2)), Device.Zeros(new Shape(3, 2)), s),
                Throws.ArgumentException.With.Message.Contains("whole samples"));
        }
    }

    [TestCase(1, 0, 2)]
    [TestCase(1, 0, 6)]
    [TestCase(2, 1, 2)]
    public void AConvolutionKeepsTheRowsOfSamplesApart(int stride, int padding, int stack)
    {
        var geometry = new ConvolutionGeometry(3, 2, 9, 11, 5, 3, 3, stride, padding);
        var (x, weight) = (Numbers.Normal(Device, geometry.Input, 1), Numbers.Normal(Device, geometry.Weight, 2));
        Apart(
            stack, geometry, geometry.Output, (u, ux, rows) => Device.Convolution.LopSamples(geometry, x, weight, u, ux, rows),
            (u, ux, row) => Device.Convolution.Lop(geometry, x, weight, u, ux, geometry.WeightIn(row), geometry.BiasIn(row)));
    }

    // Stacks that go adjoint by adjoint, and groups of six with what is left over.
    [TestCase(2, 12, 5, 4, true, 2)]
    [TestCase(3, 8, 3, 2, false, 2)]
    [TestCase(8, 8, 3, 1, true, 2)]
    [TestCase(2, 12, 5, 4, true, 3)]
    [TestCase(3, 8, 3, 2, false, 8)]
    [TestCase(8, 8, 3, 1, true, 6)]
    [TestCase(20, 3, 2, 3, true, 7)]
    public void APooledConvolutionKeepsTheRowsOfSamplesApart(int inputs, int outputs, int kernel, int window, bool relu, int stack)
    {
        if (Device.PooledConvolution is not { } kernels) return;
        stack = Sized(stack, 2);
        var geometry = new PooledConvolutionGeometry(new(3, inputs, 22, 23, outputs, kernel, kernel, 1, 0), window, relu);
        var convolution = geometry.Convolution;
        var (x, weight) = (Numbers.Normal(Device, convolution.Input, 1), Numbers.Normal(Device, convolution.Weight, 2));
        var winners = Device.Zeros<byte>(geometry.Output);
        kernels.Forward(geometry, x, weight, Device.Zeros(outputs), Device.Zeros(geometry.Output), winners);
        Apart(
            stack, convolution, geometry.Output, (u, ux, rows) => kernels.LopSamples(geometry, x, weight, winners, u, ux, rows),
            (u, ux, row) => kernels.Lop(
                geometry, x, weight, winners, u, ux, convolution.WeightIn(row), convolution.BiasIn(row)));
    }

    [Test]
    public void AnAdjointOfZeroAddsNothingToAStackWhereTheInputOrTheWeightIsNot([Values] bool isInput)
    {
        // On the CPU, where windows that are not read cost nothing.
        if (Device is not CpuDevice<T> || Device.PooledConvolution is not { } kernels) return;
        const int stack = 6;
        var geometry = new PooledConvolutionGeometry(new(2, 3, 9, 9, 4, 3, 3, 1, 0), 2, Relu: false);
        var (x, weight) = (Numbers.Normal(Device, geometry.Convolution.Input, 1), Numbers.Normal(Device, geometry.Convolution.Weight, 2));
        var winners = Device.Zeros<byte>(geometry.Output);
        kernels.Forward(geometry, new(x), weight, Device.Zeros(4), Device.Zeros(geometry.Output), winners);
        if (isInput) x.Slice(0, 9 * 9).CopyFrom([.. Enumerable.Repeat(T.PositiveInfinity, 9 * 9)]);
        else weight.Slice(0, 9).CopyFrom([.. Enumerable.Repeat(T.NaN, 9)]);
        // Only the third constraint of the first sample has an adjoint, in a channel whose weights are finite.
        var u = new T[stack * geometry.Output.Count];
        u[(2 * geometry.Output.Count) + (4 * 3 * 3) - 1] = T.One;
        var rows = Device.Zeros(new Shape(stack * 2, geometry.Convolution.Weight.Count + 4));
        var ux = Device.Zeros(new Shape(stack * geometry.Convolution.Input.Count));
        kernels.LopSamples(geometry, new(x), weight, winners, Device.From(u, new Shape(u.Length)), ux, rows);
        var finite = rows.ToArray().Chunk(rows.Shape[1]).Select(row => row.All(T.IsFinite)).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(finite, Is.EqualTo(Enumerable.Range(0, stack * 2).Select(row => row != 4 || !isInput)), "rows");
            Assert.That(rows.ToArray().Chunk(rows.Shape[1]).Where((_, row) => row != 4).All(row => row.All(T.IsZero)), Is.True, "rows of zero adjoints");
            Assert.That(ux.ToArray().All(T.IsFinite), Is.True, "inputs");
        }
    }

    /// <summary>
    /// The rows of a stack of adjoints, with and without the input's, against the L-op of adjoints that are zero but for
    /// one sample.
    /// </summary>
    private void Apart(
        int stack, ConvolutionGeometry geometry, Shape output, Action<Tensor<T>, Tensor<T>, Tensor<T>> samples,
        Action<Tensor<T>, Tensor<T>, Tensor<T>> lop)
    {
        var (batch, parameters) = (geometry.Batch, geometry.Weight.Count + geometry.OutChannels);
        var u = Numbers.Normal(Device, new Shape(stack, output.Count), 7);
        var ux = Device.Zeros(new Shape(stack, geometry.Input.Count));
        var (rows, alone) = (Device.Zeros(new Shape(stack * batch, parameters)), Device.Zeros(new Shape(stack * batch, parameters)));
        samples(u, ux, rows);
        samples(u, default, alone);
        var (inSize, outSize) = (geometry.Input.Count / batch, output.Count / batch);
        for (var row = 0; row < stack * batch; row++)
        {
            var masked = new T[output.Count];
            u.Slice(row * outSize, outSize).CopyTo(masked.AsSpan(row % batch * outSize, outSize));
            var (expected, expectedInput) = (Device.Zeros(parameters), Device.Zeros(geometry.Input));
            lop(Device.From(masked, output), expectedInput, expected);
            Close(rows.Slice(row * parameters, parameters), expected, 10 * Rounding, $"parameters, row {row}");
            Close(alone.Slice(row * parameters, parameters), expected, 10 * Rounding, $"parameters alone, row {row}");
            Close(
                ux.Slice(row * inSize, inSize), expectedInput.Slice(row % batch * inSize, inSize), 10 * Rounding,
                $"input, row {row}");
        }
    }

    /// <summary>A symmetric start that is not zero.</summary>
    private Tensor<double> Start(int rows)
    {
        var s = Device.Zeros<double>(new Shape(rows, rows));
        s.CopyFrom([.. Enumerable.Range(0, rows * rows).Select(i => 1.0 + (i / rows) + (i % rows))]);
        return s;
    }

    private static double Product(double[] a, int columns, int r, int c)
    {
        var sum = 0.0;
        for (var k = 0; k < columns; k++) sum += a[(r * columns) + k] * a[(c * columns) + k];
        return sum;
    }

    /// <summary>On and above the diagonal, to the precision of float64 for rows of either kind.</summary>
    private static void Agree(Tensor<double> s, int rows, Func<int, int, double> expected, int terms)
    {
        var sums = s.ToArray();
        var worst = 0.0;
        for (var r = 0; r < rows; r++)
        {
            for (var c = r; c < rows; c++) worst = Math.Max(worst, Math.Abs(sums[(r * rows) + c] - expected(r, c)));
        }
        Assert.That(worst, Is.LessThan(1e-14 * (100 + terms)));
    }
}
