using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Layers;
using PoseEngine.Tensors;
using PoseEngine.Tests.Krylov;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Steps in recorded pieces: what is recorded, how often, and that the numbers are those of plain calls.</summary>
public class RecordedStepTests
{
    private static readonly string[] Methods = ["unconstrained", "soft-sgd", "soft-adam", "hard-sgd"];

    [TestCaseSource(nameof(Methods))]
    public void RecordedStepsGiveTheBitsOfPlainOnes(string name)
    {
        using var plain = new CpuDevice<double>(1);
        using var cycling = new CyclingDevice<double>();
        Assert.That(Train(cycling, name, 4).Parameters, Is.EqualTo(Train(plain, name, 4).Parameters));
    }

    [TestCase("unconstrained", 2)]
    [TestCase("soft-sgd", 1)]
    [TestCase("soft-adam", 2)]
    [TestCase("hard-sgd", 4)]
    public void StepsRecordOnce(string name, int recordings)
    {
        using var device = new CyclingDevice<double>();
        Train(device, name, 5);
        Assert.That(device.Recordings, Has.Count.EqualTo(recordings), string.Join(", ", device.Recordings));
        Assert.That(device.Recordings, Is.Unique);
    }

    [TestCaseSource(nameof(Methods))]
    public void BatchesInOtherMemoryAreRecordedAnew(string name)
    {
        using var plain = new CpuDevice<double>(1);
        using var device = new CyclingDevice<double>();
        Assert.That(Train(device, name, 4, newMemory: true).Parameters, Is.EqualTo(Train(plain, name, 4).Parameters));
        Assert.That(device.Recordings.Count(recording => recording.EndsWith(".differentiate", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(device.Recordings.Count(recording => recording == "minres-qlp.cycle"), Is.EqualTo(name == "hard-sgd" ? 4 : 0));
    }

    [Test]
    public void AConstraintOnTheHostIsNotRecorded()
    {
        using var device = new CyclingDevice<double>();
        var problem = new Problem(device);
        var method = problem.Method("soft-sgd", new HostConstraint());
        problem.Step(method, 1, newMemory: false);
        Assert.That(device.Recordings, Is.Empty);
    }

    [TestCaseSource(nameof(Methods))]
    public void NumbersThatAreNotFiniteLeaveTheParametersAlone(string name)
    {
        using var device = new CyclingDevice<double>();
        var problem = new Problem(device);
        var method = problem.Method(name, problem.Symmetry);
        problem.Step(method, 1, newMemory: false);
        var before = problem.Parameters.ToArray();
        Assert.That(
            () => problem.Step(method, double.NaN, newMemory: false),
            Throws.TypeOf<NonFiniteStepException>().With.Message.EqualTo("iteration 2: the loss is not finite"));
        Assert.That(problem.Parameters.ToArray(), Is.EqualTo(before));
        problem.Step(method, 1, newMemory: false);
        Assert.That(problem.Parameters.ToArray(), Is.Not.EqualTo(before).And.All.Matches<double>(double.IsFinite));
    }

    [TestCase("soft-sgd")]
    [TestCase("hard-sgd")]
    public void AConstraintThatIsNotFiniteIsNamed(string name)
    {
        using var device = new CyclingDevice<double>();
        var problem = new Problem(device);
        var method = problem.Method(name, problem.Symmetry);
        var before = problem.Parameters.ToArray();
        Assert.That(
            () => problem.Step(method, 1, newMemory: false, activeFactor: double.NaN),
            Throws.TypeOf<NonFiniteStepException>().With.Message.Contains("constraint 1 of active sample 0"));
        Assert.That(problem.Parameters.ToArray(), Is.EqualTo(before));
    }

    private static (double[] Parameters, StepReport Last) Train(
        ComputeDevice<double> device, string name, int steps, bool newMemory = false)
    {
        var problem = new Problem(device);
        var method = problem.Method(name, problem.Symmetry);
        StepReport? last = null;
        for (var i = 1; i <= steps; i++) last = problem.Step(method, i, newMemory);
        return (problem.Parameters.ToArray(), last!);
    }

    /// <summary>A small network with four joints a sample and one constraint on them.</summary>
    private sealed class Problem
    {
        private const int Samples = 3;
        private readonly ComputeDevice<double> _device;
        private Batch<double> _batch;
        private Batch<double> _activeSet;

        public Problem(ComputeDevice<double> device)
        {
            _device = device;
            Network = new Network<double>(device, new Shape(5), new DenseSpec(8), new ReluSpec(), new DenseSpec(12));
            Parameters = Network.InitializeHe(new RandomGenerator(3));
            Symmetry = new LimbSymmetry<double>(device, [0, 1, 2, 3]);
            (_batch, _activeSet) = (Zeros(), Zeros());
        }

        public Network<double> Network { get; }

        public Tensor<double> Parameters { get; }

        public IOutputConstraint<double> Symmetry { get; }

        public TrainingMethod<double> Method(string name, IOutputConstraint<double> constraint)
        {
            var soft = new SoftConstraint<double>(constraint, 0.1, PenaltyForm.Sum, Samples);
            return name switch
            {
                "soft-sgd" => new SoftSgd<double>(Network, Parameters, Samples, 50, soft),
                "soft-adam" => new SoftAdam<double>(Network, Parameters, Samples, new AdamOptions(), soft),
                "hard-sgd" => new HardSgd<double>(Network, Parameters, Samples, new HardSgdOptions<double>(constraint, Samples, 50)),
                _ => new SoftAdam<double>(Network, Parameters, Samples, new AdamOptions(), null),
            };
        }

        public StepReport Step(TrainingMethod<double> method, double seed, bool newMemory, double activeFactor = 1)
        {
            if (newMemory) (_batch, _activeSet) = (Zeros(), Zeros());
            Fill(_batch, double.IsNaN(seed) ? 1 : seed, double.IsNaN(seed) ? double.NaN : 1);
            Fill(_activeSet, 100 + (double.IsNaN(seed) ? 1 : seed), activeFactor);
            return method.Step(_batch, _activeSet);
        }

        private static void Fill(Batch<double> batch, double seed, double factor)
        {
            var random = new RandomGenerator((ulong)seed);
            batch.Inputs.CopyFrom([.. Enumerable.Range(0, batch.Inputs.Count).Select(_ => random.NextNormal())]);
            batch.Inputs.Slice(0, 1).CopyFrom([factor]);
            batch.Targets.CopyFrom([.. Enumerable.Range(0, batch.Targets.Count).Select(_ => random.NextNormal())]);
        }

        private Batch<double> Zeros() => new(_device.Zeros(new Shape(Samples, 5)), _device.Zeros(new Shape(Samples, 12)));
    }

    /// <summary>The first coordinate is 0.</summary>
    private sealed class HostConstraint() : SampleConstraint<double>("y = 0", outputs: 12, rowsPerSample: 1)
    {
        protected override void Value(ReadOnlySpan<double> y, Span<double> c) => c[0] = y[0];

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0];
    }
}
