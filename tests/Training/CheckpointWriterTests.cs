using PoseEngine.Cuda;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Checkpoints are written while training goes on, and are those of their moment.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-shuffled")]
[TestFixture("cuda-gpu")]
public sealed class CheckpointWriterTests(string deviceName)
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    /// <summary>Steps behind a checkpoint overwrite w and the moments before the copy is written, and on a lazy stream before it is made.</summary>
    [Test]
    public void EachHoldsTheNumbersOfItsIteration()
    {
        using var run = new Run(deviceName);
        var (moments, saved) = (new Dictionary<long, double[][]> { [0] = run.Vectors() }, new List<long>());
        using var trainer = run.Trainer(new TrainerOptions(7) { Checkpoints = Files, CheckpointEvery = 1 });
        trainer.Stepped += (_, step) => moments[step.Iteration] = run.Vectors();
        trainer.Saved += (_, path) =>
        {
            var file = SafeTensorsFile.Load(path);
            var iteration = long.Parse(file.Metadata["iteration"], System.Globalization.CultureInfo.InvariantCulture);
            saved.Add(iteration);
            double[][] kept = [file.Tensors["w"].As<double>().ToArray(), file.Tensors["state.adam.m"].As<double>().ToArray(), file.Tensors["state.adam.v"].As<double>().ToArray()];
            Assert.That(kept, Is.EqualTo(moments[iteration]), $"iteration {iteration}");
        };
        trainer.Train();
        Assert.That(saved, Is.EqualTo([0, 1, 2, 3, 4, 5, 6, 7]));
        Assert.That(Files.NewestFirst().Select(Path.GetFileName), Is.EqualTo(["run@7.safetensors", "run@6.safetensors"]));
    }

    /// <summary>The step's own wait is all that there is.</summary>
    [Test]
    public void BetweenStepsNobodyWaitsForOne()
    {
        using var run = new Run(deviceName);
        if (run.Device is not CudaDevice<double> cuda) Assert.Ignore("nothing is counted on the CPU, where nothing is waited for");
        else
        {
            var (waits, bytes) = (new List<long>(), new List<long>());
            using var trainer = run.Trainer(new TrainerOptions(8) { Checkpoints = Files, CheckpointEvery = 2 });
            trainer.Stepped += (_, _) =>
            {
                waits.Add(cuda.Counters!.Value.HostWaits);
                bytes.Add(cuda.Counters!.Value.BytesToHost);
            };
            trainer.Train();
            long[] taken = [.. waits.Zip(waits.Skip(1), (a, b) => b - a)];
            Assert.That(taken[3..], Is.All.EqualTo(taken[^1]).And.All.EqualTo(1));
            // Seven steps lie between the first and the last look, three checkpoints begin there.
            Assert.That(bytes[^1] - bytes[0], Is.GreaterThan(3 * 3 * sizeof(double) * run.W.Count));
        }
    }

    /// <summary>The disk's refusal is told at a later step or at the end; the same trainer goes on when it is mended, to the same bits.</summary>
    [TestCase(1)]
    [TestCase(4)]
    public void ARefusalIsHeardAndCanBeMended(int last)
    {
        using Run whole = new(deviceName), run = new(deviceName);
        using (var trainer = whole.Trainer(new TrainerOptions(last))) trainer.Train();
        var (folder, steps) = (Path.Combine(_folder, "here"), 0);
        File.WriteAllText(folder, "in the way");
        using var refused = run.Trainer(new TrainerOptions(last) { Checkpoints = new CheckpointFiles(folder, "run") });
        refused.Stepped += (_, _) => steps++;
        Assert.That(() => refused.Train(), Throws.InstanceOf<IOException>().With.Message.StartsWith("cannot write ").And.Message.Contains("free space there"));
        File.Delete(folder);
        refused.Train();
        Assert.That(steps, Is.EqualTo(last));
        Assert.That(run.W.ToArray(), Is.EqualTo(whole.W.ToArray()));
        Assert.That(Path.GetFileName(new CheckpointFiles(folder, "run").Newest), Is.EqualTo($"run@{last}.safetensors"));
    }

    /// <summary>A file that could not be written is noted when the next one is due, which is tried all the same.</summary>
    [Test]
    public void TheNextOneStandsForOneThatWasRefused()
    {
        using var run = new Run(deviceName);
        var (folder, saved, noted) = (Path.Combine(_folder, "here"), new List<string>(), new List<string>());
        File.WriteAllText(folder, "in the way");
        using var writer = new CheckpointWriter<double>(new CheckpointFiles(folder, "run"), new Checkpoint<double>("soft-adam", run.W), run.Device)
        {
            Saved = path => saved.Add(Path.GetFileName(path)),
            Noted = note =>
            {
                noted.Add(note);
                File.Delete(folder);
            },
        };
        writer.Begin(1, new Dictionary<string, double>());
        writer.Begin(2, new Dictionary<string, double>());
        writer.Finish();
        Assert.That(noted, Has.Count.EqualTo(1).And.All.StartsWith("cannot write "));
        Assert.That(saved, Is.EqualTo(["run@2.safetensors"]));
        Assert.That(writer.Latest, Is.EqualTo(2));
    }

    /// <summary>What breaks a later step off is what the caller hears; the checkpoint that was under way is whole.</summary>
    [Test]
    public void AStepThatFailsLosesNoCheckpoint()
    {
        using var run = new Run(deviceName);
        using var trainer = run.Trainer(new TrainerOptions(4) { Checkpoints = Files, CheckpointEvery = 2 });
        trainer.Stepped += (_, step) =>
        {
            if (step.Iteration == 3) throw new InvalidOperationException("nobody listens any more");
        };
        Assert.That(() => trainer.Train(), Throws.InvalidOperationException.With.Message.EqualTo("nobody listens any more"));
        using var resumed = new Run(deviceName);
        using var rest = resumed.Trainer(new TrainerOptions(4) { Checkpoints = Files });
        Assert.That((rest.Resume(), resumed.Method.Iteration), Is.EqualTo((true, 2)));
    }

    private CheckpointFiles Files => new(_folder, "run");

    /// <summary>Adam on a network of one layer, saved as plain vectors.</summary>
    private sealed class Run : IDisposable
    {
        private const int Inputs = 5, Outputs = 3, Samples = 10;
        private readonly ArraySource<double> _source;

        public Run(string deviceName)
        {
            Device = Devices.Create<double>(deviceName);
            var network = new Network<double>(Device, new Shape(Inputs), LayerSpec.ParseNetwork("dense3"));
            var random = new RandomGenerator(4);
            W = network.InitializeHe(new RandomGenerator(3));
            _source = new ArraySource<double>(Normals(Inputs), new Shape(Inputs), Normals(Outputs));
            Method = new SoftAdam<double>(new ResidualRisk<double>(network, 4), W, new AdamOptions(), null);

            double[] Normals(int width) => [.. Enumerable.Range(0, Samples * width).Select(_ => random.NextNormal())];
        }

        public ComputeDevice<double> Device { get; }

        public Tensor<double> W { get; }

        public SoftAdam<double> Method { get; }

        public double[][] Vectors() => [W.ToArray(), .. Method.State.Select(s => s.Vector.ToArray())];

        public Trainer<double> Trainer(TrainerOptions options) => new(Method, new TrainingData<double>(_source) { Seed = 7 }, options);

        public void Dispose()
        {
            Method.Dispose();
            W.Storage.Dispose();
            Device.Dispose();
        }
    }
}
