using System.Numerics;
using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>What a checkpoint keeps, and which runs it refuses.</summary>
public sealed class CheckpointTests
{
    private const string Small = "dense12";
    private static readonly Dictionary<string, string> Settings = new() { ["eta"] = "50", ["activeSet"] = "random" };
    private static readonly Dictionary<string, double> Notes = new() { ["seconds"] = 0.1, ["best_error_mm"] = double.PositiveInfinity };
    private string _folder = null!;

    private string File => Path.Combine(_folder, "model@2.safetensors");

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    [Test]
    public void EveryNumberComesBack()
    {
        using var run = new Run<double>();
        run.Method.State[0].Vector.CopyFrom([.. Enumerable.Range(0, run.Method.State[0].Vector.Count).Select(i => i / 3.0)]);
        foreach (var (_, sampler) in run.Checkpoint.Samplers) sampler.Select(run.Method.Parameters, new int[3]);
        run.Checkpoint.Curves[0].Numbers[2] = 1 / 3.0;
        run.Checkpoint.Save(File, 7, Notes);

        using var twin = new Run<double>(seed: 9);
        var (iteration, notes) = twin.Checkpoint.Restore(File);
        Assert.That(notes, Is.EqualTo(Notes));
        Assert.That(iteration, Is.EqualTo(7));
        Assert.That(twin.Method.Parameters.ToArray(), Is.EqualTo(run.Method.Parameters.ToArray()));
        foreach (var ((_, actual), (name, expected)) in twin.Method.State.Zip(run.Method.State))
        {
            Assert.That(actual.ToArray(), Is.EqualTo(expected.ToArray()), name);
        }
        Assert.That(twin.Checkpoint.Samplers.Select(s => s.Sampler.State), Is.EqualTo(run.Checkpoint.Samplers.Select(s => s.Sampler.State)));
        Assert.That(twin.Checkpoint.Curves[0].Numbers, Is.EqualTo(run.Checkpoint.Curves[0].Numbers));
    }

    [Test]
    public void AnotherRunIsRefusedWithBothValues()
    {
        using (var run = new Run<double>()) run.Checkpoint.Save(File, 7, Notes);
        Refuses<double>("method is soft-adam, this run's is unconstrained", constrained: false);
        Refuses<double>("network is dense12, this run's is dense24,relu,dense12", network: "dense24,relu,dense12");
        Refuses<float>("precision is float64, this run's is float32");
        Refuses<double>("eta is 50, this run's is 60", change: settings => settings["eta"] = "60");
        Refuses<double>("activeSet is random, this run's is mined", change: settings => settings["activeSet"] = "mined");
        Refuses<double>("scale is (none), this run's is 2", change: settings => settings["scale"] = "2");
        Refuses<double>("eta is 50, this run's is (none)", change: settings => settings.Remove("eta"));
    }

    /// <summary>Every byte of the file counts: names, metadata, numbers.</summary>
    [Test]
    public void AnyChangedByteIsFound()
    {
        using var run = new Run<double>();
        run.Checkpoint.Save(File, 7, Notes);
        var bytes = System.IO.File.ReadAllBytes(File);
        var random = new RandomGenerator(5);
        for (var trial = 0; trial < 60; trial++)
        {
            var damaged = (byte[])bytes.Clone();
            // Not the spaces that fill the header up: they mean nothing.
            int place;
            do place = random.NextInt(bytes.Length);
            while (damaged[place] == (byte)' ');
            damaged[place] ^= (byte)(1 << random.NextInt(8));
            System.IO.File.WriteAllBytes(File, damaged);
            Assert.That(() => run.Checkpoint.Restore(File), Throws.InstanceOf<ModelFileException>(), $"byte {place}");
        }
    }

    [Test]
    public void TheLastTwoAreKeptWhateverTheirNames()
    {
        var files = new CheckpointFiles(_folder, "soft");
        foreach (var name in (string[])["soft@9.safetensors", "soft@10.safetensors", "soft@100.safetensors", "soft@x.safetensors", "soft-sgd@1.safetensors", "soft@100.safetensors.7.tmp"])
        {
            System.IO.File.WriteAllText(Path.Combine(_folder, name), "");
        }
        Assert.That(files.NewestFirst().Select(Path.GetFileName), Is.EqualTo(["soft@100.safetensors", "soft@10.safetensors", "soft@9.safetensors"]));
        files.DropOld();
        Assert.That(files.NewestFirst().Select(Path.GetFileName), Is.EqualTo(["soft@100.safetensors", "soft@10.safetensors"]));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(5));
        Assert.That(files.PathAt(12), Is.EqualTo(Path.Combine(_folder, "soft@12.safetensors")));
    }

    private void Refuses<T>(string message, bool constrained = true, string network = Small, Action<Dictionary<string, string>>? change = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var run = new Run<T>(constrained: constrained, network: network);
        var settings = new Dictionary<string, string>(Settings);
        change?.Invoke(settings);
        var checkpoint = run.Checkpoint with { Settings = settings };
        Assert.That(() => checkpoint.Restore(File), Throws.TypeOf<OtherRunException>().With.Message.Contains($"the checkpoint's {message}"));
    }

    /// <summary>Soft-Adam on twelve outputs.</summary>
    private sealed class Run<T> : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly CpuDevice<T> _device = new(1);

        public Run(ulong seed = 1, bool constrained = true, string network = Small)
        {
            var phi = new Network<T>(_device, new Shape(3), LayerSpec.ParseNetwork(network));
            var soft = new SoftConstraint<T>(new OutputConstraintFunction<T>(phi, new LimbSymmetry<T>(_device, 4, (0, 1, 2, 3)), 3), 0.1);
            Method = new SoftAdam<T>(
                new ResidualRisk<T>(phi, 2), phi.InitializeHe(new RandomGenerator(seed)), new AdamOptions(), constrained ? soft : null);
            Checkpoint = new Checkpoint<T>(Method.Name, Method.Parameters)
            {
                Network = phi,
                OutputScale = 100,
                Settings = Settings,
                State = Method.State,
                Samplers = [("minibatches", new MinibatchSampler<T>(5, new RandomGenerator(seed, 1))), ("active_set", new RandomActiveSet<T>(5, new RandomGenerator(seed, 2)))],
                Curves = [("loss", new double[3])],
            };
        }

        public TrainingMethod<T> Method { get; }

        public Checkpoint<T> Checkpoint { get; }

        public void Dispose() => _device.Dispose();
    }
}
