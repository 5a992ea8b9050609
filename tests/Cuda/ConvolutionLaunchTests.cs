using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Kernels;

namespace PoseEngine.Tests.Cuda;

/// <summary>How often the convolutions ask the driver for something, whatever the number of samples.</summary>
[UsesCuda]
public class ConvolutionLaunchTests
{
    private readonly CudaDevices _devices = new(CudaModes.Plain, manyKernels: true);
    private CudaDevice<float> _device = null!;

    [SetUp]
    public void Open() => _device = (CudaDevice<float>)_devices.Create<float>(1);

    [TearDown]
    public void Close()
    {
        _device?.Dispose();
        _devices.AfterTest();
    }

    [Test]
    public void RowsOfAStackAreOneLaunchAndTheInputsAdjointAnother([Values] bool pooled, [Values(1, 5)] int samples, [Values(1, 6)] int stack)
    {
        var geometry = new ConvolutionGeometry(samples, 2, 9, 11, 5, 3, 3, 1, 0);
        var rows = Rows(geometry, pooled, stack, out var lop, out var withoutInput);
        var counted = Counted(() => withoutInput.Run());
        Assert.That(counted.Launches, Is.EqualTo(1));
        Assert.That(counted.HostWaits + counted.Allocations, Is.Zero);
        Assert.That(Counted(() => lop.Run()).Launches, Is.EqualTo(2));

        // The second run records, the third is one graph.
        var called = rows.ToArray();
        lop.Run();
        counted = Counted(() => lop.Run());
        Assert.That(counted.GraphLaunches, Is.EqualTo(1));
        Assert.That(counted.HostWaits + counted.Allocations, Is.Zero);
        Assert.That(rows.ToArray(), Is.EqualTo(called));
    }

    [Test]
    public void MoreRowsThanAGridHasInItsSecondDirection()
    {
        const int samples = 33_000, stack = 2;
        var geometry = new ConvolutionGeometry(samples, 1, 1, 1, 1, 1, 1, 1, 0);
        var (x, u) = (Numbers.Normal(_device, geometry.Input, 1), Numbers.Normal(_device, new Shape(stack * samples), 2));
        var weight = _device.From([3], geometry.Weight);
        var (rows, ux) = (_device.Zeros(new Shape(stack * samples, 2)), _device.Zeros(stack * samples));
        _device.Convolution.LopSamples(geometry, x, weight, u, ux, rows);
        var (xs, us) = (x.ToArray(), u.ToArray());
        Assert.That(rows.ToArray(), Is.EqualTo(us.SelectMany((value, row) => new[] { value * xs[row % samples], value })));
        Assert.That(ux.ToArray(), Is.EqualTo(us.Select(value => 3 * value)));
    }

    /// <summary>Refused by name before the compiler sees it; one less is possible.</summary>
    [TestCase(111, 111, "kernels of 111 x 111: the patches of its weight's adjoint need 49540 bytes of shared memory, 49152 are possible")]
    [TestCase(1, 641, "kernels of 1 x 641: two rows of its weights need 41024 bytes of shared memory, 40960 are possible; take a smaller kernel, or the device cpu")]
    public void AKernelBeyondSharedMemoryIsRefused(int height, int width, string message)
    {
        Assert.That(() => Forward(height, width), Throws.TypeOf<NotSupportedException>().With.Message.Contains(message));
        Assert.That(() => Forward(Math.Max(height - 1, 1), width - 1), Throws.Nothing);

        void Forward(int height, int width)
        {
            var geometry = new ConvolutionGeometry(1, 1, height, width, 1, height, width, 1, 0);
            _device.Convolution.Forward(geometry, _device.Zeros(geometry.Input), _device.Zeros(geometry.Weight), _device.Zeros(1), _device.Zeros(geometry.Output));
        }
    }

    [Test]
    public void ImagesAreDeliveredInOnePlaceAndReadWithoutALaunchOfTheirOwn()
    {
        var network = Network<float>.Parse(_device, "3x20x20", "conv4x5,pool2,relu,dense3");
        var w = network.InitializeHe(new RandomGenerator(1));
        using var stream = _device.CreateImageStream(new Shape(2, 20, 20, 3));
        using var at = network.CreateLinearization(2);
        var numbers = Numbers.Normal(_device, new Shape(2, 3, 20, 20), 1);
        at.MoveTo(w, numbers);
        var expected = Counted(() => at.MoveTo(w, numbers)).Launches;
        NetworkInput<float> Next(int slot)
        {
            stream.Host(slot).Fill((byte)(100 * (slot + 1)));
            stream.Send(slot);
            return stream.Deliver(slot);
        }
        at.MoveTo(w, Next(0));
        var first = at.Output.ToArray();
        var version = at.MemoryVersion;
        Assert.That(Counted(() => at.MoveTo(w, Next(1))).Launches, Is.EqualTo(expected));
        Assert.That(at.MemoryVersion, Is.EqualTo(version), "recordings of the products hold");
        Assert.That(at.Output.ToArray(), Is.Not.EqualTo(first));
        at.MoveTo(w, Next(0));
        Assert.That(at.Output.ToArray(), Is.EqualTo(first));
    }

    private Tensor<float> Rows(ConvolutionGeometry geometry, bool pooled, int stack, out IRecording lop, out IRecording withoutInput)
    {
        var window = new PooledConvolutionGeometry(geometry, 2, Relu: true);
        var (x, weight) = (Numbers.Normal(_device, geometry.Input, 1), Numbers.Normal(_device, geometry.Weight, 2));
        var winners = _device.Zeros<byte>(window.Output);
        var u = Numbers.Normal(_device, new Shape(stack, pooled ? window.Output.Count : geometry.Output.Count), 3);
        var ux = _device.Zeros(new Shape(stack, geometry.Input.Count));
        var rows = _device.Zeros(new Shape(stack * geometry.Batch, geometry.Weight.Count + geometry.OutChannels));
        void Run(Tensor<float> adjoints)
        {
            if (pooled) _device.PooledConvolution.LopSamples(window, x, weight, winners, u, adjoints, rows);
            else _device.Convolution.LopSamples(geometry, x, weight, u, adjoints, rows);
        }
        lop = _device.Record("rows", () => Run(ux));
        withoutInput = _device.Record("rows alone", () => Run(default));
        return rows;
    }

    private static StandInCounters Counted(Action action)
    {
        var before = StandIn.Count();
        action();
        return StandIn.Count() - before;
    }
}
