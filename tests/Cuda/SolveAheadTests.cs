using PoseEngine.Cuda;
using PoseEngine.Functions;
using PoseEngine.Kernels;
using PoseEngine.Kkt;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Training;
using PoseEngine.Training;

namespace PoseEngine.Tests.Cuda;

/// <summary>Solves that are given to the device before the host has seen the step's numbers, with what is behind them.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
public sealed class SolveAheadTests(string mode)
{
    private readonly CudaDevices _devices = new(mode);

    [TearDown]
    public void Restore()
    {
        if (StandIn.Obstacle is null) StandIn.Configure("conditional=1");
        _devices.AfterTest();
    }

    /// <summary>Where graphs do not loop nothing is given ahead, and the host weighs M itself.</summary>
    [TestCase("hard-sgd")]
    [TestCase("hard-adam")]
    [TestCase("hard-gn")]
    [TestCase("hard-lm")]
    [TestCase("hard-adam reject")]
    public void StepsAreTheSameToTheBit(string method)
    {
        var (ahead, waits) = Steps(method, loops: true);
        var (asked, more) = Steps(method, loops: false);
        Assert.That(ahead.Parameters, Is.EqualTo(asked.Parameters));
        Assert.That(Figures(ahead.Last), Is.EqualTo(Figures(asked.Last)));
        Assert.That(ahead.Last.Solve!.Iterations, Is.GreaterThan(2));
        Assert.That(waits, Is.EqualTo(method.Contains(' ') || method == "hard-lm" ? 2 : 1));
        Assert.That(more, Is.GreaterThan(waits));
    }

    /// <summary>Half of a solve's share: the step was already measured, and in other unknowns than w, before it is shortened.</summary>
    [TestCase("hard-sgd")]
    [TestCase("hard-adam")]
    public void AStepIsShortenedOnce(string method)
    {
        var krylov = new KrylovOptions { MaxIterations = 2 };
        var (ahead, _) = Steps(method, loops: true, krylov, UnconvergedPolicy.Shorten);
        var (asked, _) = Steps(method, loops: false, krylov, UnconvergedPolicy.Shorten);
        Assert.That(ahead.Last.StepShare, Is.InRange(0.001, 0.999));
        Assert.That(ahead.Parameters, Is.EqualTo(asked.Parameters));
        Assert.That(Figures(ahead.Last), Is.EqualTo(Figures(asked.Last)));
    }

    /// <summary>Cancelled, or out of time, while the device has it all: it ends with the cycle, and the next solve is whole again.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void ASolveUnderWayCanBeStopped(bool cancels)
    {
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        var problem = new StepProblem(device);
        using var method = problem.Method("hard-sgd", problem.Symmetry);
        for (var i = 1; i <= 2; i++) problem.Step(method, i);
        using var one = new OneSystem(device, problem);
        using var solver = new MinresQlp<double>(device, one.System.Size);
        var options = new KrylovOptions { RelativeTolerance = 1e-30, LeastSquaresTolerance = 1e-30, MaxIterations = 30 };
        for (var i = 0; i < 2; i++) solver.Solve(one.System, one.B, one.X, options);
        using var source = new CancellationTokenSource();
        if (cancels) source.Cancel();
        var stopped = Ahead(cancels ? options : options with { TimeLimit = TimeSpan.FromTicks(1) }, source.Token);
        Assert.That((stopped.Exit, stopped.Iterations), Is.EqualTo((cancels ? SolveExit.Stopped : SolveExit.TimeLimit, 0)).Or.EqualTo((cancels ? SolveExit.Stopped : SolveExit.TimeLimit, 3)));
        Assert.That(Ahead(options, default).Iterations, Is.GreaterThan(3));

        SolveReport Ahead(KrylovOptions options, CancellationToken cancellation)
        {
            Assert.That(solver.TryBegin(one.System, one.System.WeightsBy(one.Probes), one.B, one.X, options, cancellation), Is.True);
            return solver.End();
        }
    }

    /// <summary>Damping is measured by the host, in between.</summary>
    [Test]
    public void WhatTheHostTakesPartInIsNotBegun()
    {
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        var problem = new StepProblem(device);
        using var method = problem.Method("hard-sgd", problem.Symmetry);
        problem.Step(method, 1);
        using var solve = new OneSystem(device, problem);
        using var damped = solve.Krylov(new KrylovOptions(), damps: true);
        damped.Delta = 0.3;
        for (var i = 0; i < 2; i++) damped.Solve(solve.ProbeResults, solve.B, solve.X);
        Assert.That(damped.TryBegin(solve.Probes, solve.B, solve.X), Is.False);
        damped.Delta = 0;
        Assert.That(damped.TryBegin(solve.Probes, solve.B, solve.X), Is.True);
        damped.Await();
        Assert.That(damped.Solve([], solve.B, solve.X).TrueResidualNorm, Is.LessThan(1e-6));
    }

    private static (double, double?, double, int, double, double?, double) Figures(StepReport step)
        => (step.Loss, step.MultiplierNorm, step.StepNorm, step.Solve!.Iterations, step.Solve.ResidualNorm, step.Solve.TrueResidualNorm, step.StepShare);

    /// <summary>Five steps on memory that stays, the last two with everything recorded, and the waits of the last.</summary>
    private ((double[] Parameters, StepReport Last) Run, long Waits) Steps(
        string name, bool loops, KrylovOptions? krylov = null, UnconvergedPolicy unconverged = UnconvergedPolicy.Take)
    {
        StandIn.Require();
        StandIn.Configure($"conditional={(loops ? 1 : 0)}");
        using var device = (CudaDevice<double>)_devices.Create<double>(1);
        var problem = new StepProblem(device);
        using var method = problem.Method(name, problem.Symmetry, krylov, unconverged);
        StepReport? last = null;
        long before = 0, waits = 0;
        for (var i = 1; i <= 5; i++)
        {
            last = problem.Step(method, i);
            (waits, before) = (device.Counters!.Value.HostWaits - before, device.Counters!.Value.HostWaits);
        }
        return ((problem.Parameters.ToArray(), last!), waits);
    }

    /// <summary>Eq. 5 at the point and on the samples of a problem's last step.</summary>
    private sealed class OneSystem : IDisposable
    {
        private readonly CudaDevice<double> _device;
        private readonly OutputConstraintFunction<double> _function;

        public OneSystem(CudaDevice<double> device, StepProblem problem)
        {
            _device = device;
            _function = new OutputConstraintFunction<double>(problem.Network, problem.Symmetry, problem.ActiveSet.Count);
            _function.MoveTo(problem.Parameters, problem.ActiveSet);
            System = new ProjectedGradientSystem<double>(device, _function, 50);
            (B, X) = (device.Zeros(System.Size), device.Zeros(System.Size));
            Probes = device.Zeros<double>(new Shape(KktSystem<double>.TraceProbes));
            System.RightHandSide(problem.Parameters, B);
        }

        public ProjectedGradientSystem<double> System { get; }

        public Tensor<double> B { get; }

        public Tensor<double> X { get; }

        public Tensor<double> Probes { get; }

        public double[] ProbeResults => Probes.ToArray();

        public KktKrylov<double> Krylov(KrylovOptions options, bool damps = false)
        {
            var krylov = new KktKrylov<double>(_device, System, options, damps);
            krylov.Draw(1);
            krylov.Probe(System.Step(X), Probes);
            return krylov;
        }

        public void Dispose()
        {
            System.Dispose();
            _function.Dispose();
        }
    }
}
