using PoseEngine.Cuda;
using PoseEngine.Tensors;

namespace PoseEngine.Tests.Cuda;

/// <summary>Recordings on the CUDA device: called, captured, launched.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class RecordingTests(string mode)
{
    private readonly CudaDevices _devices = new(mode);
    private CudaDevice<double> _device = null!;

    [SetUp]
    public void Open() => _device = (CudaDevice<double>)_devices.Create<double>(1);

    [TearDown]
    public void Close()
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, null);
        _device?.Dispose();
        _devices.AfterTest();
    }

    [Test]
    public void TheSecondRunCapturesAndTheThirdOnlyLaunches()
    {
        var (x, y) = (_device.From([1, 2, 3]), _device.Zeros(3));
        var calls = 0;
        using var recording = _device.Record("sum", () =>
        {
            calls++;
            _device.Vectors.Axpy(1, x, y);
            _device.Vectors.Scale(2, y, y);
        });
        for (var i = 0; i < 5; i++) recording.Run();
        Assert.That(calls, Is.EqualTo(2), "one call, one capture");
        Assert.That(y.ToArray(), Is.EqualTo(new double[] { 62, 124, 186 }), "y = 2 (y + x), five times from 0");
    }

    [Test]
    public void NewNumbersInTheSameMemoryAreSeen()
    {
        var (x, y) = (_device.From([1]), _device.Zeros(1));
        using var recording = _device.Record("sum", () => _device.Vectors.Axpy(1, x, y));
        for (var i = 1; i <= 4; i++)
        {
            x.CopyFrom([i]);
            recording.Run();
        }
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 10.0 }));
    }

    [Test]
    public void ARecordingWithinARecordingIsAPartOfIt()
    {
        var y = _device.From([1]);
        using var inner = _device.Record("double", () => _device.Vectors.Scale(2, y, y));
        using var outer = _device.Record("fourfold", () =>
        {
            inner.Run();
            inner.Run();
        });
        for (var i = 0; i < 3; i++) outer.Run();
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 64.0 }));
    }

    [Test]
    public void TheVariableTurnsGraphsOff()
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, "0");
        var y = _device.From([1]);
        var calls = 0;
        using var recording = _device.Record("double", () =>
        {
            calls++;
            _device.Vectors.Scale(2, y, y);
        });
        for (var i = 0; i < 4; i++) recording.Run();
        Assert.That(calls, Is.EqualTo(4));
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 16.0 }));
    }

    [Test]
    public void WorkThatWaitsIsRefusedWithTheRemedyAndTheDeviceGoesOn()
    {
        var y = _device.From([3]);
        using var recording = _device.Record("reading", () => y.ToArray());
        recording.Run();
        Assert.That(recording.Run, Throws.InvalidOperationException.With.Message.Contains("reading").And.Message.Contains("CanRecord"));
        _device.Vectors.Scale(2, y, y);
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 6.0 }));
        if (mode != CudaModes.Gpu) StandIn.TakeReport();
    }

    [Test]
    public void AnExceptionInACaptureEndsIt()
    {
        var y = _device.From([3]);
        var runs = 0;
        using var recording = _device.Record("failing", () =>
        {
            _device.Vectors.Scale(2, y, y);
            if (++runs == 2) throw new FormatException("on purpose");
        });
        recording.Run();
        Assert.That(recording.Run, Throws.TypeOf<FormatException>());
        recording.Run();
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 12.0 }), "the broken capture ran nothing");
    }

    [Test]
    public void ARecordingNobodyHoldsIsCollected()
    {
        var y = _device.From([1]);
        MakeAndForget(y);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(_device.From([5]).ToArray(), Is.EqualTo(new[] { 5.0 }), "the next allocation destroys the graph");
        Assert.That(y.ToArray(), Is.EqualTo(new[] { 8.0 }));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private void MakeAndForget(Tensor<double> y)
    {
        var recording = _device.Record("double", () => _device.Vectors.Scale(2, y, y));
        for (var i = 0; i < 3; i++) recording.Run();
    }
}
