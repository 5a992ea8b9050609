using System.Text.Json.Nodes;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Runs;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>
/// Whole training runs on a few walkers: interrupted, resumed, repeated, on two devices that must give the same bits.
/// </summary>
[TestFixture("cpu-simd-1", "cpu-simd")]
[TestFixture("cuda-plain", "cuda-plain")]
[TestFixture("cuda-gpu", "cuda-gpu")]
public class TrainerTests(string deviceName, string otherDeviceName)
{
    private const int Iterations = 4;
    private const int Batch = 6;
    private string _folder = null!;
    private DataSettings _data = null!;

    [OneTimeSetUp]
    public void MakePack()
    {
        // Skips the fixture where the device is not to be had.
        using (Devices.Create<float>(deviceName))
        {
        }
        _folder = System.IO.Directory.CreateTempSubdirectory("poseengine-tests-").FullName;
        var pack = Path.Combine(_folder, "pack");
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 40 }, pack);
        _data = new DataSettings { Pack = pack };
    }

    [OneTimeTearDown]
    public void DropFolder()
    {
        if (_folder is not null) System.IO.Directory.Delete(_folder, true);
    }

    /// <summary>Two interruptions, one behind an evaluation and one between two: k + k + k = 3k, not only 2k.</summary>
    [TestCaseSource(typeof(MethodSettings), nameof(MethodSettings.Methods))]
    public void AnInterruptedRunEndsInTheSameBits(string method)
    {
        var whole = Train(method, $"{method}-whole", otherDeviceName);
        foreach (var stopAt in (int[])[2, 3])
        {
            Assert.That(
                () => Train(method, $"{method}-parts", otherDeviceName, stopAt),
                Throws.InstanceOf<OperationCanceledException>());
        }
        AssertSame(Train(method, $"{method}-parts", deviceName), whole);
    }

    [Test]
    public void ADamagedCheckpointIsPassedOverWithALineThatSaysSo()
    {
        var whole = Train("unconstrained", "undamaged", deviceName);
        foreach (var damage in (string[])["truncated", "one bit"])
        {
            Assert.That(() => Train("unconstrained", damage, deviceName, stopAt: 3), Throws.InstanceOf<OperationCanceledException>());
            Damage(Checkpoints(damage)[^1], damage);
            var notes = new List<string>();
            AssertSame(Train("unconstrained", damage, deviceName, notes: notes), whole);
            Assert.That(notes, Has.Count.EqualTo(1));
            Assert.That(notes[0], Does.Contain("unconstrained@3.safetensors").And.EndsWith("going on from the checkpoint before, unconstrained@2.safetensors"));
        }
    }

    [Test]
    public void WithoutAWholeCheckpointTheRunIsRefused()
    {
        Assert.That(() => Train("soft-sgd", "lost", deviceName, stopAt: 3), Throws.InstanceOf<OperationCanceledException>());
        var saved = Checkpoints("lost");
        Assert.That(saved, Has.Length.EqualTo(2), "the last two are kept");
        foreach (var path in saved) Damage(path, "truncated");
        Assert.That(
            () => Train("soft-sgd", "lost", deviceName),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("there is no earlier checkpoint: delete it to train this model anew"));
        Assert.That(Checkpoints("lost"), Is.EqualTo(saved), "nothing is deleted that cannot be replaced");
    }

    [Test]
    public void ACheckpointOfOtherSettingsIsRefused()
    {
        Assert.That(() => Train("soft-sgd", "other", deviceName, stopAt: 1), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            () => Train("soft-sgd", "other", deviceName, seed: 9),
            Throws.TypeOf<OtherRunException>().With.Message.Contains("the checkpoint's seed is 1, this run's is 9"));
    }

    [Test]
    public void ADivergedRunNamesIterationAndCheckpoint()
    {
        Assert.That(
            () => Train("soft-sgd", "diverged", deviceName, change: settings => settings with { Eta = 1e-30 }),
            Throws.TypeOf<DivergedException>().With.Message.Contains("iteration").And.Message.Contains("the last good checkpoint is"));
    }

    private static string RunText(object value) => System.Text.Json.JsonSerializer.Serialize(value, RunJson.Line);

    private static void AssertSame(Result parts, Result whole)
    {
        Assert.That(parts.Parameters, Is.EqualTo(whole.Parameters));
        Assert.That(parts.Metrics, Is.EqualTo(whole.Metrics));
        Assert.That(RunText(parts.Summary with { SecondsPerIteration = 0 }), Is.EqualTo(RunText(whole.Summary with { SecondsPerIteration = 0 })));
    }

    private static void Damage(string path, string damage)
    {
        var bytes = File.ReadAllBytes(path);
        if (damage == "truncated") bytes = bytes[..(bytes.Length / 2)];
        else bytes[^5000] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private string[] Checkpoints(string name) => [.. System.IO.Directory.GetFiles(Path.Combine(_folder, name, "checkpoints")).Order()];

    private Result Train(
        string method, string name, string device, int stopAt = int.MaxValue, long seed = 1,
        Func<MethodSettings, MethodSettings>? change = null, List<string>? notes = null)
    {
        using var on = Devices.Create<float>(device);
        using var source = new CancellationTokenSource();
        using var observer = new StoppingObserver(stopAt, source, notes);
        using var data = DataSet.Open(_data, null, 1, observer, CancellationToken.None);
        var network = Network<float>.Paper(on);
        var config = new RunConfig("train", "", "smoke", seed, "cpu", "float32", "0", DateTimeOffset.UnixEpoch, new JsonObject());
        var directory = RunDirectory.Create(Path.Combine(_folder, name), config with { Seed = 1 }, ExistingRun.Resume);
        var run = new TrainingRun<float>(
            network, data.Poses.Train, new Evaluator<float>(network, data.Poses.Validation, 100), data.Settings, 100, Batch,
            (ulong)seed, directory, observer, ResidentImages<float>.Create(on, data.Poses.Train));
        var settings = new MethodSettings { Method = method, ActiveSamples = 2, MaxKrylovIterations = 10 };
        var plan = new ModelPlan(change?.Invoke(settings) ?? settings, Iterations, 2) { CheckpointEvery = 1 };
        using var trainer = new Trainer<float>(run, plan, network.InitializeHe(new RandomGenerator(3)));
        var summary = trainer.Train(source.Token);
        var model = ModelFile<float>.Load(Path.Combine(directory.Path, summary.Model), on);
        return new Result(
            summary, model.Parameters.ToArray(), [.. directory.ReadMetrics().Select(line => RunText(line with { Seconds = 0 }))]);
    }

    private sealed record Result(ModelSummary Summary, float[] Parameters, string[] Metrics);

    /// <summary>Presses Ctrl-C behind an iteration.</summary>
    private sealed class StoppingObserver(int stopAt, CancellationTokenSource source, List<string>? notes) : IRunObserver
    {
        public void PhaseProgress(string name, long done, long total)
        {
        }

        public void Begin(string model, int totalIterations, int startIteration = 0)
        {
        }

        public void Step(int iteration, double loss, double? krylovIterations = null)
        {
            if (iteration == stopAt) source.Cancel();
        }

        public void Evaluated(MetricLine line)
        {
        }

        public void End(ModelSummary summary)
        {
        }

        public void Note(string text) => notes?.Add(text);

        public void Dispose()
        {
        }
    }
}
