using System.Numerics;
using PoseEngine.Kernels;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Kernels;

public abstract class MaxPoolSuite<T>(IDeviceFactory devices) : KernelSuite<T>(devices)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static IEnumerable<MaxPoolGeometry> Shapes()
    {
        yield return new(5, 27, 27, 2, 2, 0);
        yield return new(3, 124, 124, 4, 4, 0);
        yield return new(2, 4, 4, 4, 4, 0);
        yield return new(2, 7, 9, 4, 4, 0);
        yield return new(2, 6, 7, 2, 1, 0);
        yield return new(2, 9, 10, 3, 2, 1);
        yield return new(1, 11, 8, 3, 3, 0);
        yield return new(1, 5, 5, 5, 1, 2);
    }

    [TestCaseSource(nameof(Shapes))]
    public void DerivativesHold(MaxPoolGeometry geometry) => Prove(device => new Case(device, geometry));

    [TestCaseSource(nameof(Shapes))]
    public void FirstOfManyTiesWins(MaxPoolGeometry geometry)
    {
        var operation = new Case(Device, geometry);
        var random = new RandomGenerator(9);
        var x = new T[operation.Inputs[0].Count];
        for (var i = 0; i < x.Length; i++) x[i] = Number(random.NextInt(3) - 1);
        operation.Inputs[0].CopyFrom(x);
        operation.Forward();
        var winners = operation.Winners.ToArray();
        var expected = new int[winners.Length];
        for (var q = 0; q < expected.Length; q++) expected[q] = FirstMaximum(geometry, x, q);
        Assert.That(winners, Is.EqualTo(expected));
    }

    [Test]
    public void OneOfThreeEqualCellsGetsTheWholeGradient()
    {
        var operation = new Case(Device, new MaxPoolGeometry(1, 2, 2, 2, 2, 0));
        operation.Inputs[0].CopyFrom(Numbers1(1, 2, 2, 2));
        operation.Forward();
        var ux = operation.LikeInputs();
        operation.Lop(From(new Shape(1), 5), ux);
        var dy = Device.Zeros(1);
        operation.Rop([From(new Shape(4), 10, 20, 30, 40)], dy);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(operation.Winners.ToArray(), Is.EqualTo(new[] { 1 }));
            Assert.That(ux[0].ToArray(), Is.EqualTo(Numbers1(0, 5, 0, 0)));
            Assert.That(dy.ToArray(), Is.EqualTo(Numbers1(20)));
        }
    }

    [Test]
    public void OverlappingWindowsAddUp()
    {
        var operation = new Case(Device, new MaxPoolGeometry(1, 3, 3, 2, 1, 0));
        operation.Inputs[0].CopyFrom(Numbers1(0, 1, 0, 2, 9, 3, 0, 4, 0));
        operation.Forward();
        var ux = operation.LikeInputs();
        operation.Lop(From(new Shape(4), 1, 1, 1, 1), ux);
        Assert.That(ux[0].ToArray(), Is.EqualTo(Numbers1(0, 0, 0, 0, 4, 0, 0, 0, 0)));
    }

    [Test]
    public void PaddingNeverWins()
    {
        var operation = new Case(Device, new MaxPoolGeometry(1, 2, 2, 2, 2, 1));
        operation.Inputs[0].CopyFrom(Numbers1(-1, -2, -3, -4));
        operation.Forward();
        Assert.That(operation.Output.ToArray(), Is.EqualTo(Numbers1(-1, -2, -3, -4)));
    }

    [TestCase(2)]
    [TestCase(4)]
    [TestCase(3)]
    public void NaNComesOut(int window)
    {
        var geometry = new MaxPoolGeometry(1, 2 * window, 5 * window, window, window, 0);
        var operation = new Case(Device, geometry);
        var x = operation.Inputs[0].ToArray();
        x[(window * 5 * window) + window + 1] = T.NaN;
        operation.Inputs[0].CopyFrom(x);
        operation.Forward();
        var y = operation.Output.ToArray();
        for (var q = 0; q < y.Length; q++) Assert.That(T.IsNaN(y[q]), Is.EqualTo(q == 6), $"window {q}");
        Assert.That(operation.Winners.ToArray()[6], Is.EqualTo((window * 5 * window) + window + 1));
    }

    [Test]
    public void InfinitiesAreOrdinaryNumbers()
    {
        var operation = new Case(Device, new MaxPoolGeometry(1, 2, 4, 2, 2, 0));
        var low = double.NegativeInfinity;
        operation.Inputs[0].CopyFrom(Numbers1(low, low, low, 1, low, low, double.PositiveInfinity, 2));
        operation.Forward();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(operation.Output.ToArray(), Is.EqualTo(Numbers1(low, double.PositiveInfinity)));
            Assert.That(operation.Winners.ToArray(), Is.EqualTo(new[] { 0, 6 }));
        }
    }

    [Test]
    public void ProductsTakeViewsThatBeginAnywhere() => ViewsGiveTheSameBits(new Case(Device, new MaxPoolGeometry(3, 9, 10, 3, 2, 1)));

    [Test]
    public void WrongShapesAreNamed()
    {
        var geometry = new MaxPoolGeometry(1, 4, 4, 2, 2, 0);
        Assert.That(
            () => Device.MaxPool.Forward(geometry, Device.Zeros(15), Device.Zeros(4), Device.Zeros<int>(new Shape(4))),
            Throws.ArgumentException.With.Message.Contains("16").And.Message.Contains("15"));
    }

    [Test]
    public void RepeatedCallsAllocateNothing() => AllocatesNothing(new Case(Device, new MaxPoolGeometry(4, 12, 20, 4, 4, 0)));

    private static int FirstMaximum(MaxPoolGeometry g, T[] x, int q)
    {
        var (plane, window) = Math.DivRem(q, g.OutHeight * g.OutWidth);
        var (top, left) = ((window / g.OutWidth * g.Stride) - g.Padding, (window % g.OutWidth * g.Stride) - g.Padding);
        var first = plane * g.InHeight * g.InWidth;
        var best = -1;
        for (var cell = 0; cell < g.Window * g.Window; cell++)
        {
            var (row, column) = (top + (cell / g.Window), left + (cell % g.Window));
            if (row < 0 || row >= g.InHeight || column < 0 || column >= g.InWidth) continue;
            var place = (row * g.InWidth) + column;
            if (best < 0 || x[first + place] > x[first + best]) best = place;
        }
        return best;
    }

    private sealed class Case : OperatorCase<T>
    {
        private readonly MaxPoolGeometry _geometry;

        public Case(ComputeDevice<T> device, MaxPoolGeometry geometry)
            : base(device)
        {
            _geometry = geometry;
            var outputs = geometry.Planes * geometry.OutHeight * geometry.OutWidth;
            Inputs = [Numbers.Normal(device, new Shape(geometry.Planes, geometry.InHeight, geometry.InWidth), 1)];
            Output = device.Zeros(outputs);
            Winners = device.Zeros<int>(new Shape(outputs));
        }

        public override Tensor<T>[] Inputs { get; }

        public override Tensor<T> Output { get; }

        public Tensor<int> Winners { get; }

        public override void Forward() => Device.MaxPool.Forward(_geometry, Inputs[0], Output, Winners);

        public override void Rop(Tensor<T>[] direction, Tensor<T> dy) => Device.MaxPool.Rop(_geometry, Winners, direction[0], dy);

        public override void Lop(Tensor<T> u, Tensor<T>[] adjoints) => Device.MaxPool.Lop(_geometry, Winners, u, adjoints[0]);
    }
}
