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
    [TestCase("soft-sgd", false)]
    [TestCase("hard-sgd gram", false)]
    [TestCase("hard-sgd minres-qlp", true)]
    public void NothingIsLeftBehindATraining(string method, bool mines)
    {
        using var device = Devices.Create<float>(deviceName);
        // Kernels keep their scratch memory for as long as the device lives.
        var constraint = new LimbSymmetry<float>(device, 4, (0, 1, 2, 3));
        Train(device, constraint, method, mines);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = Held(device);
        for (var i = 0; i < times; i++)
        {
            Train(device, constraint, method, mines);
            Assert.That(Held(device), Is.EqualTo(before), $"training {i}");
        }
        GC.KeepAlive(constraint);
    }

    private static void Train(ComputeDevice<float> device, IOutputConstraint<float> constraint, string name, bool mines)
    {
        const int batch = 4, active = 2;
        var source = new Greys();
        var network = new Network<float>(device, new Shape(2, 8, 8), LayerSpec.ParseNetwork("conv3x3,pool2,relu,dense8,relu,dense12"));
        var w = network.InitializeHe(new RandomGenerator(1));
        var function = new OutputConstraintFunction<float>(network, constraint, active);
        using TrainingMethod<float> method = name == "soft-sgd"
            ? new SoftSgd<float>(new ResidualRisk<float>(network, batch), w, 100, new SoftConstraint<float>(function, 0.1), momentum: 0.5)
            : new HardSgd<float>(
                new ResidualRisk<float>(network, batch), function, w, new HardSgdOptions(100) { Solver = name.EndsWith("gram", StringComparison.Ordinal) ? KktSolver.Gram : KktSolver.MinresQlp });
        using var images = mines ? ResidentImages<float>.Create(device, source) : null;
        using var evaluator = new Evaluator<float>(network, source, batch: 5, constraint: constraint);
        var data = new TrainingData<float>(source)
        {
            Images = images,
            ActiveSampler = mines ? generator => new MinedActiveSet<float>(new ViolationScorer<float>(network, constraint, source, 1, images), source.Count, 6, generator) : null,
        };
        using var trainer = new Trainer<float>(method, data, new TrainerOptions(2) { KeepsBest = true })
        {
            Evaluation = (_, cancellation) => evaluator.Evaluate(w, cancellation: cancellation).Rmse,
        };
        trainer.Train();
        w.Storage.Dispose();
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
