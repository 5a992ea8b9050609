using PoseEngine.Cpu;
using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Tests.Training;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>Training steps on the CUDA device: the CPU's numbers, the same bits every time, and few launches.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
[TestFixture(CudaModes.Gpu)]
public sealed class CudaRecordedStepTests(string mode)
{
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, null);
        _devices.AfterTest();
    }

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void StepsAreThoseOfTheCpu(string name)
    {
        using var cpu = new CpuDevice<double>(1);
        using var cuda = Open();
        var (expected, report) = StepProblem.Train(cpu, name, 5);
        var (actual, own) = StepProblem.Train(cuda, name, 5);
        Assert.That(actual, Is.EqualTo(expected).Within(1e-9));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(own.Loss, Is.EqualTo(report.Loss).Within(1e-9).Percent);
            Assert.That(own.Penalty, Is.EqualTo(report.Penalty).Within(1e-9 + (1e-9 * report.Penalty)));
            Assert.That(own.GradientNorm, Is.EqualTo(report.GradientNorm).Within(1e-7).Percent);
            Assert.That(own.StepNorm, Is.EqualTo(report.StepNorm).Within(1e-7).Percent);
            Assert.That(own.ActiveViolation, Is.EqualTo(report.ActiveViolation).Within(1e-9));
        }
    }

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void GraphsCallsAndOtherMemoryGiveTheSameBits(string name)
    {
        double[] Train(bool newMemory)
        {
            using var device = Open();
            return StepProblem.Train(device, name, 5, newMemory).Parameters;
        }
        var graphs = Train(newMemory: false);
        Assert.That(Train(newMemory: false), Is.EqualTo(graphs), "a second run");
        Assert.That(Train(newMemory: true), Is.EqualTo(graphs), "batches in other memory");
        Environment.SetEnvironmentVariable(CudaRecording.Variable, "0");
        Assert.That(Train(newMemory: false), Is.EqualTo(graphs), "no graphs");
    }

    [TestCase("unconstrained", 1)]
    [TestCase("soft-sgd", 1)]
    [TestCase("soft-sgd momentum", 1)]
    [TestCase("soft-adam", 1)]
    [TestCase("lagrangian", 1)]
    [TestCase("hard-sgd", 4)]
    [TestCase("hard-sgd gram", 5)]
    [TestCase("hard-adam", 4)]
    [TestCase("hard-gn", 4)]
    public void AStepIsAFewGraphLaunchesAndAllocatesNothing(string name, int graphs)
    {
        if (mode == CudaModes.Gpu) Assert.Ignore("only the stand-in counts");
        using var device = Open();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        for (var i = 1; i <= 3; i++) problem.Step(method, i);
        var before = StandIn.Count();
        problem.Step(method, 4);
        var counted = StandIn.Count() - before;
        Assert.That(counted.GraphLaunches, Is.EqualTo(graphs));
        Assert.That(counted.Allocations, Is.Zero);
    }

    [TestCase("hard-lm")]
    [TestCase("hard-lm auto")]
    public void AChangingEtaMakesNoNewGraph(string name)
    {
        using var device = Open();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        for (var i = 1; i <= 3; i++) problem.Step(method, i);
        var (graphs, etas) = (device.Context.GraphsMade, new HashSet<double?>());
        for (var i = 4; i <= 7; i++) etas.Add(problem.Step(method, i).Eta);
        Assert.That(device.Context.GraphsMade, Is.EqualTo(graphs));
        Assert.That(etas, Has.Count.GreaterThan(2), "etas of four steps");
    }

    [TestCase("unconstrained")]
    [TestCase("soft-sgd")]
    [TestCase("soft-sgd momentum")]
    [TestCase("soft-adam")]
    [TestCase("lagrangian")]
    public void AStepWaitsForTheDeviceOnce(string name)
    {
        if (mode == CudaModes.Gpu) Assert.Ignore("only the stand-in counts");
        using var device = Open();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        // The first step makes its work areas, the second is captured, later ones are launched; with momentum lambda grows in the
        // first three.
        problem.Step(method, 1);
        for (var i = 2; i <= 4; i++)
        {
            var before = StandIn.Count();
            problem.Step(method, i);
            Assert.That((StandIn.Count() - before).HostWaits, Is.EqualTo(1), $"step {i}");
        }
    }

    /// <summary>Rates and lambdas that change from step to step are numbers on the device: one recording serves all.</summary>
    [Test]
    public void SchedulesNeedNoOtherRecording()
    {
        if (mode == CudaModes.Gpu) Assert.Ignore("only the stand-in counts");
        using var cpu = new CpuDevice<double>(1);
        using var cuda = Open();
        double[] Train(ComputeDevice<double> device)
        {
            var problem = new StepProblem(device);
            var method = problem.Scheduled();
            for (var i = 1; i <= 3; i++) problem.Step(method, i);
            var (before, graphs) = (StandIn.Count(), cuda.Context.GraphsMade);
            for (var i = 4; i <= 6; i++) problem.Step(method, i);
            var counted = StandIn.Count() - before;
            if (device is CudaDevice<double>) Assert.That((counted.GraphLaunches, counted.HostWaits), Is.EqualTo((3L, 3L)));
            Assert.That(cuda.Context.GraphsMade, Is.EqualTo(graphs));
            return problem.Parameters.ToArray();
        }
        Assert.That(Train(cuda), Is.EqualTo(Train(cpu)).Within(1e-9));
    }

    [TestCaseSource(typeof(StepProblem), nameof(StepProblem.Methods))]
    public void ALossThatIsNotFiniteLeavesTheParametersAlone(string name)
    {
        using var device = Open();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        for (var i = 1; i <= 3; i++)
        {
            double[][] Everything() => [problem.Parameters.ToArray(), .. method.State.Select(state => state.Vector.ToArray())];
            var before = Everything();
            Assert.That(
                () => problem.Step(method, double.NaN),
                Throws.TypeOf<NonFiniteStepException>().With.Message.EqualTo($"iteration {i}: the loss is not finite"));
            Assert.That(Everything(), Is.EqualTo(before));
            problem.Step(method, i);
        }
        Assert.That(problem.Parameters.ToArray(), Is.All.Matches<double>(double.IsFinite));
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
        using var device = Open();
        var problem = new StepProblem(device);
        var method = problem.Method(name, problem.Symmetry);
        for (var i = 1; i <= 3; i++)
        {
            double[][] Everything() => [problem.Parameters.ToArray(), .. method.State.Select(state => state.Vector.ToArray())];
            var before = Everything();
            Assert.That(
                () => problem.Step(method, i, activeFactor: double.NaN),
                Throws.TypeOf<NonFiniteStepException>().With.Message.Contains("constraint 1 of active sample 0"));
            Assert.That(Everything(), Is.EqualTo(before));
            if (i < 3) problem.Step(method, i);
        }
    }

    private CudaDevice<double> Open() => (CudaDevice<double>)_devices.Create<double>(1);
}
