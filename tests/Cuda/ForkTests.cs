using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>Work that forks in two on the CUDA device: side by side in a graph, in order elsewhere, the same bits always.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class ForkTests(string mode)
{
    private readonly CudaDevices _devices = new(mode);
    private CudaDevice<double> _device = null!;

    [SetUp]
    public void Open() => _device = (CudaDevice<double>)_devices.Create<double>(1);

    [TearDown]
    public void Close()
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, null);
        if (mode != CudaModes.Gpu && StandIn.Obstacle is null) StandIn.Configure("record=0");
        _device?.Dispose();
        _devices.AfterTest();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void BothBranchesAreDoneBeforeWhatFollows(bool graphs)
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, graphs ? null : "0");
        var (x, y, z) = (_device.From([1, 2]), _device.Zeros(2), _device.Zeros(2));
        using var recording = _device.Record("forked", () =>
        {
            _device.Vectors.Scale(2, x, x);
            _device.Fork("aside", () => _device.Vectors.Scale(3, x, y), () => _device.Vectors.Scale(5, x, z));
            _device.Vectors.Axpy(1, y, z);
        });
        for (var i = 0; i < 4; i++) recording.Run();
        Assert.That(z.ToArray(), Is.EqualTo(new double[] { 128, 256 }), "(3 + 5) 2^4 x");
    }

    [Test]
    public void BranchesOfAGraphDoNotDependOnEachOther()
    {
        if (mode == CudaModes.Gpu) Assert.Ignore("only the stand-in tells its order");
        StandIn.Configure("order=reverse;lazy=0");
        var (x, y, z) = (_device.From([1]), _device.Zeros(1), _device.Zeros(1));
        using var recording = _device.Record("forked", () =>
        {
            _device.Vectors.Fill(x, 1);
            _device.Fork("aside", () => _device.Vectors.Scale(2, x, y), () => _device.Vectors.Multiply(x, x, z));
            _device.Vectors.Axpy(1, y, z);
        });
        string[] Kernels()
        {
            StandIn.Configure("record=1");
            StandIn.Launches();
            recording.Run();
            return [.. StandIn.Launches().Where(launch => launch.StartsWith("vector_", StringComparison.Ordinal))];
        }
        Assert.That(Kernels(), Is.EqualTo(new[] { "vector_fill", "vector_scale", "vector_multiply", "vector_axpy" }), "a call is in order");
        Assert.That(Kernels(), Is.EqualTo(new[] { "vector_fill", "vector_multiply", "vector_scale", "vector_axpy" }), "a graph may do either first");
        Assert.That(z.ToArray(), Is.EqualTo(new[] { 3.0 }));
    }

    [Test]
    public void BranchesShareNoWorkArea()
    {
        var (x, y) = (Numbers.Normal(_device, new Shape(9000), 1), Numbers.Normal(_device, new Shape(9000), 2));
        var results = _device.Zeros<double>(new Shape(4));
        using var recording = _device.Record("dots", () => _device.Fork(
            "aside", () => Dots(x, x, 0), () => _device.Fork("another", () => Dots(x, y, 2), () => Dots(y, y, 3))));
        for (var i = 0; i < 3; i++)
        {
            recording.Run();
            Assert.That(results.ToArray(), Is.EqualTo(new[] { _device.Vectors.Dot(x, x), 0, _device.Vectors.Dot(x, y), _device.Vectors.Dot(y, y) }));
        }

        void Dots(Tensor<double> a, Tensor<double> b, int place) => _device.Vectors.Dot(a, b, results.Slice(place, 1));
    }

    [Test]
    public void ProductsOfBothBranchesAreThoseOfOne()
    {
        var (x, w) = (Numbers.Normal(_device, new Shape(7, 20), 1), Numbers.Normal(_device, new Shape(30, 20), 2));
        var (u, v) = (Numbers.Normal(_device, new Shape(7, 30), 3), _device.Zeros(30));
        var (ux, y) = (_device.Zeros(x.Shape), _device.Zeros(u.Shape));
        _device.Dense.LopInput(w, u, ux);
        _device.Dense.Forward(x, w, v, y);
        var expected = (Ux: ux.ToArray(), Y: y.ToArray());
        using var recording = _device.Record("products", () => _device.Fork(
            "aside", () => _device.Dense.LopInput(w, u, ux), () => _device.Dense.Forward(x, w, v, y)));
        for (var i = 0; i < 3; i++)
        {
            _device.Vectors.Fill(ux, 0);
            _device.Vectors.Fill(y, 0);
            recording.Run();
            Assert.That((ux.ToArray(), y.ToArray()), Is.EqualTo(expected));
        }
    }

    [Test]
    public void AForkWithinABranchOfTheSameNameIsInOrder()
    {
        var x = _device.From([3]);
        void Twice() => _device.Fork("aside", () => _device.Vectors.Scale(2, x, x), () => _device.Vectors.Axpy(1, _device.From([1]), x));
        Twice();
        Assert.That(x.ToArray(), Is.EqualTo(new[] { 7.0 }), "not recorded, in order");
        var one = _device.From([1]);
        using var recording = _device.Record("nested", () => _device.Fork(
            "aside",
            () => _device.Fork("aside", () => _device.Vectors.Scale(2, x, x), () => _device.Vectors.Axpy(1, one, x)),
            () => { }));
        for (var i = 0; i < 3; i++) recording.Run();
        Assert.That(x.ToArray(), Is.EqualTo(new[] { 63.0 }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void AnExceptionInABranchLeavesTheDeviceInOrder(bool aside)
    {
        var (x, y) = (_device.From([1]), _device.From([1]));
        var runs = 0;
        void Work(Tensor<double> vector, bool fails)
        {
            _device.Vectors.Scale(2, vector, vector);
            if (fails && runs is 1 or 2) throw new FormatException("on purpose");
        }
        using var recording = _device.Record("failing", () =>
        {
            runs++;
            _device.Fork("aside", () => Work(x, aside), () => Work(y, !aside));
        });
        Assert.That(recording.Run, Throws.TypeOf<FormatException>(), "a call");
        _device.Vectors.Axpy(1, x, y);
        Assert.That((x.ToArray()[0], y.ToArray()[0]), Is.EqualTo((2.0, aside ? 3.0 : 4.0)));
        Assert.That(recording.Run, Throws.TypeOf<FormatException>(), "a call, since the one before did not end");
        for (var i = 0; i < 3; i++) recording.Run();
        Assert.That(x.ToArray()[0], Is.EqualTo(32.0), "called twice, recorded, launched twice");
    }

    [Test]
    public void AnExceptionInABranchEndsTheCapture()
    {
        var (x, y) = (_device.From([1]), _device.From([1]));
        var runs = 0;
        using var recording = _device.Record("failing", () => _device.Fork(
            "aside",
            () =>
            {
                _device.Vectors.Scale(2, x, x);
                if (++runs == 2) throw new FormatException("on purpose");
            },
            () => _device.Vectors.Scale(2, y, y)));
        recording.Run();
        Assert.That(recording.Run, Throws.TypeOf<FormatException>());
        for (var i = 0; i < 2; i++) recording.Run();
        Assert.That((x.ToArray()[0], y.ToArray()[0]), Is.EqualTo((8.0, 8.0)), "the broken capture ran nothing");
    }
}
