using PoseEngine.Cuda;
using PoseEngine.Kernels;
using PoseEngine.Krylov;
using PoseEngine.Tensors;
using PoseEngine.Tests.Krylov;
using PoseEngine.Tests.Support;

namespace PoseEngine.Tests.Cuda;

/// <summary>How a solve runs on the stand-in: what is launched, that nobody waits, and that all ways give the same bits.</summary>
[TestFixture(CudaModes.Plain)]
[TestFixture(CudaModes.Shuffled)]
[TestFixture(CudaModes.Checked)]
public sealed class MinresQlpLoopTests(string mode)
{
    private const int AnyBody = int.MaxValue;
    private readonly CudaDevices _devices = new(mode);

    /// <summary>By a conditional node, by cycles launched ahead, and by calls without any graph.</summary>
    public enum Way
    {
        Loop,
        Ahead,
        Calls,
    }

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, null);
        if (StandIn.Obstacle is null) StandIn.Configure($"conditional=1;nvrtc=12.4;body={AnyBody};record=0");
        _devices.AfterTest();
    }

    [Test]
    public void ARepeatedSolveIsOneGraphLaunchWithoutAWaitOrAnAllocation()
    {
        using var device = Open(Way.Loop);
        using var solve = new Solve(device, "d1_kkt_dup_consistent");
        for (var i = 0; i < 2; i++) solve.Run(verify: false);
        var before = StandIn.Count();
        var report = solve.Run(verify: false);
        var counted = StandIn.Count() - before;
        Assert.That(report.Iterations, Is.GreaterThan(30));
        Assert.That(counted.GraphLaunches, Is.EqualTo(1), "the whole solve");
        Assert.That(counted.HostWaits, Is.Zero);
        Assert.That(counted.Allocations, Is.Zero);
        Assert.That(Allocations.Of(() => solve.Run(verify: false)), Is.LessThan(1000), "the report and the watch, nothing for an iteration");
    }

    [Test]
    public void TheScalarStepRunsBesideTheNextProduct()
    {
        using var device = Open(Way.Loop);
        using var solver = new MinresQlp<double>(device, 60);
        var diagonal = device.From([.. Enumerable.Range(1, 60).Select(i => (double)i)]);
        var system = new DelegateOperator<double>(60, (v, p) => device.Vectors.Multiply(diagonal, v, p), canRecord: true);
        var (b, x) = (device.From([.. Enumerable.Repeat(1.0, 60)]), device.Zeros(60));
        var options = new KrylovOptions { Verify = false, MaxIterations = 6, RelativeTolerance = 0 };
        for (var i = 0; i < 2; i++) solver.Solve(system, b, x, options);
        StandIn.Configure("order=reverse;record=1");
        StandIn.Launches();
        solver.Solve(system, b, x, options);
        var launches = StandIn.Launches();
        var cycle = launches.SkipWhile(launch => launch != "vector_multiply").TakeWhile(launch => launch != "minres_go_on");
        string[] passes = ["minres_product", "minres_accept", "minres_normalise"];
        string[] beside = ["vector_multiply", "minres_advance"];
        Assert.That(cycle, Is.EqualTo((string[])["vector_multiply", .. passes, .. beside, .. passes, .. beside, .. passes, "minres_advance"]), "of two branches the last one added runs first");
    }

    [Test]
    public void VerifyingWaitsOnceForBothNorms()
    {
        using var device = Open(Way.Loop);
        using var solve = new Solve(device, "d1_kkt_dup_consistent");
        for (var i = 0; i < 2; i++) solve.Run(verify: true);
        var before = StandIn.Count();
        solve.X.ToArray();
        var ofOneRead = (StandIn.Count() - before).HostWaits;
        before = StandIn.Count();
        var report = solve.Run(verify: true);
        var counted = StandIn.Count() - before;
        Assert.That(report.TrueResidualNorm, Is.Not.Null);
        Assert.That(counted.HostWaits, Is.EqualTo(ofOneRead));
        Assert.That(counted.GraphLaunches, Is.EqualTo(1));
    }

    [Test]
    public void CyclesAheadWaitForNothingEither()
    {
        using var device = Open(Way.Ahead);
        using var solve = new Solve(device, "d1_kkt_dup_consistent");
        for (var i = 0; i < 2; i++) solve.Run(verify: false);
        var before = StandIn.Count();
        var report = solve.Run(verify: false);
        var counted = StandIn.Count() - before;
        Assert.That(counted.HostWaits, Is.Zero);
        Assert.That(counted.Allocations, Is.Zero);
        Assert.That(counted.GraphLaunches, Is.InRange(report.Iterations / 3, (report.Iterations / 3) + 3), "three iterations each, two ahead");
    }

    [TestCase("a_nonsingular_indefinite_50")]
    [TestCase("c_singular_inconsistent_50")]
    [TestCase("d2_kkt_dup_inconsistent")]
    [TestCase("d6_kkt_orthorows_3iters")]
    [TestCase("g_eigenvector_rhs")]
    [TestCase("f_zero_rhs")]
    public void AllWaysGiveTheSameBits(string name)
    {
        var results = Enum.GetValues<Way>().Select(way =>
        {
            using var device = Open(way);
            using var solve = new Solve(device, name);
            for (var i = 0; i < 2; i++) solve.Run(verify: true);
            var report = solve.Run(verify: true);
            return (Report: report with { Elapsed = default }, Values: solve.X.ToArray());
        }).ToArray();
        Assert.That(results[1].Values, Is.EqualTo(results[0].Values));
        Assert.That(results[2].Values, Is.EqualTo(results[0].Values));
        Assert.That(results[1].Report, Is.EqualTo(results[0].Report));
        Assert.That(results[2].Report, Is.EqualTo(results[0].Report));
    }

    [TestCase(Way.Loop, true)]
    [TestCase(Way.Loop, false)]
    [TestCase(Way.Ahead, true)]
    [TestCase(Way.Ahead, false)]
    public void ARunningSolveEndsWhenAsked(Way way, bool byToken)
    {
        using var device = Open(way);
        using var solver = new MinresQlp<double>(device, 400);
        var diagonal = device.From([.. Enumerable.Range(0, 400).Select(i => (i % 2 == 0 ? 1 : -1) * Math.Pow(10, -i / 40.0))]);
        var system = new DelegateOperator<double>(400, (v, p) => device.Vectors.Multiply(diagonal, v, p), canRecord: true);
        var (b, x) = (device.From([.. Enumerable.Repeat(1.0, 400)]), device.Zeros(400));
        var options = new KrylovOptions { MaxIterations = int.MaxValue, RelativeTolerance = 0, ConditionLimit = 1e300 };
        solver.Solve(system, b, x, options: options with { MaxIterations = 12 });
        EndedSolve.Check(byToken, (limit, token) => solver.Solve(system, b, x, options: options with { TimeLimit = limit }, cancellation: token));
        Assert.That(x.ToArray(), Is.All.Matches<double>(double.IsFinite));
        var again = solver.Solve(system, b, x, options: options with { MaxIterations = 30 });
        Assert.That(again.Exit, Is.EqualTo(SolveExit.IterationLimit), "the wish to stop does not outlive its solve");
    }

    [Test]
    public void TheDeviceSaysHowItLoops()
    {
        using (var device = Open(Way.Loop)) Assert.That(device.LoopDescription, Does.Contain("WHILE"));
        using (var device = Open(Way.Ahead)) Assert.That(device.LoopDescription, Does.Contain("launched ahead, because a trial failed"));
        using (var device = Open(Way.Calls)) Assert.That(device.LoopDescription, Does.Contain(CudaRecording.Variable));
    }

    [Test]
    public void ACompilerWithoutConditionsLaunchesCyclesAheadAndIsNamed()
    {
        StandIn.Require();
        StandIn.Configure("nvrtc=12.0");
        using var device = Open(Way.Loop);
        Assert.That(device.LoopDescription, Does.Contain("launched ahead, because a trial failed").And.Contain("minres_qlp_loop.cu").And.Contain("cudaGraphSetConditional"));
        SolvesAhead(device);
    }

    /// <summary>A driver that takes no loop at all, and one that takes the trial's and not the solve's, which has more nodes.</summary>
    [TestCase(10, "because a trial failed")]
    [TestCase(24, "the last time because")]
    public void ADriverThatRefusesALoopLaunchesCyclesAheadAndSaysWhy(int body, string reason)
    {
        StandIn.Require();
        StandIn.Configure($"body={body}");
        using var device = Open(Way.Loop);
        SolvesAhead(device);
        Assert.That(device.LoopDescription, Does.Contain("launched ahead").And.Contain(reason).And.Contain("CUDA_ERROR_NOT_SUPPORTED"));
        StandIn.Configure($"body={AnyBody}");
        using var next = Open(Way.Loop);
        using var solve = new Solve(next, "d1_kkt_dup_consistent");
        for (var i = 0; i < 3; i++) solve.Run(verify: false);
        Assert.That(next.LoopDescription, Is.EqualTo("one graph with a conditional WHILE node"));
    }

    [Test]
    public void AnOperatorOnTheHostIsIteratedCallByCall()
    {
        using var device = Open(Way.Loop);
        var system = OracleSystem.Load("a_nonsingular_indefinite_50");
        using var solver = new MinresQlp<double>(device, 50);
        var dense = new DenseOperator<double>(system.Matrix);
        var x = device.Zeros(50);
        var before = StandIn.Count();
        var report = solver.Solve(dense, device.From(system.RightHandSide), x, options: new KrylovOptions { Verify = false });
        Assert.That((StandIn.Count() - before).GraphLaunches, Is.Zero);
        Assert.That(dense.Products, Is.EqualTo(report.Iterations), "nothing is launched ahead");
    }

    /// <summary>Solves by cycles launched ahead, with an operator of nine kernels: more than the trial has.</summary>
    private static void SolvesAhead(CudaDevice<double> device)
    {
        const int size = 60;
        using var solver = new MinresQlp<double>(device, size);
        var diagonal = device.From([.. Enumerable.Range(1, size).Select(i => (double)i)]);
        var system = new DelegateOperator<double>(
            size,
            (v, p) =>
            {
                device.Vectors.Multiply(diagonal, v, p);
                for (var i = 0; i < 8; i++) device.Vectors.Scale(i % 2 == 0 ? 2 : 0.5, p, p);
            },
            canRecord: true);
        var (b, x) = (device.From([.. Enumerable.Range(1, size).Select(i => (double)i)]), device.Zeros(size));
        for (var i = 0; i < 2; i++) solver.Solve(system, b, x);
        var before = StandIn.Count();
        var report = solver.Solve(system, b, x);
        Assert.That((StandIn.Count() - before).GraphLaunches, Is.GreaterThan(report.Iterations / 3));
        Assert.That(x.ToArray(), Is.All.EqualTo(1).Within(1e-5));
    }

    private CudaDevice<double> Open(Way way)
    {
        Environment.SetEnvironmentVariable(CudaRecording.Variable, way == Way.Calls ? "0" : null);
        if (StandIn.Obstacle is null) StandIn.Configure(way == Way.Loop ? "conditional=1" : "conditional=0");
        return (CudaDevice<double>)_devices.Create<double>(1);
    }

    /// <summary>A solver with a stored system on a device.</summary>
    private sealed class Solve : IDisposable
    {
        private readonly MinresQlp<double> _solver;
        private readonly DeviceDenseOperator<double> _operator;
        private readonly Tensor<double> _b;

        public Solve(ComputeDevice<double> device, string name)
        {
            var system = OracleSystem.Load(name);
            _solver = new MinresQlp<double>(device, system.Size)
            {
                Preconditioner = Preconditioner<double>.TwoBlocks(system.Size / 2, 1, 1.5),
            };
            _operator = new DeviceDenseOperator<double>(device, system.Matrix);
            _b = device.From(system.RightHandSide);
            X = device.Zeros(system.Size);
        }

        public Tensor<double> X { get; }

        public SolveReport Run(bool verify)
            => _solver.Solve(_operator, _b, X, new KrylovOptions { Verify = verify });

        public void Dispose() => _solver.Dispose();
    }
}
