using System.Text.Json.Nodes;
using PoseEngine.Experiments;
using PoseEngine.Experiments.Data;
using PoseEngine.Experiments.Reports;
using PoseEngine.Experiments.Runs;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Experiments.Runs;

/// <summary>Whole training runs of a few steps on a few walkers.</summary>
public abstract class TrainerSuite(string deviceName, string otherDeviceName)
{
    private const int Iterations = 4;
    private const int Batch = 6;

    /// <summary>Of every method those that it has.</summary>
    protected const string UsualSettings = "active=2 max-krylov=2 mining-pool=5 warmup=1";

    private DataSettings _data = null!;

    /// <summary>Holds a folder for each run.</summary>
    protected string Folder { get; private set; } = null!;

    /// <summary>The network; null for that of Eq. 13.</summary>
    protected virtual string? Layers => deviceName == "cuda-plain" ? PoseProblem.SmallNetwork : null;

    /// <summary>Where runs begin.</summary>
    protected string DeviceName => deviceName;

    [OneTimeSetUp]
    public void MakePack()
    {
        // Skips the fixture where the device is not to be had.
        using (Devices.Create<float>(deviceName))
        {
        }
        Folder = System.IO.Directory.CreateTempSubdirectory("poseengine-tests-").FullName;
        var pack = Path.Combine(Folder, "pack");
        WalkerMaker.Make(new WalkerSettings { MaximumImages = 40 }, pack);
        _data = new DataSettings { Pack = pack };
    }

    [OneTimeTearDown]
    public void DropFolder()
    {
        if (Folder is not null) System.IO.Directory.Delete(Folder, true);
    }

    /// <summary>Two interruptions, one behind an evaluation and one between two.</summary>
    protected void EndsInTheSameBits(string method, string solver = "auto", string activeSet = "random", string more = "")
    {
        var name = $"{method}-{solver}-{activeSet}-{more.Replace(' ', '-')}";
        var (wholeName, partsName) = ($"{name}-whole", $"{name}-parts");
        var settings = $"{UsualSettings} solver={solver} active-set={activeSet} {more}".TrimEnd();
        var whole = Train(method, wholeName, otherDeviceName, settings: settings);
        foreach (var stopAt in (int[])[2, 3])
        {
            Assert.That(
                () => Train(method, partsName, otherDeviceName, stopAt, settings: settings),
                Throws.InstanceOf<OperationCanceledException>());
        }
        AssertSame(Train(method, partsName, deviceName, settings: settings), whole);
    }

    private static string RunText(object value) => System.Text.Json.JsonSerializer.Serialize(value, RunJson.Line);

    private protected static void AssertSame(Result parts, Result whole)
    {
        Same.Numbers<float>(parts.Parameters, whole.Parameters, "parameters");
        Assert.That(parts.Metrics, Is.EqualTo(whole.Metrics));
        Assert.That(RunText(parts.Summary with { SecondsPerIteration = 0 }), Is.EqualTo(RunText(whole.Summary with { SecondsPerIteration = 0 })));
    }

    private protected Result Train(
        string method, string name, string device, int stopAt = int.MaxValue, long seed = 1,
        string settings = UsualSettings, List<string>? notes = null, int crashAt = int.MaxValue,
        int checkpointEvery = 1)
    {
        using var on = Devices.Create<float>(device);
        using var source = new CancellationTokenSource();
        using var observer = new StoppingObserver(stopAt, crashAt, source, notes);
        using var problem = PoseProblem.Open(_data, Layers);
        var config = new RunConfig("train", "", "smoke", seed, "cpu", "float32", "0", DateTimeOffset.UnixEpoch, new JsonObject());
        var directory = RunDirectory.Create(Path.Combine(Folder, name), config with { Seed = 1 }, ExistingRun.Resume);
        using var problemDevice = new ProblemDevice<float>(on, problem);
        var run = new TrainingRun<float>(problemDevice, Batch, (ulong)seed, directory, observer);
        var plan = new ModelPlan(PoseProblem.SettingsOf(method, settings), Iterations, 2) { CheckpointEvery = checkpointEvery };
        using var trainer = new ModelTraining<float>(run, plan, problemDevice.Network.InitializeHe(new RandomGenerator(3)));
        var summary = trainer.Train(source.Token);
        var model = ModelFile<float>.Load(Path.Combine(directory.Path, summary.Model), on);
        Assert.That(model.Constraints, Is.EqualTo(PoseProblem.Bare.Constraints.ToJson()));
        return new Result(
            summary, model.Parameters.ToArray(), [.. directory.ReadMetrics().Select(line => RunText(line with { Seconds = 0 }))]);
    }

    private protected sealed record Result(ModelSummary Summary, float[] Parameters, string[] Metrics);

    /// <summary>Presses Ctrl-C behind an iteration, or ends everything there.</summary>
    private sealed class StoppingObserver(int stopAt, int crashAt, CancellationTokenSource source, List<string>? notes) : IRunObserver
    {
        public void PhaseProgress(string name, long done, long total)
        {
        }

        public void Begin(string model, int totalIterations, int startIteration = 0)
        {
        }

        public void Step(int iteration, double loss, double? krylovIterations = null)
        {
            if (iteration == crashAt) throw new InvalidOperationException("crash");
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
