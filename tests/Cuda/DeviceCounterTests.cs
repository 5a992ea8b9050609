using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Training;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>What the engine counts of its own calls is what the driver was asked to do.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
public sealed class DeviceCounterTests(string mode)
{
    /// <summary>Iterations of a recorded cycle of MINRES-QLP.</summary>
    private const int Cycle = 3;

    private readonly CudaDevices _devices = new(mode);

    private static IEnumerable<string> Methods => [.. StepProblem.Methods, "hard-sgd lsqr"];

    [TearDown]
    public void Restore()
    {
        if (StandIn.Obstacle is null) StandIn.Configure("conditional=1");
        _devices.AfterTest();
    }

    /// <summary>Steps that call, that record and that launch.</summary>
    [TestCaseSource(nameof(Methods))]
    public void StepsAreCountedAsTheDriverCountsThem(string name) => CheckSteps(name);

    [Test]
    public void CyclesLaunchedAheadAreCountedToo()
    {
        StandIn.Require();
        StandIn.Configure("conditional=0");
        CheckSteps("hard-sgd");
    }

    [Test]
    public void AReadInPageableMemoryIsOneWait()
    {
        using var device = Open();
        var large = device.Zeros((StagingRing.SlotBytes / sizeof(double)) + 1);
        var (own, driver, _) = Counted(device, () => large.ToArray());
        Assert.That(own, Is.EqualTo(new DeviceCounters { HostWaits = 1, BytesToHost = StagingRing.SlotBytes + sizeof(double) }));
        Assert.That(driver.HostWaits, Is.EqualTo(2), "the copy returns when it is done, and then the stream is waited for");
    }

    [Test]
    public void ImagesThatAnotherThreadSendsAreNoPartOfARecording()
    {
        using var device = Open();
        using var images = device.CreateImageStream(new Shape(2, 4, 4, 3));
        var y = device.From([1]);
        using var recording = device.Record("double", () =>
        {
            if (device.Context.IsCapturing) OnAnotherThread(() => images.Send(0));
            device.Vectors.Scale(2, y, y);
        });
        recording.Run();
        var (capture, driver, _) = Counted(device, () =>
        {
            recording.Run();
            images.Host(0);
        });
        Check(capture, driver, "the run that captures");
        Assert.That(capture with { HostWaits = 0 }, Is.EqualTo(new DeviceCounters { Launches = 1, GraphLaunches = 1, GraphNodes = 1, BytesToDevice = 2 * 4 * 4 * 3 }));
        var (launch, _, _) = Counted(device, recording.Run);
        Assert.That(launch, Is.EqualTo(new DeviceCounters { Launches = 1, GraphLaunches = 1, GraphNodes = 1 }));
    }

    [Test]
    public void ABrokenRecordingCountsNothing()
    {
        using var device = Open();
        var y = device.From([1]);
        var runs = 0;
        using var recording = device.Record("failing", () =>
        {
            device.Vectors.Scale(2, y, y);
            if (++runs == 2) throw new FormatException("on purpose");
        });
        recording.Run();
        var (own, driver, _) = Counted(device, () => Assert.That(recording.Run, Throws.TypeOf<FormatException>()));
        Assert.That(own, Is.EqualTo(default(DeviceCounters)));
        Check(own, driver, "the broken capture");
        (own, driver, _) = Counted(device, () => device.Vectors.Scale(2, y, y));
        Check(own, driver, "behind it");
        Assert.That(own.Launches, Is.EqualTo(1));
    }

    private CudaDevice<double> Open() => (CudaDevice<double>)_devices.Create<double>(1);

    private void CheckSteps(string name)
    {
        using var device = Open();
        var problem = new StepProblem(device);
        using var method = problem.Method(name, problem.Symmetry);
        for (var i = 1; i <= 4; i++)
        {
            var (own, driver, report) = Counted(device, () => problem.Step(method, i));
            Check(own, driver, $"step {i}", Polls(report));
        }
    }

    private static (DeviceCounters Own, StandInCounters Driver, T Result) Counted<T>(ComputeDevice<double> device, Func<T> work)
    {
        // A lazy stream counts what it runs: everything before and behind the work has run.
        device.Synchronize();
        var (own, driver) = (device.Counters!.Value, StandIn.Count());
        var result = work();
        var waits = (device.Counters!.Value - own).HostWaits;
        device.Synchronize();
        var (counted, seen) = (device.Counters!.Value - own, StandIn.Count() - driver);
        return (counted with { HostWaits = waits }, seen with { HostWaits = seen.HostWaits - 1 }, result);
    }

    private static (DeviceCounters Own, StandInCounters Driver, bool Done) Counted(ComputeDevice<double> device, Action work)
        => Counted(device, () =>
        {
            work();
            return true;
        });

    private static void Check(DeviceCounters own, StandInCounters driver, string what, params long[] polls)
    {
        var expected = new DeviceCounters(
            driver.Launches, driver.GraphLaunches, driver.GraphNodes, own.HostWaits, driver.BytesToDevice, driver.BytesToHost);
        Assert.That(own, Is.EqualTo(expected), what);
        Assert.That(own.HostWaits - driver.HostWaits, Is.AnyOf([.. polls.DefaultIfEmpty()]), $"{what}: waits that the driver does not see");
    }

    /// <summary>
    /// How often a step may wait for a solve's scalars by asking for their event, which the driver does not see: once for a solve
    /// that loops by itself, once for each cycle of one that is launched ahead.
    /// </summary>
    private static long[] Polls(StepReport report)
        => report.Solve is { Solver: "MINRES-QLP", Iterations: > 0 and var iterations } ? [1, (iterations + Cycle - 1) / Cycle] : [0];

    private static void OnAnotherThread(Action work)
    {
        var thread = new Thread(() => work());
        thread.Start();
        thread.Join();
    }
}
