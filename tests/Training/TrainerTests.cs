using System.Diagnostics;
using PoseEngine.Constraints;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Layers;
using PoseEngine.Models;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>The training loop as a library: on numbers in memory, to the same bits whatever interrupts it.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-plain")]
[TestFixture("cuda-gpu")]
public sealed class TrainerTests(string deviceName)
{
    private const int Batch = 4;
    private const int Active = 3;
    private const int Outputs = 3;
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("poseengine-tests-").FullName;

    [TearDown]
    public void DropFolder() => Directory.Delete(_folder, true);

    /// <summary>The loop does what a loop by hand does: epochs of D, active sets of C, each from a stream of the seed.</summary>
    [Test]
    public void StepsAreThoseOfALoopByHand()
    {
        using var run = new Run(deviceName, "hard-sgd");
        using var trainer = run.Trainer(new TrainerOptions(5));
        var reports = new List<StepReport>();
        trainer.Stepped += (_, step) => reports.Add(step);
        trainer.Train();

        using var twin = new Run(deviceName, "hard-sgd");
        var (minibatches, active) = (new MinibatchSampler<double>(Run.Samples, new RandomGenerator(7, 1)), new RandomActiveSet<double>(Run.Samples, new RandomGenerator(7, 2)));
        using BatchLoader<double> batches = new(twin.Device, twin.Source, Batch), actives = new(twin.Device, twin.Source, Active);
        var (d, c) = (new int[Batch], new int[Active]);
        for (var i = 0; i < 5; i++)
        {
            minibatches.Next(d);
            active.Select(twin.W, c);
            Assert.That(twin.Method.Step(batches.Load(d), actives.Load(c)).Loss, Is.EqualTo(reports[i].Loss));
        }
        Assert.That(run.W.ToArray(), Is.EqualTo(twin.W.ToArray()));
        Assert.That((trainer.Totals.Solves, trainer.Totals.KrylovIterations), Is.EqualTo((5, reports.Sum(r => r.Solve!.Iterations))));
        Assert.That(trainer.Totals.Seconds, Is.GreaterThanOrEqualTo(reports.Sum(r => r.Seconds)));
    }

    /// <summary>
    /// The solve takes a minute where nobody stops it. It answers within a second, w and samplers are as before the step, and
    /// the checkpoint goes on to the bits of a run that nobody stopped.
    /// </summary>
    [TestCase("hard-sgd")]
    [TestCase("hard-adam")]
    [TestCase("hard-lm")]
    public void CancelledWithinASolveARunEndsInTheSameBits(string method)
    {
        using var whole = new Run(deviceName, method);
        using (var trainer = whole.Trainer(new TrainerOptions(4))) trainer.Train();

        using var source = new CancellationTokenSource();
        using (var stopped = new Run(deviceName, method))
        {
            using var trainer = stopped.Trainer(Options(4));
            var before = Array.Empty<double>();
            trainer.Stepped += (_, step) =>
            {
                if (step.Iteration < 3) return;
                before = stopped.W.ToArray();
                stopped.Constraint.CancelAfter = (3, source);
            };
            Assert.That(() => trainer.Train(source.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(stopped.Constraint.SinceCancelled!.Elapsed.TotalSeconds, Is.LessThan(1));
            Assert.That(stopped.Method.Iteration, Is.EqualTo(3));
            Assert.That(stopped.W.ToArray(), Is.EqualTo(before));
        }
        using var resumed = new Run(deviceName, method);
        using var rest = resumed.Trainer(Options(4));
        Assert.That(rest.Resume(), Is.True);
        Assert.That(resumed.Method.Iteration, Is.EqualTo(3));
        rest.Train();
        Assert.That(resumed.W.ToArray(), Is.EqualTo(whole.W.ToArray()));
        foreach (var ((name, expected), (_, actual)) in whole.Method.State.Zip(resumed.Method.State)) Assert.That(actual.ToArray(), Is.EqualTo(expected.ToArray()), name);
    }

    /// <summary>The same trainer may go on, too.</summary>
    [Test]
    public void ACancelledTrainerGoesOn()
    {
        using Run whole = new(deviceName, "soft-adam"), parts = new(deviceName, "soft-adam");
        using (var trainer = whole.Trainer(new TrainerOptions(4))) trainer.Train();
        using var source = new CancellationTokenSource();
        using var interrupted = parts.Trainer(new TrainerOptions(4));
        interrupted.Stepped += (_, step) => source.Cancel();
        Assert.That(() => interrupted.Train(source.Token), Throws.InstanceOf<OperationCanceledException>());
        interrupted.Train();
        Assert.That(parts.W.ToArray(), Is.EqualTo(whole.W.ToArray()));
    }

    /// <summary>Both the trainer itself and a run resumed from the checkpoint before evaluate as if nobody had stopped them.</summary>
    [Test]
    public void ACancelledEvaluationIsMadeAgain()
    {
        using Run whole = new(deviceName, "soft-adam"), stopped = new(deviceName, "soft-adam"), resumed = new(deviceName, "soft-adam");
        List<string> expected = [], parts = [], rest = [];
        using (var trainer = Evaluating(whole, new TrainerOptions(4), expected)) trainer.Train();
        Assert.That(expected, Has.Count.EqualTo(3));

        using var source = new CancellationTokenSource();
        var options = Options(4) with { CheckpointEvery = 1 };
        using var interrupted = Evaluating(stopped, options, parts, source);
        Assert.That(() => interrupted.Train(source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Path.GetFileName(options.Checkpoints!.Newest), Is.EqualTo("run@1.safetensors"));
        Assert.That(parts, Is.EqualTo(expected[..1]));

        using var goesOn = Evaluating(resumed, options, rest);
        Assert.That(goesOn.Resume(), Is.True);
        goesOn.Train();
        Assert.That(rest, Is.EqualTo(expected[1..]));
        interrupted.Train();
        Assert.That(parts, Is.EqualTo(expected));
        foreach (var run in (Run[])[resumed, stopped]) Assert.That(run.W.ToArray(), Is.EqualTo(whole.W.ToArray()));

        Trainer<double> Evaluating(Run run, TrainerOptions options, List<string> lines, CancellationTokenSource? cancels = null)
        {
            var trainer = new Trainer<double>(run.Method, run.Data, options with { EvaluateEvery = 2 })
            {
                Network = run.Network,
                Evaluation = (_, cancellation) =>
                {
                    if (run.Method.Iteration == 2) cancels?.Cancel();
                    cancellation.ThrowIfCancellationRequested();
                    return run.W.ToArray().Max();
                },
            };
            trainer.Evaluated += (_, at) => lines.Add($"{at.Iteration} {at.Step?.Loss:R} {at.Figure:R} {at.IsKept}");
            return trainer;
        }
    }

    /// <summary>Ten candidates are scored in three batches; behind the first nothing is scored any more.</summary>
    [Test]
    public void CancelledWhileItMinesARunEndsInTheSameBits()
    {
        using Run whole = new(deviceName, "hard-sgd", mines: true), stopped = new(deviceName, "hard-sgd", mines: true);
        using (var trainer = whole.Trainer(new TrainerOptions(3))) trainer.Train();
        using var source = new CancellationTokenSource();
        using var parts = stopped.Trainer(new TrainerOptions(3));
        parts.Stepped += (_, step) =>
        {
            if (step.Iteration == 2) stopped.Constraint.CancelInValue = source;
        };
        Assert.That(() => parts.Train(source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(stopped.Constraint.ValuesSinceCancelled, Is.EqualTo(Run.Mined));
        stopped.Constraint.CancelInValue = null;
        parts.Train();
        Assert.That(stopped.W.ToArray(), Is.EqualTo(whole.W.ToArray()));
    }

    [Test]
    public void WhereNothingEvaluatesTheLastParametersAreKeptAndNotTheBest()
    {
        using var run = new Run(deviceName, "soft-adam");
        using (var trainer = run.Trainer(new TrainerOptions(2) { KeepsBest = true }))
        {
            Assert.That(() => trainer.Train(), Throws.InvalidOperationException.With.Message.Contains("KeepsBest is set and there is no Evaluation"));
        }
        using var last = run.Trainer(new TrainerOptions(2));
        last.Train();
        Assert.That(last.KeptIteration, Is.EqualTo(2));
        Assert.That(last.Kept.ToArray(), Is.EqualTo(run.W.ToArray()));
    }

    /// <summary>Devices that gather ahead have nothing to gather for a step that takes no active set.</summary>
    [Test]
    public void AWarmUpGathersNoActiveSets()
    {
        using var run = new Run(deviceName, "hard-adam");
        var sampler = new CountedPeeks();
        using var trainer = new Trainer<double>(
            run.Method, new TrainerOptions(1),
            new BatchFeed<double>(new MinibatchSampler<double>(Run.Samples, new RandomGenerator(7, 1)), new BatchLoader<double>(run.Device, run.Source, Batch)),
            new BatchFeed<double>(sampler, new BatchLoader<double>(run.Device, new Blanks(), Active)));
        trainer.Train();
        Assert.That(run.Method.Iteration, Is.EqualTo(1));
        Assert.That(sampler.Peeks, Is.Zero);
    }

    [Test]
    public void TheBestParametersAreKeptOverAResume()
    {
        double[] figures = [9, 5, 7, double.NaN, 6];
        using var run = new Run(deviceName, "soft-adam");
        var best = Array.Empty<double>();
        using (var trainer = Figures(run, Options(2)))
        {
            trainer.Evaluated += (_, at) =>
            {
                Assert.That(at.IsKept, Is.EqualTo(at.Iteration <= 1));
                if (at.IsKept) best = run.W.ToArray();
            };
            trainer.Train();
            Assert.That(trainer.Kept.ToArray(), Is.EqualTo(best));
        }
        using var resumed = new Run(deviceName, "soft-adam");
        using var rest = Figures(resumed, Options(4));
        Assert.That(rest.Resume(), Is.True);
        rest.Train();
        Assert.That((rest.KeptIteration, rest.KeptFigure), Is.EqualTo((1, 5.0)));
        Assert.That(rest.Kept.ToArray(), Is.EqualTo(best));

        Trainer<double> Figures(Run of, TrainerOptions options) => new(of.Method, of.Data, options with { EvaluateEvery = 1, KeepsBest = true })
        {
            Evaluation = (_, _) => figures[of.Method.Iteration],
            Network = of.Network,
        };
    }

    [Test]
    public void ACheckpointOfANetworkIsAModelFileAndOthersAreNot()
    {
        using var run = new Run(deviceName, "soft-adam");
        var saved = new List<string>();
        using var trainer = new Trainer<double>(run.Method, run.Data, Options(2)) { Network = run.Network, Constraints = "{}" };
        trainer.Saved += (_, path) => saved.Add(path);
        trainer.Train();
        Assert.That(saved.Select(Path.GetFileName), Is.EqualTo(["run@0.safetensors", "run@2.safetensors"]));
        var model = ModelFile<double>.FromSafeTensors(SafeTensorsFile.Load(saved[^1]), saved[^1], run.Device, _ => true);
        Assert.That(model.Parameters.ToArray(), Is.EqualTo(run.W.ToArray()));
        Assert.That(model.Constraints, Is.EqualTo("{}"));
        new Checkpoint<double>("plain", run.W).Save(saved[0], 0, new Dictionary<string, double>());
        Assert.That(() => ModelFile<double>.Load(saved[0], run.Device), Throws.InstanceOf<ModelFileException>());
    }

    [Test]
    public void SolvesThatStopAtTheLimitAreCounted()
    {
        using var run = new Run(deviceName, "hard-sgd", most: 1);
        using var trainer = run.Trainer(new TrainerOptions(3));
        trainer.Train();
        Assert.That((trainer.Totals.Solves, trainer.Totals.Unconverged, trainer.Totals.AtIterationLimit), Is.EqualTo((3, 3, 3)));
    }

    private TrainerOptions Options(long iterations) => new(iterations) { Checkpoints = new CheckpointFiles(_folder, "run") };

    /// <summary>Samples in memory, a network of two layers and a method on it.</summary>
    private sealed class Run : IDisposable
    {
        public const int Samples = 10;
        public const int Mined = 4;
        private readonly bool _mines;

        public Run(string deviceName, string method, int? most = null, bool mines = false)
        {
            _mines = mines;
            Device = Devices.Create<double>(deviceName);
            Network = new Network<double>(Device, new Shape(5), LayerSpec.ParseNetwork("dense8,relu,dense3"));
            W = Network.InitializeHe(new RandomGenerator(3));
            var random = new RandomGenerator(4);
            Source = new ArraySource<double>(Normals(5), new Shape(5), Normals(Outputs), Normals(1));
            Constraint = new SlowNorm();
            var (risk, function) = (new ResidualRisk<double>(Network, Batch), new OutputConstraintFunction<double>(Network, Constraint, Active));
            var krylov = new KrylovOptions { MaxIterations = most };
            Method = method switch
            {
                "soft-adam" => new SoftAdam<double>(risk, W, new AdamOptions(), new SoftConstraint<double>(function, 0.1)),
                "hard-sgd" => new HardSgd<double>(risk, function, W, new HardSgdOptions(20) { Solver = KktSolver.MinresQlp, Krylov = krylov }),
                "hard-adam" => new HardAdam<double>(risk, function, W, new HardAdamOptions(100) { Warmup = 1, Moments = new AdamOptions(Epsilon: 1e-2) }),
                _ => new HardGaussNewton<double>(risk, function, W, new HardGaussNewtonOptions(20, Adapts: true)),
            };

            double[] Normals(int width) => [.. Enumerable.Range(0, Samples * width).Select(_ => random.NextNormal())];
        }

        public ComputeDevice<double> Device { get; }

        public Network<double> Network { get; }

        public Tensor<double> W { get; }

        public ArraySource<double> Source { get; }

        public SlowNorm Constraint { get; }

        public TrainingMethod<double> Method { get; }

        public TrainingData<double> Data => new(Source)
        {
            Seed = 7,
            ActiveSampler = _mines
                ? generator => new MinedActiveSet<double>(new ViolationScorer<double>(Network, Constraint, Source, 1, most: Mined), Samples, Samples, generator)
                : null,
        };

        public Trainer<double> Trainer(TrainerOptions options) => new(Method, Data, options) { Network = Network };

        public void Dispose()
        {
            Method.Dispose();
            W.Storage.Dispose();
            Device.Dispose();
        }
    }

    /// <summary>Counts the questions for the next choice.</summary>
    private sealed class CountedPeeks : Sampler<double>
    {
        public int Peeks { get; private set; }

        public override string Name => "counted";

        public override SamplerState State { get; set; }

        public override void Select(Tensor<double> w, Span<int> indices, CancellationToken cancellation = default) => indices.Clear();

        public override bool TryPeek(Span<int> indices)
        {
            Peeks++;
            indices.Clear();
            return true;
        }
    }

    /// <summary>One black pixel.</summary>
    private sealed class Blanks : IImageSource
    {
        public int Count => 1;

        public Shape Image { get; } = new(1, 1, 1);

        public int Outputs => 0;

        public void CopyImage(int index, Span<byte> image) => image.Clear();

        public void CopyTarget(int index, Span<double> target) => target.Clear();
    }

    /// <summary>
    /// ||y||^2 / 2 = x, whose R-op cancels after some calls and takes a fifth of a second from then on: a solve of as many
    /// iterations as it needs takes seconds.
    /// </summary>
    private sealed class SlowNorm() : SampleConstraint<double>("norm", Outputs, rowsPerSample: 1)
    {
        private int _calls;

        public (int Calls, CancellationTokenSource Source)? CancelAfter { get; set; }

        public CancellationTokenSource? CancelInValue { get; set; }

        public int ValuesSinceCancelled { get; private set; }

        public Stopwatch? SinceCancelled { get; private set; }

        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c)
        {
            c[0] = (Dot(y, y) / 2) - x[0];
            if (CancelInValue is null) return;
            CancelInValue.Cancel();
            ValuesSinceCancelled++;
        }

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc)
        {
            dc[0] = Dot(y, dy);
            if (CancelAfter is not var (calls, source) || ++_calls < calls * Active) return;
            SinceCancelled ??= Stopwatch.StartNew();
            source.Cancel();
            Thread.Sleep(200 / Active);
        }

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy)
        {
            for (var i = 0; i < y.Length; i++) uy[i] = u[0] * y[i];
        }

        private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
            return sum;
        }
    }
}
