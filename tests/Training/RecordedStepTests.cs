using PoseEngine.Constraints;
using PoseEngine.Cpu;
using PoseEngine.Tests.Krylov;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Steps in recorded pieces: what is recorded, how often, and that the numbers are those of plain calls.</summary>
public class RecordedStepTests
{
    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void RecordedStepsGiveTheBitsOfPlainOnes(string name)
    {
        using var plain = new CpuDevice<double>(1);
        using var cycling = new CyclingDevice<double>();
        Assert.That(StepProblem.Train(cycling, name, 4).Parameters, Is.EqualTo(StepProblem.Train(plain, name, 4).Parameters));
    }

    [TestCase("unconstrained", 1)]
    [TestCase("soft-sgd", 1)]
    [TestCase("soft-sgd momentum", 1)]
    [TestCase("soft-adam", 1)]
    [TestCase("lagrangian", 1)]
    [TestCase("hard-sgd", 4)]
    [TestCase("hard-sgd gram", 3)]
    [TestCase("hard-adam", 6)]
    [TestCase("hard-gn", 4)]
    [TestCase("hard-lm", 5)]
    [TestCase("hard-sgd delta", 4)]
    [TestCase("hard-sgd gram auto", 4)]
    [TestCase("hard-adam auto reject", 7)]
    public void StepsRecordOnce(string name, int recordings)
    {
        using var device = new CyclingDevice<double>();
        StepProblem.Train(device, name, 5);
        Assert.That(device.Recordings, Has.Count.EqualTo(recordings), string.Join(", ", device.Recordings));
        Assert.That(device.Recordings, Is.Unique);
    }

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void BatchesInOtherMemoryAreRecordedAnew(string name)
    {
        using var plain = new CpuDevice<double>(1);
        using var device = new CyclingDevice<double>();
        Assert.That(StepProblem.Train(device, name, 4, newMemory: true).Parameters, Is.EqualTo(StepProblem.Train(plain, name, 4).Parameters));
        Assert.That(device.Recordings.Count(recording => recording.Split('.')[1] is "step" or "differentiate" or "warm"), Is.EqualTo(4));
        Assert.That(device.Recordings.Count(recording => recording == "minres-qlp.cycle"), Is.EqualTo(name switch { "hard-sgd" or "hard-sgd delta" or "hard-lm" or "hard-lm auto" => 4, "hard-adam" or "hard-adam auto reject" => 3, _ => 0 }));
    }

    /// <summary>Recordings of a step's parts must all notice: batches that alternate between two memories.</summary>
    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void NoPieceKeepsTheMemoryOfAnEarlierBatch(string name)
    {
        using var device = new CyclingDevice<double>();
        StepProblem.Train(device, name, 4, newMemory: true);
        var perStep = device.Recordings.Where(recording => recording.Split('.')[1] is "step" or "differentiate" or "form" or "try" or "promise").GroupBy(r => r);
        foreach (var piece in perStep) Assert.That(piece.Count(), Is.GreaterThanOrEqualTo(3), piece.Key);
    }

    [Test]
    public void AConstraintOnTheHostIsNotRecorded()
    {
        using var device = new CyclingDevice<double>();
        var problem = new StepProblem(device);
        var method = problem.Method("soft-sgd", new HostConstraint());
        problem.Step(method, 1);
        Assert.That(device.Recordings, Is.Empty);
    }

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void NumbersThatAreNotFiniteLeaveTheParametersAlone(string name)
    {
        using var device = new CyclingDevice<double>();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        problem.Step(method, 1);
        double[][] Everything() => [problem.Parameters.ToArray(), .. method.State.Select(state => state.Vector.ToArray())];
        var before = Everything();
        Assert.That(
            () => problem.Step(method, double.NaN),
            Throws.TypeOf<NonFiniteStepException>().With.Message.EqualTo("iteration 2: the loss is not finite"));
        Assert.That(Everything(), Is.EqualTo(before));
        problem.Step(method, 1);
        Assert.That(problem.Parameters.ToArray(), Is.Not.EqualTo(before[0]).And.All.Matches<double>(double.IsFinite));
    }

    [TestCase("soft-sgd")]
    [TestCase("soft-sgd momentum")]
    [TestCase("soft-adam")]
    [TestCase("lagrangian")]
    [TestCase("hard-sgd")]
    [TestCase("hard-sgd gram")]
    [TestCase("hard-lm")]
    public void AConstraintThatIsNotFiniteIsNamed(string name)
    {
        using var device = new CyclingDevice<double>();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        var before = problem.Parameters.ToArray();
        Assert.That(
            () => problem.Step(method, 1, activeFactor: double.NaN),
            Throws.TypeOf<NonFiniteStepException>().With.Message.Contains("constraint 1 of active sample 0"));
        Assert.That(problem.Parameters.ToArray(), Is.EqualTo(before));
    }

    /// <summary>The first coordinate is 0.</summary>
    private sealed class HostConstraint() : SampleConstraint<double>("y = 0", outputs: 12, rowsPerSample: 1)
    {
        protected override void Value(ReadOnlySpan<double> y, ReadOnlySpan<double> x, Span<double> c) => c[0] = y[0];

        protected override void Rop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> dy, Span<double> dc) => dc[0] = dy[0];

        protected override void Lop(ReadOnlySpan<double> y, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> uy) => uy[0] = u[0];
    }
}
