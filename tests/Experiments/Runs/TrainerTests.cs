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

    [TestCase("unconstrained")]
    [TestCase("soft-sgd")]
    [TestCase("soft-adam")]
    [TestCase("hard-sgd")]
    public void AnInterruptedRunEndsInTheSameBits(string method)
    {
        var whole = Train(method, $"{method}-whole", otherDeviceName);
        Assert.That(
            () => Train(method, $"{method}-parts", otherDeviceName, stopAt: Iterations / 2),
            Throws.InstanceOf<OperationCanceledException>());
        var parts = Train(method, $"{method}-parts", deviceName);
        Assert.That(parts.Parameters, Is.EqualTo(whole.Parameters));
        Assert.That(parts.Metrics, Is.EqualTo(whole.Metrics));
        Assert.That(parts.Summary with { SecondsPerIteration = 0, Model = "" }, Is.EqualTo(whole.Summary with { SecondsPerIteration = 0, Model = "" })
            .Using<ModelSummary>((a, b) => RunText(a) == RunText(b)));
    }

    [Test]
    public void ACheckpointOfOtherSettingsIsRefused()
    {
        Assert.That(() => Train("soft-sgd", "other", deviceName, stopAt: 1), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(
            () => Train("soft-sgd", "other", deviceName, seed: 9),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("settings"));
    }

    [Test]
    public void ADivergedRunNamesIterationAndCheckpoint()
    {
        Assert.That(
            () => Train("soft-sgd", "diverged", deviceName, change: settings => settings with { Eta = 1e-30 }),
            Throws.TypeOf<DivergedException>().With.Message.Contains("iteration").And.Message.Contains("the last good checkpoint is"));
    }

    private static string RunText(object value) => System.Text.Json.JsonSerializer.Serialize(value, RunJson.Line);

    private Result Train(
        string method, string name, string device, int stopAt = int.MaxValue, long seed = 1, Func<MethodSettings, MethodSettings>? change = null)
    {
        using var on = Devices.Create<float>(device);
        using var source = new CancellationTokenSource();
        using var observer = new StoppingObserver(stopAt, source);
        using var data = DataSet.Open(_data, null, 1, observer, CancellationToken.None);
        var network = Network<float>.Paper(on);
        var config = new RunConfig("train", "", "smoke", seed, "cpu", "float32", "0", DateTimeOffset.UnixEpoch, new JsonObject());
        var directory = RunDirectory.Create(Path.Combine(_folder, name), config with { Seed = 1 }, ExistingRun.Resume);
        var run = new TrainingRun<float>(
            network, data.Poses.Train, new Evaluator<float>(network, data.Poses.Validation, 100), data.Settings, 100, Batch,
            (ulong)seed, directory, observer, ResidentImages<float>.Create(on, data.Poses.Train));
        var settings = new MethodSettings { Method = method, ActiveSamples = 2, MaxKrylovIterations = 10 };
        var plan = new ModelPlan(change?.Invoke(settings) ?? settings, Iterations, 2);
        using var trainer = new Trainer<float>(run, plan, network.InitializeHe(new RandomGenerator(3)));
        var summary = trainer.Train(source.Token);
        var model = ModelFile<float>.Load(Path.Combine(directory.Path, summary.Model), on);
        return new Result(
            summary, model.Parameters.ToArray(), [.. directory.ReadMetrics().Select(line => RunText(line with { Seconds = 0 }))]);
    }

    private sealed record Result(ModelSummary Summary, float[] Parameters, string[] Metrics);

    /// <summary>Presses Ctrl-C behind an iteration.</summary>
    private sealed class StoppingObserver(int stopAt, CancellationTokenSource source) : IRunObserver
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

        public void Dispose()
        {
        }
    }
}
