using System.Text.Json;
using PoseEngine.Cpu;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tests.Cuda;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Benchmarks;

/// <summary>bench on a device that counts: launches, waits, bytes and nodes beside each time; on one that does not, nothing new.</summary>
[UsesCuda]
public sealed class CountedBenchTests
{
    private static readonly Problem Small = PoseEngine.Experiments.Problems.Problem.WithoutData(PoseProblem.Spec with { Layers = PoseProblem.SmallNetwork })!;

    [Test]
    public void ADeviceThatCountsHasItsCountersBesideEachTime()
    {
        using var device = new CudaDevices(CudaModes.Plain).Create<float>(1);
        var times = new StepBenchmark<float>(device, Small, 1) { Runs = 2, MaxKrylovIterations = 3 }.Run(2);
        var (text, json) = Written(times, device);
        using (Assert.EnterMultipleScope())
        {
            foreach (var line in times.Lines(NoFlops).Where(line => line.IsMeasured && line.Key is not (BatchKey.GramSolve or BatchKey.KrylovIteration)))
            {
                Assert.That(line.Counters?.Launches, Is.Positive, line.Name);
            }
            Assert.That(times.Counters![BatchKey.SoftSgdStep].GraphNodes, Is.Positive);
            Assert.That(times.Counters![BatchKey.SoftSgdStep].HostWaits, Is.Positive);
            Assert.That(text, Does.Contain("launches   nodes   waits   bytes to   bytes from"));
            Assert.That(json, Does.Contain("\"hardSgdStep\": {").And.Contain("\"graphLaunches\""));
            Assert.That(JsonSerializer.Deserialize<BatchTimes>(json, RunJson.Indented)!.Counters, Is.EqualTo(times.Counters));
        }
    }

    [Test]
    public void TheTableOfMethodsHasThemToo()
    {
        using var device = new CudaDevices(CudaModes.Plain).Create<float>(1);
        var row = new MethodBenchmark<float>(device, Small, 1) { Runs = 2, Minibatch = 2 }.Run(PoseProblem.Settings("soft-sgd active=2"));
        Assert.That(row.Counters?.Launches, Is.Positive);
        var (head, text) = (MethodTable.Head(isCounted: true).Split('\n')[0], MethodTable.Row(row));
        Assert.That(head, Does.EndWith("launches  nodes waits  bytes to      from"));
        Assert.That(text.TrimEnd(), Has.Length.EqualTo(head.Length));
    }

    [Test]
    public void TheCpuSaysWhatItSaid()
    {
        using var device = new CpuDevice<float>(1);
        var times = new StepBenchmark<float>(device, Small, 1) { Runs = 1, MaxKrylovIterations = 3 }.Run(2);
        var (text, json) = Written(times, device);
        Assert.That(times.Counters, Is.Null);
        Assert.That(text, Does.Not.Contain("launches"));
        Assert.That(json, Does.Not.Contain("counters").And.Not.Contain("floorMs"));
    }

    [TestCase("NVIDIA H200", "float32", 66_900, 4_800)]
    [TestCase("NVIDIA H200", "float64", 66_900, 4_800)]
    [TestCase("NVIDIA H100 PCIe", "float32", 51_200, 2_040)]
    [TestCase("NVIDIA GeForce RTX 4090", "float64", 1_290, 1_010)]
    public void ACardsPeaksAreThoseOfItsDataSheet(string card, string precision, double rate, double memory)
    {
        var peaks = CardPeaks.Of(card, precision)!.Value;
        Assert.That((peaks.Own, peaks.Memory), Is.EqualTo((rate, memory)));
        Assert.That(peaks.FloorMs(new Work(1e6 * rate)), Is.EqualTo(1).Within(1e-12), "arithmetic");
        Assert.That(peaks.FloorMs(new Work(1e6 * rate, 0, 2e6 * memory)), Is.EqualTo(2).Within(1e-12), "memory");
    }

    [Test]
    public void ACardThatNobodyKnowsHasNoFloors()
    {
        Assert.That(CardPeaks.Of("PoseEngine stand-in", "float32"), Is.Null);
        Assert.That(CardPeaks.Of(null, "float32"), Is.Null);
    }

    /// <summary>An iteration on 16 samples moves its vectors: 8.4 MB of weights, 13 times, and twice for each product.</summary>
    [Test]
    public void AKrylovIterationOfAFewSamplesIsBoundByMemory()
    {
        using var cpu = new CpuDevice<float>(1);
        var network = Network<float>.Paper(cpu);
        var times = new BatchTimes { Batch = 16, ForwardMs = 1, ForwardLopMs = 1, RopMs = 1, LopMs = 1, KrylovIterationMs = 1, Bytes = NetworkBytes.Of(network) };
        var (flops, peaks) = (NetworkFlops.Of(network), CardPeaks.Of("NVIDIA H200", "float32")!.Value);
        var bytes = (17 * 4 * 2_096_931.0) + (2 * 16 * 3 * 128 * 128);
        var floored = times.AtFloor(flops, peaks);
        Assert.That(floored.FloorMs![BatchKey.KrylovIteration], Is.EqualTo(bytes / 4.8e9).Within(1e-9));
        Assert.That(floored.FloorMs, Does.Not.ContainKey(BatchKey.SoftSgdStep), "it was not measured");
        Assert.That((times with { Batch = 128 }).AtFloor(flops, peaks).FloorMs![BatchKey.KrylovIteration], Is.EqualTo(128 * flops.KrylovProduct / 66.9e9).Within(1e-9), "bound by arithmetic");
    }

    private static NetworkFlops NoFlops { get; } = new(0, 0, 0);

    private static (string Text, string Json) Written<T>(BatchTimes times, ComputeDevice<T> device)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        => (BenchText.Batch(times, NetworkFlops.Of(Network<T>.Parse(device, Small.Input, Small.Spec.Layers, Small.Constraints)), null), JsonSerializer.Serialize(times, RunJson.Indented));
}
