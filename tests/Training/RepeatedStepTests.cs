using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>What is measured again and again is one step, also of methods that change something beside w.</summary>
public sealed class RepeatedStepTests
{
    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void EveryStepIsTheSame(string name)
    {
        using var device = new CpuDevice<double>(2);
        var problem = new StepProblem(device);
        using var method = problem.Method(name, problem.Symmetry);
        var start = problem.Network.InitializeHe(new RandomGenerator(4));
        var step = new RepeatedStep<double>(method, start, Samples(problem, 5), Samples(problem, 6));
        var before = start.ToArray();
        var first = step.Take();
        var after = method.Parameters.ToArray();
        Assert.That(first.Solve is not null, Is.EqualTo(method is HardMethod<double>), "a hard method is measured where it solves");
        Assert.That(after, Is.Not.EqualTo(before));
        for (var i = 0; i < 2; i++)
        {
            var next = step.Take();
            Assert.That(
                (next.Iteration, next.Loss, next.StepNorm, next.MultiplierNorm, next.Eta, next.GainRatio),
                Is.EqualTo((first.Iteration, first.Loss, first.StepNorm, first.MultiplierNorm, first.Eta, first.GainRatio)));
            Assert.That(method.Parameters.ToArray(), Is.EqualTo(after));
        }
        Assert.That(start.ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void AStartOfAnotherLengthIsRefused()
    {
        using var device = new CpuDevice<double>(1);
        var problem = new StepProblem(device);
        using var method = problem.Method("soft-sgd", problem.Symmetry);
        Assert.That(
            () => new RepeatedStep<double>(method, device.Zeros(3), default, default),
            Throws.ArgumentException.With.Message.StartsWith($"the parameters before a repeated step expects {problem.Parameters.Count}, got 3"));
    }

    private static Batch<double> Samples(StepProblem problem, ulong seed)
    {
        var (device, random) = (problem.Network.Device, new RandomGenerator(seed));
        Tensor<double> Normal(Shape shape) => device.From([.. Enumerable.Range(0, shape.Count).Select(_ => random.NextNormal())], shape);
        return new Batch<double>(Normal(problem.Network.Input.Prepend(3)), Normal(problem.Network.Output.Prepend(3)));
    }
}
