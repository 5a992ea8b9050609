using PoseEngine.Constraints;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Support;
using PoseEngine.Training;

namespace PoseEngine.Tests.Training;

/// <summary>Hard steps whose solve does not reach its tolerance, or is cancelled.</summary>
[TestFixture("cpu-simd-1")]
[TestFixture("cuda-checked")]
[TestFixture("cuda-gpu")]
public class BrokenOffStepTests(string deviceName)
{
    private static readonly string[] Methods = ["hard-sgd", "hard-adam", "hard-gn"];

    [Test]
    public void AnUnsolvedStepIsTakenAndToldByDefault([ValueSource(nameof(Methods))] string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var (problem, method) = Limited(device, name, UnconvergedPolicy.Take);
        using (method)
        {
            var report = problem.Step(method, 2);
            Assert.That((report.IsUnconverged, report.StepShare), Is.EqualTo((true, 1.0)));
            Assert.That((report.Solve!.Exit, report.Solve.Iterations), Is.EqualTo((SolveExit.IterationLimit, 2)));
            Assert.That(report.Solve.BackwardError, Is.Positive);
        }
    }

    [Test]
    public void OnRequestItIsShortenedByWhatIsUnsolved([ValueSource(nameof(Methods))] string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var (first, whole) = Limited(device, name, UnconvergedPolicy.Take);
        var (second, shortened) = Limited(device, name, UnconvergedPolicy.Shorten);
        using (whole)
        using (shortened)
        {
            var (taken, cut) = (first.Step(whole, 2), second.Step(shortened, 2));
            Assert.That(cut.StepShare, Is.EqualTo(1 - (taken.Solve!.ResidualNorm / taken.Solve.RightHandSideNorm)).Within(1e-12).And.InRange(0.001, 0.999));
            Assert.That(cut.StepNorm, Is.EqualTo(cut.StepShare * taken.StepNorm).Within(1e-12 * taken.StepNorm));
        }
    }

    [Test]
    public void OnRequestItStopsTheRunAndNothingHasMoved([ValueSource(nameof(Methods))] string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var (problem, method) = Limited(device, name, UnconvergedPolicy.Stop);
        using (method)
        {
            var before = Bits(problem, method);
            Assert.That(() => problem.Step(method, 2), Throws.TypeOf<UnconvergedStepException>().With.Message.Contains("iteration 2: the hard step was not solved"));
            Assert.That(Bits(problem, method), Is.EqualTo(before));
        }
    }

    [Test]
    public void ACancelledStepLeavesEverythingAndCanBeTakenAgain(
        [Values("hard-sgd", "hard-sgd gram", "hard-adam", "hard-gn", "hard-lm")] string name)
    {
        using var device = Devices.Create<double>(deviceName);
        var (straight, other) = (new StepProblem(device), new StepProblem(device));
        using var cancellation = new CancellationTokenSource();
        using var expected = straight.Method(name, straight.Symmetry);
        var constraint = new HookedConstraint<double>(other.Symmetry);
        using var method = other.Method(name, constraint);
        for (var i = 1; i <= 2; i++) straight.Step(expected, i);
        other.Step(method, 1);
        var before = Bits(other, method);
        constraint.BeforeRop = cancellation.Cancel;
        Assert.That(() => other.Step(method, 2, cancellation: cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        constraint.BeforeRop = null;
        Assert.That(method.Iteration, Is.EqualTo(1));
        Assert.That(Bits(other, method), Is.EqualTo(before));
        other.Step(method, 2);
        Assert.That(Bits(other, method), Is.EqualTo(Bits(straight, expected)));
    }

    /// <summary>In a product of the solve, and where Hard-LM looks at what its step did.</summary>
    [TestCase("hard-sgd", false)]
    [TestCase("hard-adam", false)]
    [TestCase("hard-lm", false)]
    [TestCase("hard-lm", true)]
    public void AConstraintThatThrowsLeavesEverythingAndTheStepCanBeTakenAgain(string name, bool whenTried)
    {
        using var device = Devices.Create<double>(deviceName);
        var (straight, other) = (new StepProblem(device), new StepProblem(device));
        using var expected = straight.Method(name, straight.Symmetry);
        var constraint = new HookedConstraint<double>(other.Symmetry);
        using var method = other.Method(name, constraint);
        for (var i = 1; i <= 2; i++) straight.Step(expected, i);
        other.Step(method, 1);
        var (before, calls) = (Bits(other, method), 0);
        // The first value is that of the linearization.
        if (whenTried) constraint.BeforeValue = () => Throw(++calls == 2);
        else constraint.BeforeRop = () => Throw(++calls == 3);
        Assert.That(() => other.Step(method, 2), Throws.InvalidOperationException.With.Message.EqualTo("no value here"));
        (constraint.BeforeValue, constraint.BeforeRop) = (null, null);
        Assert.That(method.Iteration, Is.EqualTo(1));
        Assert.That(Bits(other, method), Is.EqualTo(before));
        other.Step(method, 2);
        Assert.That(Bits(other, method), Is.EqualTo(Bits(straight, expected)));

        static void Throw(bool now)
        {
            if (now) throw new InvalidOperationException("no value here");
        }
    }

    private static (StepProblem Problem, TrainingMethod<double> Method) Limited(ComputeDevice<double> device, string name, UnconvergedPolicy policy)
    {
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry, new KrylovOptions { MaxIterations = 2 }, policy);
        // Hard-Adam's first step only warms its moments; the others' goes where the rest of the test begins.
        if (name == "hard-adam") problem.Step(method, 1);
        else method.ResumeAt(1);
        return (problem, method);
    }

    private static double[] Bits(StepProblem problem, TrainingMethod<double> method)
        => [.. problem.Parameters.ToArray(), .. method.State.SelectMany(state => state.Vector.ToArray())];
}
