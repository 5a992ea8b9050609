using PoseEngine.Cpu;
using PoseEngine.Experiments.Spheres;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Experiments.Spheres;

/// <summary>Eq. 16 as a function of the parameters; the kernels have their own suite.</summary>
public class HypersphereTests
{
    private const int Dimension = 300;
    private CpuDevice<double> _device = null!;
    private Tensor<double> _centres;

    [SetUp]
    public void Open()
    {
        _device = new CpuDevice<double>(2);
        _centres = Numbers.Normal(_device, new Shape(8, Dimension), 1);
    }

    [TearDown]
    public void Close() => _device.Dispose();

    [Test]
    public void ProductsAreThoseOfTheActiveSet()
    {
        var function = Function(3);
        var w = Numbers.Normal(_device, new Shape(Dimension), 2);
        int[][] sets = [[5, 0, 3], [1, 2, 7]];
        foreach (var active in sets)
        {
            function.MoveTo(w, active);
            var (v, u) = (Numbers.Normal(_device, new Shape(Dimension), 3), Numbers.Normal(_device, new Shape(3), 4));
            var (dc, uw) = (_device.Zeros(3), _device.Zeros(Dimension));
            function.Rop(v, dc);
            function.Lop(u, uw);
            Assert.That(Numbers.Dot(u, dc) - Numbers.Dot(uw, v), Is.Zero.Within(1e-12 * Numbers.Norm(u) * Numbers.Norm(dc)));

            // Central differences, and the value by its formula.
            const double h = 1e-5;
            var (plus, minus) = (Function(3), Function(3));
            plus.MoveTo(Numbers.Combine(_device, 1, w, h, v), active);
            minus.MoveTo(Numbers.Combine(_device, 1, w, -h, v), active);
            for (var i = 0; i < 3; i++)
            {
                Assert.That(dc.ToArray()[i], Is.EqualTo((plus.Value.ToArray()[i] - minus.Value.ToArray()[i]) / (2 * h)).Within(1e-7));
                var z = _centres.Slice(active[i] * Dimension, Dimension);
                Assert.That(function.Value.ToArray()[i], Is.EqualTo(Numbers.Norm(Numbers.Combine(_device, 1, w, -0.5, z)) - 10).Within(1e-12));
            }
        }
    }

    [Test]
    public void RowsAreUnitVectors()
    {
        var function = Function(2);
        function.MoveTo(Numbers.Normal(_device, new Shape(Dimension), 2), [4, 6]);
        var row = _device.Zeros(Dimension);
        function.Lop(_device.From([0, 1]), row);
        Assert.That(Numbers.Norm(row), Is.EqualTo(1).Within(1e-14));
    }

    [Test]
    public void OtherMemoryMakesRecordingsStale()
    {
        var function = Function(1);
        var (w, other) = (_device.Zeros(Dimension), _device.Zeros(Dimension));
        var versions = new List<long>();
        foreach (var point in new[] { w, w, other })
        {
            function.MoveTo(point, [0]);
            versions.Add(function.MemoryVersion);
        }
        using (Assert.EnterMultipleScope())
        {
            Assert.That(versions[1], Is.EqualTo(versions[0]));
            Assert.That(versions[2], Is.Not.EqualTo(versions[1]));
        }
    }

    [Test]
    public void WrongArgumentsAreNamed()
    {
        var w = _device.Zeros(Dimension);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                () => Function(1).MoveTo(w, [8]),
                Throws.ArgumentException.With.Message.Contains("sphere 8 is active, there are spheres 0 to 7"));
            Assert.That(() => Function(2).MoveTo(w, [1]), Throws.ArgumentException.With.Message.Contains("2").And.Message.Contains("1"));
            Assert.That(() => Function(9), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 8 spheres, got 9"));
            Assert.That(
                () => new Hypersphere<double>(_device, _centres, double.NaN, 10),
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("scale"));
        }
    }

    [Test]
    public void RowsOutsideTheCentresAreNeverRead()
    {
        var rows = _device.Zeros<int>(new Shape(1));
        rows.CopyFrom([8]);
        Assert.That(
            () => Hyperspheres<double>.On(_device).Forward(
                new Hypersphere<double>(_device, _centres, 1, 10).Rows(rows), [1], _device.Zeros(Dimension), _device.Zeros<double>(new Shape(1)), _device.Zeros(1)),
            Throws.ArgumentException.With.Message.Contains("row 8 of the centres is wanted, there are rows 0 to 7"));
    }

    private HypersphereFunction<double> Function(int active) => new(new Hypersphere<double>(_device, _centres, 0.5, 10), active);
}
