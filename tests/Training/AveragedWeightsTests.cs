using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>The average of the weights over steps is the model, and training goes on from the weights themselves.</summary>
[TestFixture("cpu-scalar")]
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class AveragedWeightsTests(string deviceName) : DeviceFixture<double>(deviceName)
{
    private const double Decay = 0.6;
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    /// <summary>d_t is 0, 1/2, and then 0.6: the mean of two steps, and what is forgotten exponentially from there.</summary>
    [Test]
    public void TheAverageIsWhatItSays()
    {
        var expected = new List<double[]> { Network().InitializeHe(new RandomGenerator(3)).ToArray() };
        var seen = new List<double[]>();
        var weights = new List<double[]>();
        using var run = new Run(this, Options(5));
        run.Trainer.Stepped += (_, step) =>
        {
            weights.Add(run.W.ToArray());
            var d = new[] { 0, 0.5, 0.6, 0.6, 0.6 }[step.Iteration - 1];
            expected.Add([.. expected[^1].Zip(run.W.ToArray(), (a, w) => (d * a) + ((1 - d) * w))]);
        };
        run.Seen = seen;
        run.Trainer.Train();

        using var plain = new Run(this, Options(5) with { Average = 0 });
        var raw = new List<double[]>();
        plain.Trainer.Stepped += (_, _) => raw.Add(plain.W.ToArray());
        plain.Trainer.Train();
        Assert.That(weights, Is.EqualTo(raw), "training takes no notice");
        Assert.That(seen, Has.Count.EqualTo(6));
        for (var i = 0; i < seen.Count; i++) Assert.That(seen[i], Is.EqualTo(expected[i]).Within(1e-14), $"evaluated behind step {i}");
        Assert.That(run.Trainer.Kept.ToArray(), Is.EqualTo(seen[^1]).And.Not.EqualTo(run.W.ToArray()));
        Assert.That(plain.Trainer.Kept.ToArray(), Is.EqualTo(plain.W.ToArray()));
    }

    [Test]
    public void KStepsAndKStepsAreTwoKSteps([Values] bool keepsBest)
    {
        using var whole = new Run(this, Options(6) with { KeepsBest = keepsBest });
        whole.Trainer.Train();
        using (var first = new Run(this, Checkpointed(3, keepsBest))) first.Trainer.Train();
        using var rest = new Run(this, Checkpointed(6, keepsBest));
        Assert.That(rest.Trainer.Resume());
        rest.Trainer.Train();
        Assert.That(rest.W.ToArray(), Is.EqualTo(whole.W.ToArray()));
        Assert.That(rest.Trainer.Model.ToArray(), Is.EqualTo(whole.Trainer.Model.ToArray()));
        Assert.That(rest.Trainer.Kept.ToArray(), Is.EqualTo(whole.Trainer.Kept.ToArray()));
    }

    [TestCase(1)]
    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    public void ADecayIsBelowOne(double decay)
        => Assert.That(() => new Run(this, Options(1) with { Average = decay }), Throws.InstanceOf<ArgumentOutOfRangeException>());

    private static TrainerOptions Options(int iterations) => new(iterations) { Average = Decay, EvaluateEvery = 1 };

    private TrainerOptions Checkpointed(int iterations, bool keepsBest)
        => Options(iterations) with { KeepsBest = keepsBest, Checkpoints = new CheckpointFiles(_folder, "run") };

    private Network<double> Network() => Network<double>.Parse(Device, "5", "dense8,relu,dense3");

    /// <summary>A few samples, and Adam on them; the figure of an evaluation is largest in the middle.</summary>
    private sealed class Run : IDisposable
    {
        private const int Samples = 10;
        private readonly SoftAdam<double> _method;

        public Run(AveragedWeightsTests of, TrainerOptions options)
        {
            var network = of.Network();
            W = network.InitializeHe(new RandomGenerator(3));
            var random = new RandomGenerator(4);
            double[] Normals(int width) => [.. Enumerable.Range(0, Samples * width).Select(_ => random.NextNormal())];
            _method = new SoftAdam<double>(new ResidualRisk<double>(network, 4), W, new AdamOptions(0.05), null);
            var data = new TrainingData<double>(new ArraySource<double>(Normals(5), new Shape(5), Normals(3), [])) { Seed = 7 };
            Trainer = new Trainer<double>(_method, data, options)
            {
                Network = network,
                Evaluation = (_, _) =>
                {
                    Seen.Add(Trainer!.Model.ToArray());
                    return Math.Abs(_method.Iteration - 2);
                },
            };
        }

        public Trainer<double> Trainer { get; }

        public Tensor<double> W { get; }

        public List<double[]> Seen { get; set; } = [];

        public void Dispose()
        {
            Trainer.Dispose();
            _method.Dispose();
        }
    }
}
