using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Expressions;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Krylov;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Active sets by groups, and trainings on constraints that compare samples within them.</summary>
[Cuda.UsesCuda]
public sealed class GroupedActiveSetTests
{
    [Test]
    public void GroupsAreDrawnWithSeveralSamplesEach()
    {
        // A thousand samples of a hundred groups of ten.
        var active = new GroupedActiveSet<float>(Groups(1000, 100), new RandomGenerator(3), perGroup: 4);
        var drawn = new int[32];
        var seen = new HashSet<int>();
        for (var draw = 0; draw < 20; draw++)
        {
            active.Select(default, drawn);
            Assert.That(drawn, Is.Unique);
            Assert.That(drawn.GroupBy(k => k % 100).Select(group => group.Count()), Is.All.EqualTo(4));
            seen.UnionWith(drawn.Select(k => k % 100));
        }
        Assert.That(seen, Has.Count.GreaterThan(70), "all groups come by and by");
    }

    [Test]
    public void FewGroupsGiveMoreSamplesAndGroupsOfOneComeLast()
    {
        // Groups of 5, 2 and six of one: three of each, then what the first has left, then those alone.
        int[] labels = [0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7];
        var active = new GroupedActiveSet<float>(new Labelled(labels), new RandomGenerator(3), perGroup: 3);
        int Alone(int wanted)
        {
            var drawn = new int[wanted];
            active.Select(default, drawn);
            Assert.That(drawn, Is.Unique);
            return drawn.Count(k => k >= 7);
        }
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Alone(5), Is.Zero);
            Assert.That(Alone(13), Is.EqualTo(6));
            Assert.That(() => Alone(14), Throws.ArgumentException.With.Message.Contains("14 samples was asked of 13"));
        }
    }

    [Test]
    public void TheColumnWithTheMostGroupsIsDrawnBy()
    {
        int[] labels = [.. Enumerable.Range(0, 120).SelectMany(k => (int[])[k % 2, k % 30])];
        var active = new GroupedActiveSet<float>(new Labelled(labels, groupings: 2), new RandomGenerator(1), perGroup: 2);
        var drawn = new int[8];
        active.Select(default, drawn);
        Assert.That(drawn.GroupBy(k => k % 30).Select(group => group.Count()), Is.EqualTo(new[] { 2, 2, 2, 2 }));
    }

    [Test]
    public void PeekingDrawsNothingAndStatesContinue()
    {
        var active = new GroupedActiveSet<float>(Groups(90, 9), new RandomGenerator(8), perGroup: 3);
        var (first, ahead, next, again) = (new int[12], new int[12], new int[12], new int[12]);
        active.Select(default, first);
        Assert.That(active.TryPeek(ahead), Is.True);
        var twin = new GroupedActiveSet<float>(Groups(90, 9), new RandomGenerator(1), perGroup: 3) { State = active.State };
        active.Select(default, next);
        twin.Select(default, again);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(next, Is.EqualTo(ahead));
            Assert.That(again, Is.EqualTo(next));
            Assert.That(next, Is.Not.EqualTo(first));
        }
    }

    [Test]
    public void WhatCannotBeDrawnIsRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => new GroupedActiveSet<float>(new NumberedSamples(5), new RandomGenerator(1)), Throws.ArgumentException.With.Message.Contains("samples have groups"));
            Assert.That(() => new GroupedActiveSet<float>(Groups(6, 2), new RandomGenerator(1), perGroup: 1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 2, got 1"));
        }
    }

    [TestCase("soft-adam")]
    [TestCase("hard-sgd gram")]
    [TestCase("hard-sgd")]
    [TestCase("hard-lm")]
    public void RecordedStepsGiveTheBitsOfPlainOnes(string name)
    {
        using var plain = new CpuDevice<double>(1);
        using var cycling = new CyclingDevice<double>();
        Assert.That(Train(cycling, name), Is.EqualTo(Train(plain, name)));
    }

    [TestCase("soft-adam", "cuda-checked")]
    [TestCase("hard-sgd gram", "cuda-checked")]
    [TestCase("soft-adam", "cuda-gpu")]
    [TestCase("hard-sgd gram", "cuda-gpu")]
    public void DevicesTrainAlike(string name, string deviceName)
    {
        using var plain = new CpuDevice<double>(1);
        using var device = Devices.Create<double>(deviceName);
        Assert.That(Train(device, name), Is.EqualTo(Train(plain, name)).Within(1e-9));
    }

    [Test]
    public void ATrainerDrawsByGroupsWhereThereAreSome()
    {
        using var device = new CpuDevice<double>(1);
        using var trainer = Trainer(device, "soft-adam", out _);
        var spreads = new List<double>();
        trainer.Stepped += (_, step) => spreads.Add(step.ActiveViolation[0]);
        trainer.Train();
        Assert.That(spreads, Is.All.Positive, "pairs of a group, where six of 600 samples in 200 groups drawn one by one would hold none");
    }

    private static double[] Train(ComputeDevice<double> device, string name)
    {
        using var trainer = Trainer(device, name, out var w);
        trainer.Train();
        return w.ToArray();
    }

    /// <summary>Four steps on six active samples of groups of two to six: their number changes from step to step.</summary>
    private static Trainer<double> Trainer(ComputeDevice<double> device, string name, out Tensor<double> w)
    {
        var random = new RandomGenerator(5);
        double[] Normal(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextNormal())];
        var source = new ArraySource<double>(Normal(600 * 4), new Shape(4), Normal(600 * 6)) { Groups = [.. Enumerable.Range(0, 600).Select(k => k % 3 == 0 ? k % 99 : k % 200)] };
        var network = new Network<double>(device, new Shape(4), LayerSpec.ParseNetwork("dense8,tanh,dense6"));
        w = network.InitializeHe(new RandomGenerator(3));
        var set = ConstraintSet<double>.Parse(device, new ExpressionVariables(6, ["p", "q"]), new ConstraintText("length", "same within subject: distance(p, q)"));
        var (risk, function) = (new ResidualRisk<double>(network, 5), new OutputConstraintFunction<double>(network, set, 6));
        TrainingMethod<double> method = name switch
        {
            "soft-adam" => new SoftAdam<double>(risk, w, new AdamOptions(), new SoftConstraint<double>(function, 0.1)),
            "hard-lm" => new HardGaussNewton<double>(risk, function, w, new HardGaussNewtonOptions(50, Adapts: true)),
            _ => new HardSgd<double>(risk, function, w, new HardSgdOptions(50) { Solver = name == "hard-sgd" ? KktSolver.MinresQlp : KktSolver.Gram }),
        };
        return new Trainer<double>(method, new TrainingData<double>(source) { Seed = 2 }, new TrainerOptions(4));
    }

    private static Labelled Groups(int samples, int groups) => new([.. Enumerable.Range(0, samples).Select(k => k % groups)]);

    private sealed class Labelled(int[] labels, int groupings = 1) : ISampleSource
    {
        public int Count => labels.Length / groupings;

        public int Outputs => 0;

        public int Groupings => groupings;

        public int GroupOf(int index, int grouping) => labels[(index * groupings) + grouping];

        public void CopyTarget(int index, Span<double> target)
        {
        }
    }
}
