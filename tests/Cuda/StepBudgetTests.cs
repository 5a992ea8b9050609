using System.Globalization;
using PoseEngine.Cpu;
using PoseEngine.Cuda;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Runs;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>Launches, graph nodes, waits and bytes of the network's operators and of a step of every method stay within <see cref="BudgetTable"/>.</summary>
[UsesCuda]
public sealed class StepBudgetTests
{
    private const string Gram = "hard-sgd gram";

    private static readonly string[] Operators = ["forward", "forward and L-op of the loss", "R-op of the constraints", "L-op of the constraints"];

    private static readonly string[] Methods =
    [
        "unconstrained", "soft-sgd", "soft-adam", "lagrangian", "projected-adam", Gram, "hard-sgd lsqr", "hard-sgd minres-qlp", "hard-adam", "hard-gn", "hard-lm",
    ];

    /// <summary>The rows of bench that know the floors of rows of the table.</summary>
    private static readonly (string Row, string Key)[] Floors =
    [
        (Operators[0], BatchKey.Forward), (Operators[1], BatchKey.ForwardLop), (Operators[2], BatchKey.Rop), (Operators[3], BatchKey.Lop),
        ("soft-sgd", BatchKey.SoftSgdStep), ("soft-adam", BatchKey.SoftAdamStep), (Gram, BatchKey.HardSgdGramStep), ("hard-sgd lsqr", BatchKey.HardSgdLsqrStep),
        ("hard-sgd minres-qlp", BatchKey.HardSgdStep), (BudgetTable.Cycle("hard-sgd minres-qlp"), BatchKey.KrylovIteration),
    ];

    /// <summary>Counts are the same every time, and two tests want those of the small batch.</summary>
    private static readonly Dictionary<(string Method, int Samples), (DeviceCounters Step, DeviceCounters Cycle)> Measured = [];

    private CudaDevice<float> _device = null!;

    [SetUp]
    public void Open() => _device = (CudaDevice<float>)new CudaDevices(CudaModes.Plain).Create<float>(1);

    [TearDown]
    public void Close() => _device?.Dispose();

    [TestCaseSource(nameof(Methods))]
    public void AStepStaysWithinItsBudget(string method)
    {
        var (step, cycle) = Measure(method, samples: 2);
        Check(method, step);
        if (IsIterated(method)) Check(BudgetTable.Cycle(method), cycle);
        // Whatever the table says: design's target of a hard step.
        if (method == Gram) Assert.That((step.Launches < 100, step.HostWaits), Is.EqualTo((true, 1L)));
    }

    [TestCaseSource(nameof(Operators))]
    public void AnOperatorStaysWithinItsBudget(string name)
    {
        var (parts, generator) = (new ProblemParts<float>(_device, PoseProblem.Bare), new RandomGenerator(1, 11));
        using var work = new BenchWork<float>(
            parts.Network, parts.Constraint, parts.Network.InitializeHe(generator), RandomSamples.Create(PoseProblem.Bare, parts.Network, generator, 2));
        Action[] actions = [work.Forward, work.Gradient, work.Rop, work.Lop];
        var counted = new CountedAction<float>(_device, actions[Array.IndexOf(Operators, name)]);
        for (var i = 0; i < 2; i++) counted.Run();
        Check(name, counted.Last!.Value);
    }

    /// <summary>What is said of a small batch is true of a large one.</summary>
    [TestCaseSource(nameof(Methods))]
    public void OnlyBytesDependOnTheBatch(string method)
    {
        var (small, large) = (Measure(method, samples: 2), Measure(method, samples: 3));
        Assert.That(WithoutBytes(large.Step), Is.EqualTo(WithoutBytes(small.Step)));
        Assert.That(WithoutBytes(large.Cycle), Is.EqualTo(WithoutBytes(small.Cycle)));
    }

    [Test]
    public void TheTableHasTheFloorsOfBench()
    {
        using var cpu = new CpuDevice<float>(1);
        var network = Network<float>.Paper(cpu);
        var times = new BatchTimes
        {
            Batch = BatchTimes.Minibatch,
            ForwardMs = 0,
            ForwardLopMs = 0,
            RopMs = 0,
            LopMs = 0,
            GramFlops = GramFlops.Of(network, BatchTimes.Minibatch, PoseProblem.Spec.ConstraintNames.Count),
            Bytes = NetworkBytes.Of(network),
        };
        var (works, peaks, table) = (times.Lines(NetworkFlops.Of(network)).ToDictionary(line => line.Key, line => line.Work), CardPeaks.Of("NVIDIA H200", "float32")!.Value, BudgetTable.Read());
        using (Assert.EnterMultipleScope())
        {
            foreach (var (row, key) in Floors)
            {
                var work = (key == BatchKey.KrylovIteration ? BudgetTable.CycleIterations : 1) * works[key];
                var floor = string.Create(CultureInfo.InvariantCulture, $"{work.Bytes / 1e6:0} | {1000 * peaks.FloorMs(work):0}");
                Assert.That(table[row].Floor, Is.EqualTo(floor), row);
            }
        }
    }

    private static void Check(string name, DeviceCounters taken)
    {
        TestContext.Out.WriteLine($"| {name} | {string.Join(" | ", Numbers(taken).Select(number => number.Value))} |");
        Assert.That(BudgetTable.Read(), Does.ContainKey(name));
        using (Assert.EnterMultipleScope())
        {
            foreach (var (number, most) in Numbers(taken).Zip(Numbers(BudgetTable.Read()[name].Most)))
            {
                Assert.That(number.Value, Is.LessThanOrEqualTo(most.Value), $"{name}: {number.Name}");
            }
        }
    }

    /// <summary>What a step asks without the iterations of a Krylov solver, and what a cycle of these asks.</summary>
    private (DeviceCounters Step, DeviceCounters Cycle) Measure(string method, int samples)
    {
        if (!Measured.TryGetValue((method, samples), out var known)) Measured[(method, samples)] = known = Count(method, samples);
        return known;
    }

    private (DeviceCounters Step, DeviceCounters Cycle) Count(string method, int samples)
    {
        var step = Take(method, samples, BudgetTable.CycleIterations);
        if (!IsIterated(method)) return (step, default);
        var cycle = Take(method, samples, 2 * BudgetTable.CycleIterations) - step;
        return (step - cycle, cycle);
    }

    /// <summary>The fourth step: the first may be a warm-up, the next calls, the third records.</summary>
    private DeviceCounters Take(string text, int samples, int iterations)
    {
        var words = text.Split(' ');
        var settings = PoseProblem.SettingsOf(words[0], $"active={samples} warmup=1 tolerance=1e-30 max-krylov={iterations}");
        if (words.Length > 1) settings = settings.With("solver", words[1]);
        var (parts, generator) = (new ProblemParts<float>(_device, PoseProblem.Bare), new RandomGenerator(1, 11));
        using var method = parts.Method(settings, parts.Network.InitializeHe(generator), samples);
        var (minibatch, active) = (Samples(), Samples());
        for (var i = 0; i < 3; i++) method.Step(minibatch, active);
        var before = _device.Counters!.Value;
        var report = method.Step(minibatch, active);
        var taken = _device.Counters!.Value - before;
        if (IsIterated(text)) Assert.That(report.Solve!.Iterations, Is.EqualTo(iterations), "no solve ends by itself here");
        return taken;

        Batch<float> Samples() => RandomSamples.Create(PoseProblem.Bare, parts.Network, generator, samples);
    }

    private static bool IsIterated(string method) => method.StartsWith("hard", StringComparison.Ordinal) && method != Gram;

    private static DeviceCounters WithoutBytes(DeviceCounters counters) => counters with { BytesToDevice = 0, BytesToHost = 0 };

    private static IEnumerable<(string Name, long Value)> Numbers(DeviceCounters counters) =>
    [
        ("launches", counters.Launches), ("graph launches", counters.GraphLaunches), ("graph nodes", counters.GraphNodes),
        ("waits", counters.HostWaits), ("bytes to the device", counters.BytesToDevice), ("bytes from the device", counters.BytesToHost),
    ];
}
