using System.Numerics;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Experiments.Spheres;

public abstract class HypersphereSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private IHypersphereKernels<T> Kernels => Hyperspheres<T>.On(Device);

    // Chunks of 2048 columns on the CPU, blocks of 2048 on CUDA, and what is left over; four rows at once and the rest.
    [TestCase(2, 1)]
    [TestCase(7, 4)]
    [TestCase(2048, 3)]
    [TestCase(4101, 9)]
    public void DerivativesHold(int dimension, int active) => Prove(device => new Case(device, dimension, active));

    [Test]
    public void DistancesAreMeasuredFromTheSurface()
    {
        // Centres 0.5 (6, 0) and 0.5 (0, -8) around (3, 4): distances 4 and sqrt(73).
        var spheres = new SphereRows<T>(From(new Shape(3, 2), 6, 0, 9, 9, 0, -8), Rows(0, 2), 2.5);
        var (n, c) = (Device.Zeros<double>(new Shape(2)), Device.Zeros(2));
        var w = From(new Shape(2), 3, 4);
        Kernels.Forward(spheres, [0.5], w, n, c);
        Assert.That(n.ToArray(), Is.EqualTo(new[] { 4, Math.Sqrt(73) }).Within(1e-15));
        Assert.That(Numbers.Host(c), Is.EqualTo(new[] { 1.5, Math.Sqrt(73) - 2.5 }).Within(Rounding));

        // Unit normals (0, 1) and (3, 8) / sqrt(73).
        var (dc, uw) = (Device.Zeros(2), Device.Zeros(2));
        Kernels.Rop(spheres, 0.5, w, n, From(new Shape(2), 1, 10), dc);
        Assert.That(Numbers.Host(dc), Is.EqualTo(new[] { 10, 83 / Math.Sqrt(73) }).Within(10 * Rounding));
        Kernels.Lop(spheres, 0.5, w, n, From(new Shape(2), 2, 1), uw);
        Assert.That(Numbers.Host(uw), Is.EqualTo(new[] { 3 / Math.Sqrt(73), 2 + (8 / Math.Sqrt(73)) }).Within(10 * Rounding));
    }

    [Test]
    public void ThereIsNoGradientAtACentre()
    {
        var centres = Numbers.Normal(Device, new Shape(4, 70), 1);
        var w = Device.Zeros(70);
        Device.Vectors.Scale(0.5, centres.Slice(2 * 70, 70), w);
        var spheres = new SphereRows<T>(centres, Rows(2, 0), 10);
        var (n, c, dc) = (Device.Zeros<double>(new Shape(2)), Device.Zeros(2), Device.Zeros(2));
        var (both, other) = (Device.Zeros(70), Device.Zeros(70));
        Kernels.Forward(spheres, [0.5], w, n, c);
        Kernels.Rop(spheres, 0.5, w, n, Numbers.Normal(Device, new Shape(70), 2), dc);
        Kernels.Lop(spheres, 0.5, w, n, From(new Shape(2), 3, 1), both);
        Kernels.Lop(spheres, 0.5, w, n, From(new Shape(2), 0, 1), other);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(n.ToArray()[0], Is.Zero);
            Assert.That(c.ToArray()[0], Is.EqualTo(Number(-10)));
            Assert.That(dc.ToArray()[0], Is.EqualTo(T.Zero));
            Assert.That(dc.ToArray()[1], Is.Not.EqualTo(T.Zero));
            Assert.That(both.ToArray(), Is.EqualTo(other.ToArray()));
        }
    }

    [Test]
    public void SeveralPointsInOnePassGiveWhatEachGivesAlone([Values(1, 2, 3, 4)] int count)
    {
        const int dimension = 2300;
        double[] scales = [0.1, 1e-4, 3, 0];
        var centres = Numbers.Normal(Device, new Shape(6, dimension), 1);
        var points = Numbers.Normal(Device, new Shape(4, dimension), 2);
        var spheres = new SphereRows<T>(centres, Rows(5, 0, 3), 10);
        var (n, c) = (Device.Zeros<double>(new Shape(count, 3)), Device.Zeros(new Shape(count, 3)));
        Kernels.Forward(spheres, scales.AsSpan(0, count), points.Slice(0, count * dimension), n, c);
        var (host, z) = (Numbers.Host(points), Numbers.Host(centres));
        for (var p = 0; p < count; p++)
        {
            var (nAlone, cAlone) = (Device.Zeros<double>(new Shape(3)), Device.Zeros(3));
            Kernels.Forward(spheres, [scales[p]], points.Slice(p * dimension, dimension), nAlone, cAlone);
            Assert.That(c.ToArray()[(3 * p)..(3 * p + 3)], Is.EqualTo(cAlone.ToArray()));
            for (var i = 0; i < 3; i++)
            {
                var row = new[] { 5, 0, 3 }[i];
                var square = Enumerable.Range(0, dimension)
                    .Sum(j => Math.Pow(host[(p * dimension) + j] - (scales[p] * z[(row * dimension) + j]), 2));
                Assert.That(n.ToArray()[(3 * p) + i], Is.EqualTo(Math.Sqrt(square)).Within(1e-12 * Math.Sqrt(square)));
            }
        }
    }

    [Test]
    public void BothProductsInOneCallHaveTheBitsOfEach([Values(0, 5, 11)] int active)
    {
        const int dimension = 4100;
        var spheres = new SphereRows<T>(Numbers.Normal(Device, new Shape(11, dimension), 1), Rows([.. Enumerable.Range(0, active)]), 3);
        var (w, dw) = (Numbers.Normal(Device, new Shape(dimension), 2), Numbers.Normal(Device, new Shape(dimension), 3));
        var (n, c, u) = (Device.Zeros<double>(new Shape(active)), Device.Zeros(active), Numbers.Normal(Device, new Shape(active), 4));
        Kernels.Forward(spheres, [0.5], w, n, c);
        var (dc, dcAlone, uw, uwAlone) = (Device.Zeros(active), Device.Zeros(active), Device.Zeros(dimension), Device.Zeros(dimension));
        Kernels.Products(spheres, 0.5, w, n, dw, u, dc, uw);
        Kernels.Rop(spheres, 0.5, w, n, dw, dcAlone);
        Kernels.Lop(spheres, 0.5, w, n, u, uwAlone);
        Assert.That(dc.ToArray(), Is.EqualTo(dcAlone.ToArray()));
        Assert.That(uw.ToArray(), Is.EqualTo(uwAlone.ToArray()));
    }

    [Test]
    public void NearTheSurfaceNoDigitsAreLost()
    {
        // ||w|| = 10 but for 1e-9: the difference of large squares would keep nothing of it in float32.
        const int dimension = 10_000;
        var w = Device.Zeros(dimension);
        Device.Vectors.Fill(w, Number(0.125));
        var length = Math.Sqrt(dimension) * 0.125;
        var spheres = new SphereRows<T>(Device.Zeros(new Shape(1, dimension)), Rows(0), length - 1e-9);
        var c = Device.Zeros(1);
        Kernels.Forward(spheres, [1], w, Device.Zeros<double>(new Shape(1)), c);
        Assert.That(Numbers.Host(c)[0], Is.EqualTo(1e-9).Within(1e-13));
    }

    [Test]
    public void NoRowsGiveNoAdjoint()
    {
        var spheres = new SphereRows<T>(Numbers.Normal(Device, new Shape(3, 5), 1), Device.Zeros<int>(new Shape(0)), 10);
        var (n, none, uw) = (Device.Zeros<double>(new Shape(0)), Device.Zeros(0), Numbers.Normal(Device, new Shape(5), 2));
        var w = Numbers.Normal(Device, new Shape(5), 3);
        Kernels.Forward(spheres, [1], w, n, none);
        Kernels.Rop(spheres, 1, w, n, w, none);
        Kernels.Lop(spheres, 1, w, n, none, uw);
        Assert.That(uw.ToArray(), Is.All.EqualTo(T.Zero));
    }

    [Test]
    public void NaNComesOut()
    {
        var operation = new Case(Device, 40, 3);
        var w = operation.Inputs[0].ToArray();
        w[17] = T.NaN;
        operation.Inputs[0].CopyFrom(w);
        operation.Forward();
        Assert.That(operation.Output.ToArray().Select(T.IsNaN), Is.All.True);
    }

    [Test]
    public void WrongShapesAreNamed()
    {
        var spheres = new SphereRows<T>(Device.Zeros(new Shape(3, 5)), Rows(0, 1), 10);
        var n = Device.Zeros<double>(new Shape(2));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Kernels.Forward(spheres, [1], Device.Zeros(6), n, Device.Zeros(2)),
                Throws.ArgumentException.With.Message.Contains("5").And.Message.Contains("6"));
            Assert.That(
                () => Kernels.Forward(spheres, new double[5], Device.Zeros(25), n, Device.Zeros(10)),
                Throws.ArgumentException.With.Message.Contains("1 to 4 points").And.Message.Contains("got 5"));
            Assert.That(
                () => Kernels.Rop(spheres, 1, Device.Zeros(5), n, Device.Zeros(5), Device.Zeros(3)),
                Throws.ArgumentException.With.Message.Contains("2").And.Message.Contains("3"));
        }
    }

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, 300, 5));

    private Tensor<int> Rows(params int[] rows)
    {
        var tensor = Device.Zeros<int>(new Shape(rows.Length));
        tensor.CopyFrom(rows);
        return tensor;
    }

    private sealed class Case : OperatorCase<T>
    {
        private const double Scale = 0.3;
        private readonly IHypersphereKernels<T> _kernels;
        private readonly SphereRows<T> _spheres;
        private readonly Tensor<double> _distances;

        public Case(ComputeDevice<T> device, int dimension, int active)
            : base(device)
        {
            _kernels = Hyperspheres<T>.On(device);
            var rows = device.Zeros<int>(new Shape(active));
            rows.CopyFrom([.. Enumerable.Range(0, active).Select(i => (7 * i) % 11)]);
            _spheres = new SphereRows<T>(Numbers.Normal(device, new Shape(11, dimension), 5), rows, 2);
            _distances = device.Zeros<double>(new Shape(active));
            Inputs = [Numbers.Normal(device, new Shape(dimension), 1)];
            Output = device.Zeros(active);
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public override void Forward() => _kernels.Forward(_spheres, [Scale], Inputs[0], _distances, Output);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy)
            => _kernels.Rop(_spheres, Scale, Inputs[0], _distances, direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints)
            => _kernels.Lop(_spheres, Scale, Inputs[0], _distances, u, adjoints[0]);
    }
}
