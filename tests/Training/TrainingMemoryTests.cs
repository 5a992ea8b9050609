using PoseEngine.Constraints;
using PoseEngine.Cuda;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>
/// Whatever training takes it gives back: device memory, graphs, pinned memory. The stand-in runs kernels slowly, so it
/// trains fewer times.
/// </summary>
[TestFixture("cpu-simd", 100)]
[TestFixture("cuda-plain", 5)]
[TestFixture("cuda-gpu", 100)]
public sealed class TrainingMemoryTests(string deviceName, int times)
{
    private const int Few = 3;

    [TestCase("soft-sgd", false)]
    [TestCase("hard-sgd gram", false)]
    [TestCase("hard-sgd minres-qlp", true)]
    public void NothingIsLeftBehindATraining(string method, bool mines)
        => NothingIsLeftBehind(times, (device, constraint) => Train(device, constraint, method, mines));

    [TestCase("hard-adam")]
    [TestCase("hard-lm")]
    public void NorBehindTheOtherHardMethods(string method)
        => NothingIsLeftBehind(Few, (device, constraint) => Train(device, constraint, method, mines: false));

    /// <summary>Checkpoints are written, the second step breaks off within its solve.</summary>
    [TestCase("hard-sgd minres-qlp")]
    [TestCase("hard-adam")]
    public void NorBehindASavedTrainingThatBreaksOff(string method)
    {
        var folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;
        try
        {
            NothingIsLeftBehind(Few, (device, constraint) =>
            {
                var hooked = new HookedConstraint<float>(constraint);
                Assert.That(
                    () => Train(device, hooked, method, mines: false, new CheckpointFiles(folder, "run"), _ => hooked.BeforeRop = () => throw new InvalidOperationException("no value here")),
                    Throws.InvalidOperationException.With.Message.EqualTo("no value here"));
            });
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Test]
    public void WhatIsRefusedTakesNoMemory()
    {
        using var device = Devices.Create<float>(deviceName);
        var source = new Greys();
        var network = new Network<float>(device, new Shape(2, 8, 8), LayerSpec.ParseNetwork("dense12"));
        var w = network.InitializeHe(new RandomGenerator(1));
        var risk = new ResidualRisk<float>(network, 4);
        var function = new OutputConstraintFunction<float>(network, new LimbSymmetry<float>(device, 4, (0, 1, 2, 3)), 2);
        var before = Held(device);
        Action[] refused =
        [
            () => _ = new SoftSgd<float>(risk, w, 100, null, momentum: 1),
            () => _ = new SoftAdam<float>(risk, w, new AdamOptions(Rate: 0), null),
            () => _ = new HardSgd<float>(risk, function, w, new HardSgdOptions(0)),
            () => _ = new HardSgd<float>(risk, function, w, new HardSgdOptions(1) { Schedule = RateSchedule.Cosine(5) }),
            () => _ = new HardAdam<float>(risk, function, w, new HardAdamOptions(1) { Warmup = -1 }),
            () => _ = new HardGaussNewton<float>(risk, function, w, new HardGaussNewtonOptions(1e-300, Adapts: true)),
        ];
        foreach (var (attempt, i) in refused.Select((attempt, i) => (attempt, i)))
        {
            Assert.That(attempt, Throws.InstanceOf<ArgumentException>(), $"attempt {i}");
            Assert.That(Held(device), Is.EqualTo(before), $"attempt {i}");
        }
        using var method = new HardSgd<float>(risk, function, w, new HardSgdOptions(100));
        before = Held(device);
        var data = new TrainingData<float>(source) { ActiveSampler = _ => throw new InvalidOperationException("none") };
        Assert.That(() => new Trainer<float>(method, data, new TrainerOptions(1)), Throws.InvalidOperationException);
        Assert.That(() => new Trainer<float>(method, data with { ActiveSampler = null }, new TrainerOptions(1) { EvaluateEvery = 0 }), Throws.InstanceOf<ArgumentException>());
        Assert.That(Held(device), Is.EqualTo(before));
    }

    private void NothingIsLeftBehind(int rounds, Action<ComputeDevice<float>, IOutputConstraint<float>> train)
    {
        using var device = Devices.Create<float>(deviceName);
        // Kernels keep their scratch memory for as long as the device lives.
        var constraint = new LimbSymmetry<float>(device, 4, (0, 1, 2, 3));
        train(device, constraint);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Held(device);
        for (var i = 0; i < rounds; i++)
        {
            train(device, constraint);
            Assert.That(Held(device), Is.EqualTo(before), $"training {i}");
        }
        GC.KeepAlive(constraint);
    }

    private static void Train(
        ComputeDevice<float> device, IOutputConstraint<float> constraint, string name, bool mines,
        CheckpointFiles? checkpoints = null, Action<StepReport>? stepped = null)
    {
        const int batch = 4, active = 2;
        var source = new Greys();
        var network = new Network<float>(device, new Shape(2, 8, 8), LayerSpec.ParseNetwork("conv3x3,pool2,relu,dense8,relu,dense12"));
        var w = network.InitializeHe(new RandomGenerator(1));
        var function = new OutputConstraintFunction<float>(network, constraint, active);
        using var memory = w.Storage;
        var risk = new ResidualRisk<float>(network, batch);
        using TrainingMethod<float> method = name switch
        {
            "soft-sgd" => new SoftSgd<float>(risk, w, 100, new SoftConstraint<float>(function, 0.1), momentum: 0.5),
            "hard-adam" => new HardAdam<float>(risk, function, w, new HardAdamOptions(10_000) { Warmup = 1, Moments = new AdamOptions(Epsilon: 1e-2) }),
            "hard-lm" => new HardGaussNewton<float>(risk, function, w, new HardGaussNewtonOptions(100, Adapts: true)),
            _ => new HardSgd<float>(
                risk, function, w, new HardSgdOptions(100) { Solver = name.EndsWith("gram", StringComparison.Ordinal) ? KktSolver.Gram : KktSolver.MinresQlp }),
        };
        using var images = mines ? ResidentImages<float>.Create(device, source) : null;
        using var evaluator = new Evaluator<float>(network, source, batch: 5, constraint: constraint);
        var data = new TrainingData<float>(source)
        {
            Images = images,
            ActiveSampler = mines ? generator => new MinedActiveSet<float>(new ViolationScorer<float>(network, constraint, source, 1, images), source.Count, 6, generator) : null,
        };
        using var trainer = new Trainer<float>(method, data, new TrainerOptions(2) { KeepsBest = true, Checkpoints = checkpoints, CheckpointEvery = 1 })
        {
            Evaluation = (_, cancellation) => evaluator.Evaluate(w, cancellation: cancellation).Rmse,
        };
        trainer.Stepped += (_, step) => stepped?.Invoke(step);
        trainer.Train();
    }

    private static (long Bytes, int Graphs, long Pinned) Held(ComputeDevice<float> device)
        => device is CudaDevice<float> cuda
            ? (device.LiveBytes, cuda.Context.LiveGraphs, cuda.Context.PinnedBytes)
            : (device.LiveBytes, 0, 0);

    /// <summary>Twelve images of one shade each.</summary>
    private sealed class Greys : IImageSource
    {
        public int Count => 12;

        public Shape Image { get; } = new(8, 8, 2);

        public int Outputs => 12;

        public void CopyImage(int index, Span<byte> image) => image.Fill((byte)(20 * index));

        public void CopyTarget(int index, Span<double> target) => target.Fill(index);
    }
}
