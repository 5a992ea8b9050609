using PoseEngine.Cpu;
using PoseEngine.Experiments.Runs;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>
/// Steps of every method on the CUDA device against the same steps on the CPU, in float64: the fourth step has gone through
/// every way that a recording can run.
/// </summary>
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class CudaStepTests(string deviceName)
{
    private const int Steps = 4;
    private const int Samples = 3;
    private static readonly Shape Image = new(2, 16, 16);
    private static readonly Problem Problem = PoseEngine.Experiments.Problems.Problem.WithoutData(
        PoseProblem.Spec with { Input = "2x16x16", Layers = "conv4x5,pool2,relu,conv3x3,pool2,relu,dense12,relu,dense51" })!;

    [TestCase("unconstrained")]
    [TestCase("soft-sgd")]
    [TestCase("soft-adam")]
    [TestCase("hard-sgd")]
    public void StepsAreThoseOfTheCpu(string method)
    {
        using var cpu = new CpuDevice<double>(1);
        using var cuda = Devices.Create<double>(deviceName);
        var (expected, actual) = (Train(cpu, method), Train(cuda, method));
        for (var i = 0; i < Steps; i++)
        {
            Assert.That(actual.Reports[i].Loss, Is.EqualTo(expected.Reports[i].Loss).Within(1e-9).Percent, $"loss of step {i + 1}");
            // A hard step leaves differences of lengths of size one: their rounding is that of the lengths.
            Assert.That(actual.Reports[i].ActiveViolation, Is.EqualTo(expected.Reports[i].ActiveViolation).Within(1e-9), $"violation before step {i + 1}");
        }
        var scale = expected.Parameters.Max(Math.Abs);
        Assert.That(actual.Parameters, Is.EqualTo(expected.Parameters).Within(1e-9 * scale));
    }

    [TestCase("soft-adam")]
    [TestCase("hard-sgd")]
    public void TwoRunsGiveTheSameBits(string method)
    {
        using var first = Devices.Create<double>(deviceName);
        using var second = Devices.Create<double>(deviceName);
        Same.Numbers<double>(Train(first, method).Parameters, Train(second, method).Parameters);
    }

    private static (StepReport[] Reports, double[] Parameters) Train(ComputeDevice<double> device, string method)
    {
        var parts = new ProblemParts<double>(device, Problem);
        var generator = new RandomGenerator(5);
        var w = parts.Network.InitializeHe(generator);
        var training = parts.Method(PoseProblem.SettingsOf(method, $"active={Samples} eta=1000 lambda=1e-2 tolerance=1e-12"), w, Samples);
        var (batch, active) = (Draw(device, generator), Draw(device, generator));
        var reports = Enumerable.Range(0, Steps).Select(_ => training.Step(batch, method == "unconstrained" ? null : active)).ToArray();
        return (reports, w.ToArray());
    }

    private static Batch<double> Draw(ComputeDevice<double> device, RandomGenerator generator) => new(
        device.From(Normal(generator, Samples * Image.Count, 0.5), Image.Prepend(Samples)),
        device.From(Normal(generator, Samples * 51, 2), new Shape(Samples, 51)));

    private static double[] Normal(RandomGenerator generator, int count, double deviation)
        => [.. Enumerable.Range(0, count).Select(_ => deviation * generator.NextNormal())];
}
