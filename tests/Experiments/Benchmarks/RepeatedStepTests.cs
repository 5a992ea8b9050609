using PoseEngine.Cpu;
using PoseEngine.Experiments.Benchmarks;
using PoseEngine.Experiments.Runs;
using PoseEngine.Functions;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Benchmarks;

/// <summary>What is measured again and again is one step, also of methods that change something beside w.</summary>
public sealed class RepeatedStepTests
{
    [TestCase("hard-lm")]
    [TestCase("hard-adam")]
    [TestCase("soft-adam")]
    [TestCase("soft-sgd")]
    public void EveryStepIsTheSame(string method)
    {
        using var device = new CpuDevice<float>(2);
        var parts = new ProblemParts<float>(device, PoseProblem.Bare);
        var generator = new RandomGenerator(1, 2);
        var settings = PoseProblem.SettingsOf(method, "active=2 max-krylov=2 warmup=1");
        Batch<float> Samples() => RandomSamples.Create(PoseProblem.Bare, parts.Network, generator, 2);
        var step = new RepeatedStep<float>(settings, parts, parts.Network.InitializeHe(generator), Samples(), Samples());
        var first = step.Take();
        Assert.That(first.Solve is not null, Is.EqualTo(settings.IsHard), "a hard method is measured where it solves");
        for (var i = 0; i < 2; i++)
        {
            var next = step.Take();
            Assert.That(
                (next.Iteration, next.Loss, next.StepNorm, next.MultiplierNorm, next.Eta, next.GainRatio),
                Is.EqualTo((first.Iteration, first.Loss, first.StepNorm, first.MultiplierNorm, first.Eta, first.GainRatio)));
        }
    }
}
