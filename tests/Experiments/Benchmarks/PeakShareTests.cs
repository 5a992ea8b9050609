using PoseEngine.Cpu;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Kernels;
using PoseEngine.Layers;

namespace PoseEngine.Tests.Experiments.Benchmarks;

/// <summary>Floors, shares of the peak, and what becomes of a share that cannot be.</summary>
public sealed class PeakShareTests
{
    private static readonly NetworkFlops Flops = new(20e6, 10e6, 10e6);

    [Test]
    public void TimesBecomeSharesOfThePeak()
    {
        var times = Times() with { SoftSgdStepMs = 100 };
        var shares = times.AtPeak(Flops, new Peaks(100, 50)).PercentOfPeak!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(shares["forward"], Is.EqualTo(50)); // 200 MFLOP at 100 GFLOP/s are 2 ms.
            Assert.That(shares["forwardLop"], Is.EqualTo(37.5).Within(0.1));
            Assert.That(shares["softSgdStep"], Is.EqualTo(41.4)); // 138 gradients of 30 MFLOP.
            Assert.That(shares, Does.Not.ContainKey("hardSgdStep"));
        }
    }

    [Test]
    public void AHardStepsFloorHasItsSolve()
    {
        var times = Times() with
        {
            HardSgdGramStepMs = 100,
            GramSolveMs = 50,
            GramFlops = new GramFlops(300e6, 150e6, 50e6, 100e6),
            HardSgdStepMs = 400,
            KrylovIterationMs = 3,
            KrylovIterationsPerStep = 70,
            HardSgdLsqrStepMs = 200,
            LsqrIterationsPerStep = 30,
            ProjectionMs = 1,
            ProjectionFlops = 5e6,
        };
        var floors = times.Lines(Flops).ToDictionary(line => line.Key, line => line.Work);
        const double minibatch = 128 * 30e6, forward = 10 * 20e6;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(floors["gramSolve"], Is.EqualTo(new Work(550e6, 50e6)));
            Assert.That(floors["hardSgdGramStep"], Is.EqualTo(new Work(minibatch + forward + 550e6, 50e6)));
            Assert.That(floors["krylovIteration"], Is.EqualTo(new Work(10 * 20e6)));
            Assert.That(floors["hardSgdStep"], Is.EqualTo(new Work(minibatch + forward + (70 * 10 * 20e6))));
            Assert.That(floors["hardSgdLsqrStep"], Is.EqualTo(new Work(minibatch + forward + (30 * 10 * 20e6))));
            Assert.That(floors["projection"], Is.EqualTo(new Work(0, 50e6)), "in float64");
            Assert.That(new Peaks(100, 50).FloorMs(floors["gramSolve"]), Is.EqualTo(5.5 + 1));
        }
    }

    [Test]
    public void NoShareAboveThePeakIsFoundWhereThereIsNone()
    {
        BenchLine[] lines = [new("idle", "idle", 0, 0, new(1e9)), new("full", "full", 10, 0, new(1e9))];
        Assert.That(MachinePeak.Above(lines, new Peaks(100, 50)), Is.Null, "exactly 100 %");
        Assert.That(MachinePeak.Above(lines, new Peaks(99, 50))?.Name, Is.EqualTo("full"));
    }

    [Test]
    public void APeakThatATimeRefutesIsMeasuredAgain()
    {
        var rates = new Queue<double>([117, 100, 110, 233]);
        var peak = new MachinePeak(() => Rates(rates.Dequeue()));
        BenchLine line = new("x W^T", "x", 10, 0, new(1.65e9)); // 165 GFLOP/s: 141 % of 117.
        Assert.That(peak.Hold(line), Is.True);
        Assert.That(peak.Peaks.Own, Is.EqualTo(233));
        Assert.That(peak.Hold(line), Is.False, "and not a third time");
    }

    [Test]
    public void AShareThatStaysAboveThePeakEndsInALineOfRowTimeFloorAndPeak()
    {
        var rates = new Queue<double>([117, 110, 100, 90, 116]);
        var peak = new MachinePeak(() => Rates(rates.Dequeue()));
        BenchLine line = new("x W^T", "x", 10, 0, new(1.65e9));
        Assert.That(
            () => peak.Hold(line),
            Throws.TypeOf<AbovePeakException>().With.Message.StartsWith("bench: x W^T took 10.000 ms, its floor is 14.103 ms at a peak of 117.0 GFLOP/s (58.5 in float64)"));
    }

    [Test]
    public void ABusyMachineIsSaid()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BusyMachine.Line(Rate(200)), Is.Null);
            Assert.That(BusyMachine.Line(Rate(200) with { Median = 100 }), Does.Contain("not idle").And.Contain("100.0 GFLOP/s of 200.0"));
            Assert.That(BusyMachine.Line(Rate(200) with { IsSteady = false }), Does.Contain("may be above 200.0"));
            Assert.That(BusyMachine.Line(Lines(0.01, 0.02, 0.09)), Is.Null);
            Assert.That(BusyMachine.Line(Lines(0.01, 0.02, 0.11)), Does.Contain("\"row 2\" differ by +- 11 %"));
            Assert.That(BusyMachine.Line(Lines(0.01, 0.04, 0.05)), Does.Contain("+- 4.0 % in the middle"));
            Assert.That(BusyMachine.Line([]), Is.Null);
            Assert.That(BusyMachine.Line([new BenchLine("once", "once", 1, null, default)]), Is.Null);
        }
    }

    [Test]
    public void ATableHasASpreadForEachRow()
    {
        var times = Times() with { SpreadPercent = new Dictionary<string, double> { ["forward"] = 12.5, ["rop"] = 1 } };
        var text = BenchText.Batch(times, Flops, new Peaks(100, 50)).Split('\n');
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Has.Some.Match(@"^  forward +4\.000   12\.5 +2\.000 +50$"));
            Assert.That(text, Has.Some.Match(@"^  R-op of the constraints +2\.000    1\.0 +1\.000 +50$"));
            Assert.That(text, Has.Some.Match(@"^  L-op of the constraints +2\.000      - +1\.000 +50$"), "a spread that nobody knows");
            Assert.That(text, Has.Some.Contain("not idle").And.Some.Contain("\"forward\""));
            Assert.That(BenchText.Batch(times, Flops, null), Does.Not.Contain("floor"));
        }
    }

    [Test]
    public void ProductsAreMeasuredAsLayersCallThem()
    {
        using var device = new CpuDevice<float>(1);
        var products = new ProductBenchmark<float>(device, new MedianClock(device.Synchronize, 1), peer: null) { Rows = [2] }.Run().ToList();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(products.Select(product => product.Name), Is.EqualTo([
                "x W^T 2 x 1024 x 1024", "u W 2 x 1024 x 1024", "u^T x 2 x 1024 x 1024", "D D^T, x x^T 768 x 1024", "A A^T 768 x 1608", "in float64 768 x 1608"]));
            Assert.That(products.Select(product => product.Ms), Has.All.Positive);
            Assert.That(products[0].Work, Is.EqualTo(new Work(2.0 * 2 * 1024 * 1024)));
            Assert.That(products[3].Work, Is.EqualTo(new Work((768.0 * 769 * 1024) + (128.0 * 129 * 1024))));
            Assert.That(products[4].Work, Is.EqualTo(new Work(768.0 * 769 * 1608)));
            Assert.That(products[5].Work, Is.EqualTo(new Work(0, 768.0 * 769 * 1608)));
            Assert.That(products.Select(product => product.OpenBlasMs), Has.All.Null);
        }
    }

    private static BatchTimes Times() => new() { Batch = 10, ForwardMs = 4, ForwardLopMs = 8, RopMs = 2, LopMs = 2 };

    private static IEnumerable<BenchLine> Lines(params double[] spreads) => spreads.Select((spread, i) => new BenchLine($"row {i}", $"{i}", 1, spread, default));

    private static FmaRate Rate(double peak) => new(peak, peak, 256, IsSteady: true);

    private static (FmaRate Own, FmaRate Float64) Rates(double peak) => (Rate(peak), Rate(peak / 2));
}
